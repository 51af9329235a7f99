// Backward demand: the rules one by one over all inputs, what must not be done, and random circuits of every kind.
#include "dal/circuit/passes/narrow.hpp"

#include <doctest/doctest.h>

#include <functional>

#include "dal/circuit/cost/cost.hpp"
#include "dal/circuit/evaluate/evaluator.hpp"
#include "dal/circuit/passes/simplify.hpp"
#include "unit/circuit/exact.hpp"
#include "unit/circuit/random_circuit.hpp"

using namespace dal;
using namespace dal::circuit;

namespace {

/// One output, some bits of a wire that is built from two inputs.
struct Case {
    Kif a{true, 3, 2};
    Kif b{true, 3, 2};
    Kif seen;  ///< the bits of the result that the output has
    std::function<WireId(Circuit&, WireId, WireId)> build;
};

Circuit circuit_of(const Case& x) {
    Circuit circuit;
    circuit.add_origin({"test", {}});
    circuit.add_input_tensor({"x", {2}, {}});
    const WireId a = circuit.input(0, 0, Format{x.a}, true, 0);
    const WireId b = circuit.input(0, 1, Format{x.b}, true, 0);
    circuit.add_output({"y", {1}, {circuit.slice(x.build(circuit, a, b), x.seen, 0)}, {}});
    return simplify(circuit);
}

/// All pairs of inputs give the same; returns the circuit as it was and as it is.
std::pair<Circuit, Circuit> check_all(const Case& x) {
    Circuit before = circuit_of(x);
    Circuit after = simplify(narrow(before));
    verify(after);
    INFO(print(before));
    INFO(print(after));
    for (Int a = x.a.min_code(); a <= x.a.max_code(); a += 1)
        for (Int b = x.b.min_code(); b <= x.b.max_code(); b += 1) {
            const std::vector<Dyadic> inputs{{a, -int64_t{x.a.f}}, {b, -int64_t{x.b.f}}};
            const auto expected = outputs_of(before, inputs);
            const auto got = outputs_of(after, inputs);
            if (got != expected) FAIL(inputs[0].to_string() << ", " << inputs[1].to_string());
        }
    return {std::move(before), std::move(after)};
}

int64_t adder_bits_of(const Circuit& circuit) { return report(circuit).adder_bits; }

WireId constant(Circuit& circuit, const Dyadic& value) { return circuit.constant(value, 0); }
/// max(x, 0) as lower builds it.
WireId relu(Circuit& circuit, WireId x) {
    const Kif kif = circuit[x].range.kif();
    const WireId sign = circuit.shift(circuit.slice(x, Kif(false, kif.i + 1, -kif.i), 0), -kif.i, 0);
    return circuit.mux(sign, circuit.constant({}, 0), x, 0);
}

}  // namespace

TEST_CASE("sums of which only low bits are seen are computed modulo a power of two") {
    for (const bool minus : {false, true})
        for (int i = -1; i <= 4; ++i)
            for (const bool k : {false, true}) {
                const auto [before, after] =
                    check_all({.seen = Kif(k, i, 2), .build = [&](Circuit& c, WireId a, WireId b) {
                                   const WireId twice = c.add(a, b, 1, 0);
                                   return minus ? c.sub(b, twice, 0, 0) : c.add(twice, b, 0, 0);
                               }});
                if (i < 3) CHECK(adder_bits_of(after) < adder_bits_of(before));
            }
}

TEST_CASE("a constant factor moves what is seen by its lowest bit") {
    for (const Dyadic& factor : {Dyadic(3), Dyadic(12), Dyadic(-5), Dyadic(20), Dyadic(3, -1), Dyadic(-5, -2)})
        for (int i = -1; i <= 6; ++i)
            check_all({.seen = Kif(false, i, 2), .build = [&](Circuit& c, WireId a, WireId b) {
                           return c.mul(c.add(a, b, 0, 0), constant(c, factor), 0);
                       }});
    // 12·x modulo 2^i needs x modulo 2^(i - 2), not 2^i: the operands are cut there.
    const auto [before, after] = check_all({.seen = Kif(false, 4, 2), .build = [](Circuit& c, WireId a, WireId b) {
                                                return c.mul(c.add(a, b, 0, 0), constant(c, 12), 0);
                                            }});
    CHECK(adder_bits_of(before) == 6);
    CHECK(adder_bits_of(after) == 4);
}

TEST_CASE("a product of variables: the fraction bits of one are integer bits of the other") {
    for (int f = -1; f <= 2; ++f)
        for (int i = -4; i <= 4; ++i)
            for (const bool square : {false, true})
                check_all({.a = Kif(true, 3, f),
                           .b = Kif(true, 2, 3),
                           .seen = Kif(false, i, 5),
                           .build = [&](Circuit& c, WireId a, WireId b) {
                               const WireId x = c.add(a, a, 1, 0);
                               return c.mul(x, square ? x : b, 0);
                           }});
}

TEST_CASE("what is not seen through relu, any and tables stays") {
    // Modulo 2^i the sign of the sum would be lost.
    for (int i = -1; i <= 4; ++i)
        for (int f = 0; f <= 2; ++f) {
            check_all({.seen = Kif(false, i, f),
                       .build = [](Circuit& c, WireId a, WireId b) { return relu(c, c.sub(a, b, 0, 0)); }});
            check_all({.seen = Kif(false, std::max(i, 0), 1),
                       .build = [](Circuit& c, WireId a, WireId b) { return c.any(c.add(a, b, 0, 0), 0); }});
            check_all({.seen = Kif(false, i, f), .build = [](Circuit& c, WireId a, WireId b) {
                           Table table{.first = -128, .f = 2, .entries = {}, .entry_f = 2};
                           for (int n = -128; n < 128; ++n) table.entries.push_back(n * n % 61);
                           return c.table(c.add(a, b, 0, 0), c.add_table(std::make_shared<const Table>(table)), 0);
                       }});
        }
}

TEST_CASE("low bits that nobody reads are left out of sums where they cannot carry") {
    // b is on the grid that is seen: the digits of a below it do not matter.
    const auto coarse = [](bool minus) {
        return Case{
            .a = Kif(true, 3, 3),
            .b = Kif(true, 3, 0),
            .seen = Kif(true, 5, 1),
            .build = [=](auto& c, WireId a, WireId b) { return minus ? c.sub(a, b, 0, 0) : c.add(a, b, 0, 0); }};
    };
    for (const bool minus : {false, true}) {
        const auto [before, after] = check_all(coarse(minus));
        const Operation& sum =
            after[after[after.outputs()[0].elements[0]].kind == Kind::slice ? after[after.outputs()[0].elements[0]].a
                                                                            : after.outputs()[0].elements[0]];
        CHECK(sum.range.f() == 1);
    }
    // Both off the grid: the carry counts.
    for (const bool minus : {false, true})
        check_all(
            {.a = Kif(true, 2, 3),
             .b = Kif(true, 2, 2),
             .seen = Kif(true, 4, 0),
             .build = [=](auto& c, WireId a, WireId b) { return minus ? c.sub(a, b, 0, 0) : c.add(a, b, 0, 0); }});
    // A subtrahend below the grid: floor(-x) is not -floor(x).
    check_all(
        {.a = Kif(true, 2, 0), .b = Kif(true, 2, 3), .seen = Kif(true, 4, 0), .build = [](auto& c, WireId a, WireId b) {
             return c.sub(a, b, 0, 0);
         }});
    check_all(
        {.seen = Kif(true, 4, 0), .build = [](auto& c, WireId a, WireId) { return c.sub(constant(c, {}), a, 0, 0); }});
}

TEST_CASE("low bits through multiplexers, shifts and masks") {
    for (int f = -4; f <= 1; ++f)
        for (const bool k : {false, true}) {
            check_all({.seen = Kif(k, 4, f), .build = [](Circuit& c, WireId a, WireId b) {
                           return relu(c, c.shift(c.add(a, c.slice(b, Kif(true, 3, 0), 0), 0, 0), -1, 0));
                       }});
            check_all({.seen = Kif(k, 3, f), .build = [](Circuit& c, WireId a, WireId b) {
                           const WireId mask = constant(c, 6);
                           return c.bitwise(Kind::bit_and, c.add(a, b, 0, 0), mask, 0);
                       }});
            check_all({.seen = Kif(k, 2, f), .build = [](Circuit& c, WireId a, WireId b) {
                           const WireId both = c.bitwise(Kind::bit_xor, c.add(a, b, 0, 0), b, 0);
                           return c.bitwise(Kind::bit_or, both, c.sub(a, b, 1, 0), 0);
                       }});
        }
    // Above its highest bit a negative number has its sign, wherever one looks.
    check_all({.a = Kif(true, 1, 2),
               .b = Kif(true, 1, 2),
               .seen = Kif(true, 6, -4),
               .build = [](auto& c, WireId a, WireId b) { return c.add(a, b, 0, 0); }});
}

TEST_CASE("the sign of what is computed modulo a power of two does not reach a chosen value") {
    // |x| - 3 fits 4 bits; -x modulo 16 is -8 where |x| is 8.
    check_all({.a = Kif(true, 3, 0),
               .b = Kif(true, 0, 0),
               .seen = Kif(true, 5, 0),
               .build = [](Circuit& c, WireId a, WireId) {
                   const WireId negative = c.sub(constant(c, {}), a, 0, 0);
                   const WireId sign = c.shift(c.slice(a, Kif(false, 4, -3), 0), -3, 0);
                   const Interval range(0, 8, 0);
                   return c.add(c.mux(sign, negative, a, 0, &range), constant(c, -3), 0, 0);
               }});
}

TEST_CASE("random circuits compute the same with fewer bits") {
    std::mt19937_64 random(7);
    int64_t before_bits = 0;
    int64_t after_bits = 0;
    for (int round = 0; round < 400; ++round) {
        RandomCircuit options;
        options.slices = 1 + round % 4;
        options.widest = round % 8 == 7 ? 300 : round % 8 == 6 ? 65 : 40;
        options.widest_input = round % 8 == 7 ? 130 : 14;
        const Circuit circuit = simplify(random_circuit(random, options));
        const Circuit narrowed = narrow(circuit);
        verify(narrowed);
        const Circuit after = simplify(narrowed);
        verify(after);
        before_bits += adder_bits_of(circuit);
        after_bits += adder_bits_of(after);
        CHECK(adder_bits_of(after) <= adder_bits_of(circuit));
        const RandomFeed feed = random_feed(random, circuit, 70);
        const std::vector<Codes> codes = Evaluator(after).run(feed.codes);
        for (int64_t sample = 0; sample < 70; ++sample) {
            const auto expected = outputs_of(circuit, feed.values[static_cast<size_t>(sample)]);
            INFO(round);
            REQUIRE(outputs_of(narrowed, feed.values[static_cast<size_t>(sample)]) == expected);
            REQUIRE(outputs_of(after, feed.values[static_cast<size_t>(sample)]) == expected);
            for (size_t e = 0; e < expected.size(); ++e)
                REQUIRE(codes[0].value(sample, static_cast<int64_t>(e)) == expected[e]);
        }
    }
    MESSAGE("adder bits " << before_bits << ", narrowed " << after_bits);
    CHECK(after_bits < before_bits);
}
