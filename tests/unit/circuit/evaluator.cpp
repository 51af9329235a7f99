#include "dal/circuit/evaluate/evaluator.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "dal/circuit/cost/cost.hpp"
#include "dal/circuit/passes/simplify.hpp"
#include "dal/support/codes/batch_codes.hpp"
#include "unit/circuit/exact.hpp"
#include "unit/circuit/random_circuit.hpp"

using namespace dal;
using namespace dal::circuit;

namespace {

/// Runs the circuit and its simplified form on random samples; every output of every sample must be exact and
/// inside its wire's range.
void check_exact(std::mt19937_64& random, const RandomCircuit& options, int64_t samples) {
    const Circuit circuit = random_circuit(random, options);
    verify(circuit);
    const Circuit simple = simplify(circuit);
    verify(simple);
    CHECK(report(simple).luts <= report(circuit).luts);
    const RandomFeed feed = random_feed(random, circuit, samples);
    const Codes direct = Evaluator(circuit).run(feed.codes).front();
    const Codes after = Evaluator(simple).run(feed.codes, 2).front();
    for (int64_t s = 0; s < samples; ++s) {
        const std::vector<Dyadic> expected = evaluate_exactly(circuit, feed.values[static_cast<size_t>(s)]);
        for (size_t id = 0; id < circuit.size(); ++id) {
            const auto e = static_cast<int64_t>(id);
            const bool inside = circuit.operations()[id].range.contains(expected[id]);
            const bool same = direct.value(s, e) == expected[id] && after.value(s, e) == expected[id];
            if (inside && same) continue;
            INFO("wire %", id, " sample ", s, "\n", print(circuit), "\nexpected ", expected[id].to_string(),
                 ", evaluated ", direct.value(s, e).to_string(), ", simplified ", after.value(s, e).to_string());
            REQUIRE(inside);
            REQUIRE(same);
        }
    }
}

Samples doubles(const Shape& shape, const std::vector<double>& values) { return Array::from_doubles(shape, values); }

Circuit one_input(const Format& format, bool declared) {
    Circuit circuit;
    circuit.add_origin({"x", {}});
    circuit.add_input_tensor({"x", {1}, {}});
    const WireId x = circuit.input(0, 0, format, declared, 0);
    circuit.add_output({"y", {1}, {x}, {}});
    return circuit;
}

}  // namespace

TEST_CASE("random circuits evaluate exactly in narrow lanes") {
    std::mt19937_64 random(1);
    for (int round = 0; round < 300; ++round) check_exact(random, {}, 30);
}

TEST_CASE("random circuits evaluate exactly around every lane boundary") {
    std::mt19937_64 random(2);
    for (const int width : {1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 62, 63, 64, 65, 66, 127, 128, 129, 200, 300})
        for (int round = 0; round < 12; ++round)
            check_exact(random,
                        {.inputs = 5, .operations = 60, .widest_input = width, .widest = width + 40, .spread = 9}, 12);
}

TEST_CASE("distant binary points") {
    std::mt19937_64 random(3);
    for (int round = 0; round < 60; ++round)
        check_exact(random, {.inputs = 4, .operations = 40, .widest_input = 20, .widest = 400, .spread = 90}, 10);
}

TEST_CASE("several blocks and threads give what one gives") {
    std::mt19937_64 random(4);
    const Circuit circuit = random_circuit(random, {});
    const RandomFeed feed = random_feed(random, circuit, 3 * 256 + 17);
    const Evaluator evaluator(circuit);
    const Codes one = evaluator.run(feed.codes, 1).front();
    CHECK_FALSE(first_difference(one, evaluator.run(feed.codes, 3).front()));
    for (const int64_t s : {0, 255, 256, 767, 784}) {
        const std::vector<Dyadic> expected = evaluate_exactly(circuit, feed.values[static_cast<size_t>(s)]);
        for (size_t id = 0; id < circuit.size(); ++id) CHECK(one.value(s, static_cast<int64_t>(id)) == expected[id]);
    }
    CHECK(evaluator.run(random_feed(random, circuit, 0).codes).front().samples() == 0);
}

TEST_CASE("outputs come out with the binary points that the program declares") {
    Circuit circuit = one_input({Kif(true, 3, 0), Round::trn, Overflow::wrap}, false);
    const WireId seven = circuit.constant(Dyadic(7, 2), 0);
    circuit.add_output(
        {"z", {2}, {circuit.inputs()[0].wire, seven}, {Interval(-128, 127, 4), Interval(0, Int::pow2(80), 3)}});
    const auto codes = encode_inputs(circuit, std::vector<Samples>{doubles({2, 1}, {-3, 5})});
    REQUIRE(codes);
    const Codes z = Evaluator(circuit).run(*codes)[1];
    CHECK(z.f() == std::vector<int>{4, 3});
    CHECK(z.limbs() == 2);
    CHECK(z.code(0, 0) == Int(-48));
    CHECK(z.code(1, 1) == Int(28 * 8));
}

TEST_CASE("numbers become codes as quantize says") {
    std::mt19937_64 random(5);
    std::vector<double> values{0.0,
                               -0.0,
                               0.5,
                               -0.5,
                               1.5,
                               -1.5,
                               2.5,
                               0.25,
                               -0.25,
                               1e-300,
                               -1e-300,
                               5e-324,
                               -5e-324,
                               1e300,
                               -1e300,
                               std::ldexp(1.0, 62),
                               std::ldexp(-1.0, 63),
                               0.5 + std::ldexp(1.0, -53),
                               -0.5 + std::ldexp(1.0, -54)};
    for (int j = 0; j < 300; ++j)
        values.push_back(std::ldexp(static_cast<double>(static_cast<int64_t>(random() % 4096) - 2048),
                                    static_cast<int>(random() % 20) - 12));
    for (const Kif kif : {Kif(1, 3, 2), Kif(0, 3, 2), Kif(1, 0, 0), Kif(0, 0, 1), Kif(1, 5, -2), Kif(0, -2, 7), Kif(),
                          Kif(1, 30, 30), Kif(1, 31, 30), Kif(0, 40, 40), Kif(1, 150, 90)})
        for (int round = 0; round < round_count; ++round)
            for (int overflow = 0; overflow < overflow_count; ++overflow) {
                const Format format{kif, static_cast<Round>(round), static_cast<Overflow>(overflow)};
                const Circuit circuit = one_input(format, false);
                const auto count = static_cast<int64_t>(values.size());
                const auto codes = encode_inputs(circuit, std::vector<Samples>{doubles({count, 1}, values)});
                REQUIRE(codes);
                const Codes y = Evaluator(circuit).run(*codes).front();
                for (int64_t s = 0; s < count; ++s) {
                    const auto exact = *Dyadic::from_double(values[static_cast<size_t>(s)]);
                    const Dyadic expected(quantize_code(Rational(exact), format), -int64_t{kif.f});
                    if (y.value(s, 0) == expected) continue;
                    INFO(format.to_string(), " of ", exact.to_string());
                    REQUIRE(y.value(s, 0).to_string() == expected.to_string());
                }
            }
}

TEST_CASE("declared ports take exactly their values") {
    const Format format{Kif(1, 2, 1), Round::rnd, Overflow::sat_sym};
    const Circuit circuit = one_input(format, true);
    const auto feed = [&](double value) {
        return encode_inputs(circuit, std::vector<Samples>{doubles({1, 1}, {value})});
    };
    REQUIRE(feed(-4));
    CHECK(feed(-4)->code(0, 0) == Int(-8));  // not what sat_sym would make of it
    for (const double bad : {0.25, 4.0, -4.5, std::nan(""), std::numeric_limits<double>::infinity()}) {
        const auto refused = feed(bad);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().front().code == code::bad_sample);
    }
    CHECK(feed(0.25).error().front().message ==
          "sample 0 of `x` at [0] is 0.25, which is not a value of `fixed(1, 2, 1)`");
    const Circuit zero = one_input({Kif(), Round::trn, Overflow::wrap}, true);
    CHECK(encode_inputs(zero, std::vector<Samples>{doubles({1, 1}, {0})}));
    CHECK_FALSE(encode_inputs(zero, std::vector<Samples>{doubles({1, 1}, {1})}));
}

TEST_CASE("a number that nobody reads must still be one") {
    Circuit circuit;
    circuit.add_origin({"x", {}});
    circuit.add_input_tensor({"x", {2}, {}});
    circuit.add_output({"y", {1}, {circuit.input(0, 0, {Kif(1, 3, 0), Round::trn, Overflow::wrap}, false, 0)}, {}});
    CHECK(encode_inputs(circuit, std::vector<Samples>{doubles({1, 2}, {1, 2})}));
    CHECK_FALSE(encode_inputs(circuit, std::vector<Samples>{doubles({1, 2}, {1, std::nan("")})}));
}
