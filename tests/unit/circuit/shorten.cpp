// Sums with a constant of which some bits and the sign are read: over all inputs, for many constants and windows.
#include "dal/circuit/passes/shorten.hpp"

#include <doctest/doctest.h>

#include "dal/circuit/cost/cost.hpp"
#include "dal/circuit/passes/simplify.hpp"
#include "unit/circuit/same_outputs.hpp"

using namespace dal;
using namespace dal::circuit;

namespace {

struct Case {
    Kif x{true, 4, 3};
    Dyadic constant;
    bool negated = false;  ///< constant - x
    int shift = 0;
    Kif read;          ///< the bits of max(s, 0) that the output has
    bool late = true;  ///< something else takes longer
};

Circuit circuit_of(const Case& c) {
    Circuit circuit;
    circuit.add_origin({"test", {}});
    circuit.add_input_tensor({"x", {1}, {}});
    const WireId x = circuit.input(0, 0, Format{c.x}, true, 0);
    const WireId constant = circuit.constant(c.constant, 0);
    const WireId s = c.negated ? circuit.sub(constant, x, c.shift, 0) : circuit.add(constant, x, c.shift, 0);
    const Kif kif = circuit[s].range.kif();
    WireId result = circuit.slice(s, c.read, 0);
    if (kif.k) {
        const WireId sign = circuit.shift(circuit.slice(s, Kif(false, kif.i + 1, -kif.i), 0), -kif.i, 0);
        result = circuit.mux(sign, circuit.constant({}, 0), result, 0);
    }
    OutputTensor output{"y", {1}, {result}, {}};
    if (c.late) {
        WireId chain = x;
        for (int n = 0; n < 4; ++n) chain = circuit.add(chain, circuit.mul(x, x, 0), 1, 0);
        output.shape = {2};
        output.elements.push_back(chain);
    }
    circuit.add_output(std::move(output));
    return simplify(circuit);
}

/// Adder bits that are saved.
int64_t check_all(const Case& c) {
    const Circuit before = circuit_of(c);
    const Circuit after = simplify(shorten(before));
    verify(after);
    INFO(print(before));
    INFO(print(after));
    for (Int code = c.x.min_code(); code <= c.x.max_code(); code += 1) {
        const std::vector<Dyadic> inputs{{code, -int64_t{c.x.f}}};
        if (outputs_of(before, inputs) != outputs_of(after, inputs)) FAIL(inputs[0].to_string());
    }
    const Report old = report(before);
    const Report now = report(after);
    CHECK(now.delay <= old.delay);
    CHECK(now.luts <= old.luts);
    return old.adder_bits - now.adder_bits;
}

}  // namespace

TEST_CASE("a sum with a constant is as wide as what is read, for all constants") {
    int64_t saved = 0;
    for (int code = -70; code <= 70; code += 1)
        for (const bool negated : {false, true})
            for (const Kif& read : {Kif(false, 1, 0), Kif(false, 2, 1), Kif(false, 2, 3), Kif(false, 3, 2),
                                    Kif(false, -1, 3), Kif(false, 0, 2), Kif(true, 1, 1)})
                saved += check_all({.constant = Dyadic(code, -4), .negated = negated, .read = read});
    CHECK(saved > 2000);
}

TEST_CASE("other operands and scales") {
    for (const Kif& x : {Kif(false, 4, 3), Kif(true, 0, 5), Kif(true, 6, -1), Kif(true, -2, 6)})
        for (int code = -37; code <= 37; code += 2)
            for (const int shift : {-2, 0, 1})
                for (const bool negated : {false, true})
                    for (const Kif& read : {Kif(false, 1, 1), Kif(false, 2, -1), Kif(false, -1, 4)})
                        check_all(
                            {.x = x, .constant = Dyadic(code, -3), .negated = negated, .shift = shift, .read = read});
}

TEST_CASE("what would take longer than the longest path stays") {
    const Case late{.constant = Dyadic(3, -3), .read = Kif(false, 1, 3)};
    Case alone = late;
    alone.late = false;
    CHECK(check_all(late) > 0);
    CHECK(check_all(alone) == 0);
}

TEST_CASE("random circuits compute the same with shorter sums") {
    check_random_circuits(13, 200, [](const Circuit& circuit) { return simplify(shorten(circuit)); });
}
