#include "dal/circuit/optimize.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "dal/circuit/evaluate/compare.hpp"
#include "dal/support/check.hpp"
#include "unit/circuit/exact.hpp"
#include "unit/circuit/random_circuit.hpp"

using namespace dal;
using namespace dal::circuit;

namespace {

/// Outputs that see some bits, and wires that are kept.
Circuit some_circuit(uint64_t seed) {
    std::mt19937_64 random(seed);
    RandomCircuit options;
    options.operations = 80;
    options.slices = 4;
    options.kept = 2;
    options.widest = 40;
    return random_circuit(random, options);
}

std::string message_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const InternalError& error) {
        return error.what();
    }
    return "";
}

Format byte() { return {Kif(true, 7, 0), Round::trn, Overflow::wrap}; }

}  // namespace

TEST_CASE("no pass changes a value of an output or of a kept wire") {
    std::set<std::string_view> names;
    for (const Pass& pass : passes()) {
        if (!names.insert(pass.name).second) continue;
        CAPTURE(pass.name);
        for (uint64_t seed = 0; seed < 60; ++seed) {
            const Circuit circuit = some_circuit(seed);
            const Circuit after = pass.run(circuit);
            verify(after);
            std::mt19937_64 random(seed);
            for (const std::vector<Dyadic>& values : random_feed(random, circuit, 20).values)
                REQUIRE(outputs_of(after, values) == outputs_of(circuit, values));
            CHECK_FALSE(first_difference(circuit, after, 20));
        }
    }
    CHECK(names.size() == 5);
}

TEST_CASE("the whole list keeps values, and each step is watched in its order") {
    for (uint64_t seed = 0; seed < 40; ++seed) {
        const Circuit circuit = some_circuit(seed);
        std::vector<PassRecord> records;
        std::mt19937_64 random(seed);
        const auto feed = random_feed(random, circuit, 20);
        OptimizeOptions options;
        options.demand = seed % 4 != 0;
        options.merge_adders = seed % 3 == 0;
        options.watch.verify = seed % 2 == 0;
        options.watch.after = [&](const PassRecord& record, const Circuit& now) {
            CHECK(record.before == (records.empty() ? circuit.size() : records.back().after));
            CHECK(record.after == now.size());
            records.push_back(record);
            for (const std::vector<Dyadic>& values : feed.values)
                REQUIRE(outputs_of(now, values) == outputs_of(circuit, values));
        };
        const Circuit after = optimize(circuit, options);
        REQUIRE_FALSE(records.empty());
        CHECK(records.back().after == after.size());
        std::string expected = "simplify place_constants simplify ";
        if (options.demand) expected += "narrow simplify shorten simplify ";
        if (options.merge_adders) expected += "merge_adders ";
        std::string names;
        for (const PassRecord& record : records) names += std::string(record.name) + " ";
        CHECK(names == expected);
    }
}

TEST_CASE("a kept wire has all its bits, though outputs read few of them") {
    Circuit circuit;
    circuit.add_origin({"", {}});
    circuit.add_input_tensor({"x", {2}, {}});
    const WireId x = circuit.input(0, 0, byte(), true, 0);
    const WireId y = circuit.input(0, 1, byte(), true, 0);
    const WireId sum = circuit.add(x, circuit.constant(Dyadic(37), 0), 0, 0);
    const WireId dead = circuit.mul(x, y, 0);
    circuit.add_output({"z", {1}, {circuit.slice(sum, Kif(false, 3, -1), 0)}, {}});
    circuit.keep(sum);
    circuit.keep(dead);
    const Circuit after = optimize(circuit);
    REQUIRE(after.kept().size() == 2);
    CHECK(after[after.kept()[0]].range == circuit[sum].range);
    CHECK(after[after.kept()[1]].range == circuit[dead].range);
    CHECK_FALSE(first_difference(circuit, after, 100));
}

TEST_CASE("verification names the pass that breaks a circuit") {
    const PassWatch watch{.verify = true, .after = {}};
    // Another value of one output.
    const auto wrong = [&] {
        Circuit broken;
        broken.add_origin({"", {}});
        broken.add_input_tensor({"x", {1}, {}});
        const WireId x = broken.input(0, 0, byte(), true, 0);
        broken.add_output({"y", {1}, {broken.add(x, broken.constant(Dyadic(1), 0), 0, 0)}, {}});
        return broken;
    };
    Circuit right = wrong();
    Circuit other;
    other.add_origin({"", {}});
    other.add_input_tensor({"x", {1}, {}});
    const WireId x = other.input(0, 0, byte(), true, 0);
    other.add_output({"y", {1}, {other.add(x, other.constant(Dyadic(2), 0), 0, 0)}, {}});
    CHECK(message_of([&] { watched("fine", &right, wrong, watch); }).empty());
    const std::string values = message_of([&] { watched("rogue", &other, wrong, watch); });
    CHECK(values.find("the pass `rogue` changed what the circuit computes: y[0] was ") != std::string::npos);
    // A circuit that refers to a wire that it does not have.
    const std::string structure = message_of([&] {
        watched(
            "breaker", &right,
            [&] {
                Circuit broken = right;
                broken.add_output({"more", {1}, {WireId{99}}, {}});
                return broken;
            },
            watch);
    });
    CHECK(structure.find("the pass `breaker` made a circuit that is none") != std::string::npos);
    // A kept wire that is lost.
    Circuit keeping = right;
    keeping.keep(WireId{0});
    const std::string lost = message_of([&] { watched("loser", &keeping, wrong, watch); });
    CHECK(lost.find("the pass `loser` changed what the circuit computes: 1 wires are kept, then 0") !=
          std::string::npos);
    // Nothing is said unless somebody asks.
    CHECK(message_of([&] { watched("rogue", &other, wrong, {}); }).empty());
}
