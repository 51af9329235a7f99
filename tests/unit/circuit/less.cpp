// Comparisons with constants: their values, what they are where there is less to compare, and what they cost.
#include <doctest/doctest.h>

#include "dal/circuit/cost/cost.hpp"
#include "dal/circuit/passes/narrow.hpp"
#include "dal/circuit/passes/simplify.hpp"
#include "unit/circuit/exact.hpp"

using namespace dal;
using namespace dal::circuit;

namespace {

struct Compared {
    Circuit circuit;
    WireId x{};

    explicit Compared(const Kif& kif) {
        circuit.add_origin({"", {}});
        circuit.add_input_tensor({"x", {1}, {}});
        x = circuit.input(0, 0, {kif, Round::trn, Overflow::wrap}, true, 0);
    }
    WireId less(const Dyadic& bound) { return circuit.less(x, bound, 0); }
};

}  // namespace

TEST_CASE("less is right for all values and bounds of small formats") {
    for (const bool k : {false, true})
        for (int width = 1; width <= 5; ++width)
            for (const int f : {-2, 0, 2}) {
                const Kif kif(k, width - f - (k ? 1 : 0), f);
                const Interval all = Interval::of(kif);
                // Also between the codes, and beyond both ends.
                for (int64_t quarter = all.lo().to_int64() * 4 - 6; quarter <= all.hi().to_int64() * 4 + 6; ++quarter) {
                    Compared it(kif);
                    const Dyadic bound(Int(quarter), -int64_t{f} - 2);
                    const WireId y = it.less(bound);
                    it.circuit.add_output({"y", {1}, {y}, {}});
                    verify(it.circuit);
                    const Circuit narrowed = simplify(narrow(it.circuit));
                    verify(narrowed);
                    for (Int code = all.lo(); code <= all.hi(); code += 1) {
                        const Dyadic value(code, -int64_t{f});
                        const Dyadic expected = value < bound ? 1 : 0;
                        CAPTURE(print(it.circuit));
                        REQUIRE(evaluate_exactly(it.circuit, {value})[static_cast<size_t>(y)] == expected);
                        REQUIRE(outputs_of(narrowed, {value}).front() == expected);
                    }
                }
            }
}

TEST_CASE("less is a constant, a sign or a test for 0 where it can be") {
    Compared it(Kif(true, 9, 2));
    const auto kind = [&](const Dyadic& bound) { return it.circuit[it.less(bound)].kind; };
    CHECK(kind(512) == Kind::constant);
    CHECK(kind(-512) == Kind::constant);
    CHECK(kind(0) == Kind::shift);  // of the sign, a slice
    CHECK(kind({1, -2}) == Kind::less);
    CHECK(kind({1, -5}) == Kind::less);  // as less than 1/4
    CHECK(it.less({1, -1000}) != it.less(100));
    Compared natural(Kif(false, 9, 0));
    CHECK(natural.circuit[natural.less(1)].kind == Kind::bit_not);
    CHECK(natural.circuit[natural.less(2)].kind == Kind::bit_not);  // no bit from 2 up is set
    CHECK(natural.circuit[natural.less(3)].kind == Kind::less);
}

TEST_CASE("less looks at the bits of its bound only, and through shifts") {
    Compared it(Kif(false, 12, 0));
    const auto width = [&](const Dyadic& bound) {
        const Operation less = it.circuit[it.less(bound)];
        REQUIRE(less.kind == Kind::less);
        return it.circuit[less.a].range.width();
    };
    CHECK(width(35) == 12);
    CHECK(width(36) == 10);
    CHECK(width(2560) == 3);
    const WireId direct = it.less(36);
    const WireId shifted = it.circuit.less(it.circuit.shift(it.x, 3, 0), 288, 0);
    it.circuit.add_output({"y", {2}, {direct, shifted}, {}});
    const Circuit simple = simplify(it.circuit);
    CHECK(simple.outputs()[0].elements[0] == simple.outputs()[0].elements[1]);
}

TEST_CASE("what is behind a comparison is computed as finely as the bound needs") {
    Circuit c;
    c.add_origin({"", {}});
    c.add_input_tensor({"x", {2}, {}});
    const WireId a = c.input(0, 0, {Kif(true, 3, 8), Round::trn, Overflow::wrap}, true, 0);
    const WireId b = c.input(0, 1, {Kif(true, 3, 2), Round::trn, Overflow::wrap}, true, 0);
    c.add_output({"y", {1}, {c.less(c.add(a, b, 0, 0), {5, -2}, 0)}, {}});
    const Circuit after = simplify(narrow(c));
    verify(after);
    CHECK(report(after).adder_bits == 6);  // of 4 fraction and integer bits and two signs: not of 8 fraction bits
    for (int u = -2048; u < 2048; u += 37)
        for (int v = -32; v < 32; ++v)
            REQUIRE(outputs_of(c, {Dyadic(u, -8), Dyadic(v, -2)}) == outputs_of(after, {Dyadic(u, -8), Dyadic(v, -2)}));
}

TEST_CASE("a comparison costs what yosys makes of it") {
    // Widths of odd bounds, and LUTs of `synth_xilinx -family xcup -flatten`, the larger of several bounds.
    for (const auto& [width, halves, levels] : {std::tuple{2, 1, 500},
                                                {5, 1, 500},
                                                {6, 2, 500},
                                                {7, 4, 1000},
                                                {10, 4, 1000},
                                                {12, 6, 1000},
                                                {16, 12, 1000},
                                                {24, 16, 1000}}) {
        Compared it(Kif(false, width, 0));
        const WireId y = it.less((Int(1) << (width - 1)) + 1);
        CAPTURE(width);
        CHECK(half_luts(it.circuit, y) == halves);
        CHECK(delay(it.circuit, y) == levels);
    }
    Compared one(Kif(false, 2, 0));
    CHECK(half_luts(one.circuit, one.less(2)) == 0);  // the inverse of a bit
}
