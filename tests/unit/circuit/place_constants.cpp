// Constants moved into sums: over all inputs of small trees, for every shape, sign and scale.
#include "dal/circuit/passes/place_constants.hpp"

#include <doctest/doctest.h>

#include "dal/circuit/cost/cost.hpp"
#include "dal/circuit/passes/simplify.hpp"
#include "unit/circuit/same_outputs.hpp"

using namespace dal;
using namespace dal::circuit;

namespace {

constexpr int inputs = 3;

struct Builder {
    Circuit circuit;
    std::vector<WireId> x;
    std::vector<Kif> formats{Kif(true, 1, 1), Kif(false, 2, 0), Kif(true, 0, 2)};

    Builder() {
        circuit.add_origin({"test", {}});
        circuit.add_input_tensor({"x", {inputs}, {}});
        for (int j = 0; j < inputs; ++j)
            x.push_back(circuit.input(0, j, Format{formats[static_cast<size_t>(j)]}, true, 0));
    }
    WireId sum(bool minus, WireId a, WireId b, int shift) {
        return minus ? circuit.sub(a, b, shift, 0) : circuit.add(a, b, shift, 0);
    }
    /// `value` to an output, its sign to a second one.
    Circuit finish(WireId value) {
        const Kif kif = circuit[value].range.kif();
        circuit.add_output({"y", {2}, {value, circuit.slice(value, Kif(false, kif.i + 1, -kif.i), 0)}, {}});
        return simplify(circuit);
    }
};

/// The circuit with its constants placed, after a comparison over all inputs.
Circuit placed(const Circuit& before) {
    const Circuit after = simplify(place_constants(before));
    verify(after);
    INFO(print(before));
    INFO(print(after));
    std::vector<Interval> ranges;
    for (const Input& input : before.inputs()) ranges.push_back(before[input.wire].range);
    std::vector<Int> codes;
    for (const Interval& range : ranges) codes.push_back(range.lo());
    for (bool more = true; more;) {
        std::vector<Dyadic> values;
        for (size_t j = 0; j < codes.size(); ++j) values.emplace_back(codes[j], -int64_t{ranges[j].f()});
        if (outputs_of(before, values) != outputs_of(after, values)) FAIL("other outputs");
        more = false;
        for (size_t j = 0; j < codes.size() && !more; ++j) {
            more = codes[j] < ranges[j].hi();
            codes[j] = more ? codes[j] + 1 : ranges[j].lo();
        }
    }
    CHECK(report(after).delay <= report(before).delay);
    CHECK(report(after).adders <= report(before).adders);
    return after;
}

}  // namespace

TEST_CASE("every tree of two adders, with a constant on top") {
    int64_t shorter = 0;
    for (int signs = 0; signs < 8; ++signs)
        for (const bool left : {false, true})
            for (const int shift : {-2, 0, 1})
                for (const int outer : {-1, 0, 2})
                    for (const Dyadic& constant : {Dyadic(1), Dyadic(-5, -1), Dyadic(13, -3)}) {
                        Builder b;
                        const WireId inner = b.sum((signs & 1) != 0, b.x[0], b.x[1], shift);
                        const WireId tree = left ? b.sum((signs & 2) != 0, inner, b.x[2], outer)
                                                 : b.sum((signs & 2) != 0, b.x[2], inner, outer);
                        const WireId scaled = b.circuit.shift(tree, shift, 0);
                        const WireId c = b.circuit.constant(constant, 0);
                        const Circuit before =
                            b.finish((signs & 4) != 0 ? b.sum(true, c, scaled, outer) : b.sum(false, scaled, c, outer));
                        // x[2] waits for the other two: time for a constant.
                        if (report(placed(before)).delay < report(before).delay) ++shorter;
                    }
    CHECK(shorter > 400);  // of 432: some sums need no adder
}

TEST_CASE("what others use stays as it is") {
    Builder b;
    const WireId inner = b.sum(false, b.x[0], b.x[1], 0);
    const WireId tree = b.sum(false, inner, b.x[2], 0);
    const WireId biased = b.sum(false, tree, b.circuit.constant(3, 0), 0);
    b.circuit.add_output({"tree", {1}, {tree}, {}});
    const Circuit before = b.finish(biased);
    CHECK(report(placed(before)).delay == report(before).delay);
}

TEST_CASE("a constant meets another one") {
    Builder b;
    const WireId inner = b.sum(false, b.x[0], b.circuit.constant(Dyadic(3, -2), 0), 0);
    const WireId tree = b.sum(false, b.x[1], inner, 1);
    const Circuit before = b.finish(b.sum(true, b.circuit.constant(7, 0), tree, 0));
    REQUIRE(report(before).adders == 3);
    CHECK(report(placed(before)).adders == 2);
}

TEST_CASE("with time to spare the place of fewest bits is taken") {
    // A narrow and a wide operand, both at hand: the constant goes to the narrow one.
    Circuit circuit;
    circuit.add_origin({"test", {}});
    circuit.add_input_tensor({"x", {2}, {}});
    const WireId narrow = circuit.input(0, 0, Format{Kif(false, 2, 0)}, true, 0);
    const WireId wide = circuit.input(0, 1, Format{Kif(true, 6, 0)}, true, 0);
    const WireId sum = circuit.add(narrow, wide, 0, 0);
    circuit.add_output({"y", {1}, {circuit.add(sum, circuit.constant(1, 0), 0, 0)}, {}});
    const Circuit before = simplify(circuit);
    CHECK(report(before).adder_bits == 15);
    CHECK(report(placed(before)).adder_bits == 9);
}

TEST_CASE("a long chain of sums with constants") {
    Builder b;
    WireId wire = b.x[0];
    for (int n = 0; n < 20'000; ++n)
        wire = b.circuit.slice(b.sum(n % 2 != 0, b.sum(false, wire, b.x[1], 0), b.circuit.constant(1, 0), 0),
                               Kif(true, 3, 1), 0);
    b.circuit.add_output({"y", {1}, {wire}, {}});
    const Circuit before = simplify(b.circuit);
    CHECK(report(place_constants(before)).delay <= report(before).delay);
    Builder other;
    for (int n = 0; n < 300; ++n) other.x[0] = other.sum(false, other.x[0], other.x[1 + n % 2], 0);
    const Circuit deep = other.finish(other.sum(false, other.x[0], other.circuit.constant(5, 0), 0));
    CHECK(report(simplify(place_constants(deep))).delay < report(deep).delay);
}

TEST_CASE("random circuits compute the same with their constants elsewhere") {
    check_random_circuits(17, 300, [](const Circuit& circuit) { return simplify(place_constants(circuit)); });
}
