// Sums that are only wiring, constants that are added one after the other, products and tables: what simplify and the
// builder make of them.
#include <doctest/doctest.h>

#include <set>

#include "dal/circuit/cost/cost.hpp"
#include "dal/circuit/evaluate/evaluator.hpp"
#include "dal/circuit/passes/simplify.hpp"
#include "dal/support/check.hpp"
#include "unit/circuit/exact.hpp"
#include "unit/circuit/random_circuit.hpp"

using namespace dal;
using namespace dal::circuit;

namespace {

Circuit with_inputs(const std::vector<Kif>& formats) {
    Circuit circuit;
    circuit.add_origin({"", {}});
    circuit.add_input_tensor({"x", {static_cast<int64_t>(formats.size())}, {}});
    for (size_t j = 0; j < formats.size(); ++j)
        circuit.input(0, static_cast<int64_t>(j), {formats[j], Round::trn, Overflow::wrap}, false, 0);
    return circuit;
}

WireId wire(uint32_t id) { return static_cast<WireId>(id); }

void output(Circuit& circuit, std::vector<WireId> wires) {
    const auto count = static_cast<int64_t>(wires.size());
    circuit.add_output({"y", {count}, std::move(wires), {}});
}

/// Simplifies, and compares the outputs on random samples with the definition of the kinds.
Circuit simplified(const Circuit& circuit) {
    verify(circuit);
    Circuit simple = simplify(circuit);
    verify(simple);
    std::mt19937_64 random(1);
    const RandomFeed feed = random_feed(random, circuit, 400);
    const Codes after = Evaluator(simple).run(feed.codes).front();
    const auto& outputs = circuit.outputs().front().elements;
    for (int64_t s = 0; s < 400; ++s) {
        const auto expected = evaluate_exactly(circuit, feed.values[static_cast<size_t>(s)]);
        for (size_t e = 0; e < outputs.size(); ++e) {
            const Dyadic& value = expected[static_cast<size_t>(outputs[e])];
            if (after.value(s, static_cast<int64_t>(e)) == value) continue;
            INFO(print(circuit), print(simple), "sample ", s, " output ", e);
            REQUIRE(after.value(s, static_cast<int64_t>(e)).to_string() == value.to_string());
        }
    }
    return simple;
}

std::shared_ptr<const Table> table_of(std::vector<int> entries, const Int& first, int f = 0, int entry_f = 0) {
    Table table{first, f, {}, entry_f};
    for (const int entry : entries) table.entries.emplace_back(entry);
    return std::make_shared<const Table>(std::move(table));
}

}  // namespace

TEST_CASE("a sum of bits that do not overlap costs nothing") {
    Circuit c = with_inputs({Kif(false, 1, 0), Kif(false, 1, 0), Kif(false, 1, 0), Kif(true, 3, 0), Kif(false, 0, 4)});
    const WireId bits = c.add(c.add(wire(0), wire(1), 1, 0), wire(2), 2, 0);
    const WireId packed = c.add(bits, wire(3), 3, 0);                      // a signed field above
    const WireId fraction = c.add(wire(4), wire(3), 0, 0);                 // below the binary point
    const WireId biased = c.add(wire(3), c.constant(Dyadic(8), 0), 0, 0);  // the sign, inverted
    const WireId back = c.sub(biased, c.constant(Dyadic(8), 0), 0, 0);
    const WireId overlap = c.add(wire(0), wire(1), 0, 0);
    const WireId sign = c.sub(c.constant({}, 0), wire(0), 0, 0);
    output(c, {bits, packed, fraction, biased, c.sub(c.add(wire(0), wire(1), 1, 0), c.constant(Dyadic(2), 0), 0, 0),
               sign});
    CHECK(report(simplified(c)).luts == 0);
    output(c, {overlap});
    CHECK(report(simplify(c)).adders == 1);
    (void)back;
}

TEST_CASE("constants that are added one after the other are one adder") {
    Circuit c = with_inputs({Kif(true, 6, 2)});
    const auto constant = [&](int n) { return c.constant(Dyadic(n, -1), 0); };
    WireId sum = c.add(wire(0), constant(3), 0, 0);
    sum = c.sub(sum, constant(11), 1, 0);
    sum = c.sub(constant(5), c.shift(sum, 1, 0), 0, 0);
    sum = c.add(constant(9), sum, 0, 0);
    Circuit shared = c;
    output(c, {sum});
    const Circuit one = simplified(c);
    CHECK(report(one).adders == 1);
    // A value that somebody else needs is not computed twice.
    const WireId middle = shared.add(wire(0), shared.constant(Dyadic(3, -1), 0), 0, 0);
    const WireId next = shared.add(middle, shared.constant(Dyadic(5, -1), 0), 0, 0);
    output(shared, {next, middle});
    CHECK(report(simplified(shared)).adders == 2);
}

TEST_CASE("products by powers of two are shifts, a square is never negative") {
    Circuit c = with_inputs({Kif(true, 3, 2), Kif(true, 2, 0)});
    CHECK(c[c.mul(wire(0), c.constant(Dyadic(4), 0), 0)].shift == 2);
    CHECK(c[c.mul(wire(0), c.constant(Dyadic(-1, -3), 0), 0)].kind == Kind::sub);
    CHECK(c[c.mul(wire(0), c.constant({}, 0), 0)].range.is_zero());
    CHECK(c[c.mul(wire(0), wire(0), 0)].range == Interval(0, 1024, 4));
    CHECK(c[c.mul(wire(0), wire(1), 0)].range == Interval(-31 * 4, 128, 2));
    const WireId shifted = c.mul(c.shift(wire(0), 3, 0), c.shift(wire(1), -1, 0), 0);
    CHECK(c[shifted].kind == Kind::shift);
    const WireId product = c.mul(wire(1), wire(0), 0);
    output(c, {shifted, product, c.mul(wire(0), wire(0), 0), c.mul(c.constant(Dyadic(5), 0), wire(0), 0)});
    const Circuit simple = simplified(c);
    CHECK(report(simple).multipliers == 3);  // the shifted product is the product
    CHECK_THROWS_AS(c.mul(wire(0), wire(99), 0), InternalError);
}

TEST_CASE("tables that need none") {
    Circuit c = with_inputs({Kif(true, 1, 0), Kif(false, 1, 0), Kif(true, 2, 1)});
    const auto look_up = [&](WireId x, const std::shared_ptr<const Table>& table) {
        return c.table(x, c.add_table(table), 0);
    };
    CHECK(look_up(wire(0), table_of({-2, -1, 0, 1}, -2)) == wire(0));
    CHECK(c[look_up(wire(0), table_of({-2, -1, 0, 1}, -2, 0, 3))].shift == -3);
    CHECK(c[look_up(wire(0), table_of({9, 5, 5, 5, 5, 9}, -3))].kind == Kind::constant);  // what is reached is the same
    CHECK(c[look_up(wire(1), table_of({0, 4}, 0))].kind == Kind::shift);
    CHECK(c[look_up(wire(1), table_of({1, 0}, 0))].kind == Kind::bit_not);
    CHECK(c[look_up(wire(1), table_of({3, -4}, 0))].kind == Kind::mux);
    CHECK(c[look_up(c.constant(Dyadic(2), 0), table_of({3, -4, 8}, 0))].range == Interval::constant(8));
    CHECK(look_up(wire(0), table_of({4, 1, 0, 1}, -2)) != look_up(wire(0), table_of({4, 1, 0, 2}, -2)));
    CHECK_THROWS_AS(look_up(wire(0), table_of({1, 2, 3}, -2)), InternalError);  // 1 is missing
    CHECK_THROWS_AS(look_up(wire(2), table_of({1, 2, 3}, -2)), InternalError);  // halves are
    CHECK_THROWS_AS(c.table(wire(0), 99, 0), InternalError);
}

TEST_CASE("equal tables are there once, and different ones stay different") {
    Circuit c = with_inputs({Kif(true, 1, 0), Kif(true, 1, 0)});
    const uint32_t first = c.add_table(table_of({4, 1, 0, 3}, -2));
    CHECK(c.add_table(table_of({4, 1, 0, 3}, -2)) == first);
    const uint32_t unused = c.add_table(table_of({1, 1, 2, 3}, -2));
    const uint32_t other = c.add_table(table_of({4, 1, 0, 3}, -2, 0, 1));
    const uint32_t third = c.add_table(table_of({0, 4, 1, 0, 3}, -3));
    CHECK(std::set<uint32_t>{first, unused, other, third}.size() == 4);
    const auto at = [&](uint32_t table, uint32_t x) { return c.table(wire(x), table, 0); };
    output(c, {at(first, 0), at(first, 0), at(other, 0), at(first, 1), at(third, 1)});
    const Circuit simple = simplified(c);
    const auto& y = simple.outputs()[0].elements;
    CHECK(y[0] == y[1]);
    CHECK(y[0] != y[2]);
    CHECK(y[0] != y[3]);
    CHECK(simple.tables().size() == 3);
    CHECK(print(simple).starts_with("table0 = from -2 step 2^0: 4 1 0 3\n"));
}

TEST_CASE("products and tables in the cost model") {
    Circuit c = with_inputs({Kif(true, 7, 0), Kif(true, 4, 0), Kif(false, 1, 0), Kif(false, 12, 0)});
    const auto halves = [&](WireId id) { return half_luts(c, id); };
    CHECK(halves(c.mul(wire(0), wire(1), 0)) == 2 * 8 * 4);
    CHECK(halves(c.mul(wire(0), wire(0), 0)) == 8 * 7);
    CHECK(halves(c.mul(wire(0), wire(2), 0)) == 8);
    CHECK(delay(c, c.mul(wire(0), wire(1), 0)) == 3000);
    CHECK(delay(c, c.mul(wire(0), wire(2), 0)) == 500);
    const auto random_bits = [&](WireId x) {
        std::mt19937_64 random(3);
        Table table{0, 0, {}, 0};
        for (Int n = 0; n <= c[x].range.hi(); n += 1) table.entries.push_back(random_int(random, 0, 1));
        return c.table(x, c.add_table(std::make_shared<const Table>(std::move(table))), 0);
    };
    const auto bits = [&](int count) { return c.slice(wire(3), Kif(false, count, 0), 0); };
    CHECK(halves(random_bits(bits(5))) == 1);
    CHECK(halves(random_bits(bits(6))) == 2);
    CHECK(halves(random_bits(bits(8))) == 8);
    CHECK(halves(random_bits(bits(10))) == 2 * (16 + 1));
    CHECK(halves(random_bits(bits(12))) == 2 * (64 + 5));
    CHECK(delay(c, random_bits(bits(8))) == 500);
    CHECK(delay(c, random_bits(bits(12))) == 1500);
}
