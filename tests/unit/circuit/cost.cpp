#include "dal/circuit/cost/cost.hpp"

#include <doctest/doctest.h>

using namespace dal;
using namespace dal::circuit;

TEST_CASE("a report counts adders, depth and LUTs") {
    Circuit c;
    c.add_origin({"", {}});
    c.add_input_tensor({"x", {3}, {}});
    const Format format{Kif(true, 7, 0), Round::trn, Overflow::wrap};
    const WireId a = c.input(0, 0, format, false, 0);
    const WireId b = c.input(0, 1, format, false, 0);
    const WireId bit = c.input(0, 2, {Kif(false, 1, 0), Round::trn, Overflow::wrap}, false, 0);
    const WireId sum = c.add(a, b, 0, 0);  // 8 LUTs
    const WireId twice = c.sub(sum, c.shift(a, 1, 0), 0, 0);
    const WireId chosen = c.mux(bit, twice, a, 0);  // half a LUT per bit
    const WireId nonzero = c.any(a, 0);             // 8 bits: 2 LUTs, two levels
    c.add_output({"y", {2}, {chosen, nonzero}, {}});
    CHECK(half_luts(c, sum) == 16);
    CHECK(half_luts(c, chosen) == c[chosen].range.width());
    CHECK(half_luts(c, nonzero) == 4);
    CHECK(delay(c, nonzero) == 1000);
    const Report r = report(c);
    CHECK(r.adders == 2);
    CHECK(r.depth == 2);
    CHECK(r.delay == 2500);
    CHECK(r.adder_bits == (half_luts(c, sum) + half_luts(c, twice)) / 2);
    CHECK(r.luts == (half_luts(c, sum) + half_luts(c, twice) + half_luts(c, chosen) + half_luts(c, nonzero) + 1) / 2);
}

TEST_CASE("a bit of a table is half a LUT up to five inputs, one of six, and doubles from there") {
    for (const auto& [bits, halves] : {std::pair{4, 1}, {5, 1}, {6, 2}, {7, 4}, {8, 8}, {9, 18}, {10, 34}}) {
        Circuit c;
        c.add_origin({"", {}});
        c.add_input_tensor({"x", {1}, {}});
        const WireId x = c.input(0, 0, {Kif(false, bits, 0), Round::trn, Overflow::wrap}, false, 0);
        Table table;
        for (int n = 0; n < 1 << bits; ++n) table.entries.emplace_back(n * 7 % 8);  // three bits
        const WireId y = c.table(x, c.add_table(std::make_shared<const Table>(std::move(table))), 0);
        CAPTURE(bits);
        REQUIRE(c[y].kind == Kind::table);
        CHECK(half_luts(c, y) == 3 * halves);
        CHECK(delay(c, y) == (bits <= 8 ? 500 : 1000));
    }
}

TEST_CASE("what is only wiring costs nothing") {
    Circuit c;
    c.add_origin({"", {}});
    c.add_input_tensor({"x", {2}, {}});
    const WireId a = c.input(0, 0, {Kif(true, 7, 0), Round::trn, Overflow::wrap}, false, 0);
    const WireId bit = c.input(0, 1, {Kif(false, 1, 0), Round::trn, Overflow::wrap}, false, 0);
    const WireId upper = c.slice(a, Kif(true, 7, -3), 0);
    for (const WireId free : {upper, c.shift(a, 2, 0), c.bit_not(bit, 0), c.bitwise(Kind::bit_or, upper, bit, 0),
                              c.mux(bit, c.constant(Dyadic(12), 0), c.constant(Dyadic(-3), 0), 0)}) {
        CHECK(half_luts(c, free) == 0);
        CHECK(delay(c, free) == 0);
    }
    CHECK(half_luts(c, c.bitwise(Kind::bit_xor, a, bit, 0)) == 1);
}
