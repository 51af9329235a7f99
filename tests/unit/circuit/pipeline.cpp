#include "dal/circuit/cost/pipeline.hpp"

#include <doctest/doctest.h>

#include "dal/circuit/cost/cost.hpp"
#include "unit/circuit/random_circuit.hpp"

using namespace dal;
using namespace dal::circuit;

namespace {

/// Slowest chain of operations within one stage.
int64_t slowest_stage(const Circuit& circuit, const Schedule& schedule) {
    std::vector<int64_t> ready(circuit.size());
    int64_t slowest = 0;
    for (size_t id = 0; id < circuit.size(); ++id) {
        const Operation& x = circuit.operations()[id];
        const WireId operands[] = {x.a, x.b, x.c};
        for (int j = 0; j < operand_count(x.kind); ++j) {
            const auto operand = static_cast<size_t>(operands[j]);
            if (circuit.operations()[operand].kind == Kind::constant) continue;
            REQUIRE(schedule.stage[operand] <= schedule.stage[id]);
            if (schedule.stage[operand] == schedule.stage[id]) ready[id] = std::max(ready[id], ready[operand]);
        }
        ready[id] += delay(circuit, static_cast<WireId>(id));
        slowest = std::max(slowest, ready[id]);
        if (x.kind == Kind::input) REQUIRE(schedule.stage[id] == 0);
        if (schedule.stages > 0) REQUIRE(schedule.stage[id] < schedule.stages);
    }
    return slowest;
}

/// x0 + x1 + … one after the other.
Circuit chain(int adders) {
    Circuit circuit;
    circuit.add_origin({"", {}});
    circuit.add_input_tensor({"x", {adders + 1}, {}});
    const Format format{Kif(true, 7, 0), Round::trn, Overflow::wrap};
    WireId sum = circuit.input(0, 0, format, false, 0);
    std::vector<WireId> inputs;
    for (int j = 0; j < adders; ++j) inputs.push_back(circuit.input(0, j + 1, format, false, 0));
    for (const WireId input : inputs) sum = circuit.add(sum, input, 0, 0);
    circuit.add_output({"y", {1}, {sum}, {}});
    return circuit;
}

}  // namespace

TEST_CASE("a chain of adders is cut into equal parts") {
    const Circuit circuit = chain(12);
    CHECK(combinational(circuit).stages == 0);
    CHECK(combinational(circuit).longest == 12'000);
    for (const auto& [stages, longest] : std::vector<std::pair<uint32_t, int64_t>>{
             {1, 12'000}, {2, 6'000}, {3, 4'000}, {5, 3'000}, {12, 1'000}, {20, 1'000}}) {
        const Schedule schedule = pipeline_into(circuit, stages);
        CHECK(schedule.stages == stages);
        CHECK(schedule.longest == longest);
        CHECK(slowest_stage(circuit, schedule) == longest);
    }
    CHECK(pipeline_within(circuit, 3'000).stages == 4);
    CHECK(pipeline_within(circuit, 3'999).stages == 4);
    CHECK(pipeline_within(circuit, 1).stages == 12);  // each adder alone
}

TEST_CASE("register bits are what each boundary carries") {
    const Circuit circuit = chain(2);  // 8 + 8 bits give 9, and 8 more give 10
    CHECK(register_bits(circuit, combinational(circuit)) == 0);
    CHECK(register_bits(circuit, pipeline_into(circuit, 1)) == 10);
    CHECK(register_bits(circuit, pipeline_into(circuit, 2)) == 9 + 8 + 10);
}

TEST_CASE("a wire and what is shifted from it are the same registers") {
    Circuit inputs;
    inputs.add_origin({"", {}});
    inputs.add_input_tensor({"x", {1}, {}});
    const WireId x = inputs.input(0, 0, {Kif(true, 7, 0), Round::trn, Overflow::wrap}, false, 0);
    const WireId alias = inputs.shift(x, 1, 0);
    for (const std::vector<WireId>& elements : {std::vector{alias}, {x}, {alias, x}}) {
        Circuit circuit = inputs;
        circuit.add_output({"y", {static_cast<int64_t>(elements.size())}, elements, {}});
        CHECK(register_bits(circuit, pipeline_into(circuit, 3)) == 3 * 8);
    }
    // x is needed in the second stage, but only shifted.
    const WireId sum = inputs.add(x, inputs.shift(x, 3, 0), 0, 0);
    const WireId both = inputs.add(sum, inputs.shift(x, 5, 0), 0, 0);
    inputs.add_output({"z", {1}, {both}, {}});
    const Schedule schedule = pipeline_into(inputs, 2);
    REQUIRE(schedule.stage[static_cast<size_t>(both)] == 1);
    Schedule late = schedule;  // whatever stage a shift is said to be in
    for (size_t id = 0; id < inputs.size(); ++id)
        if (inputs.operations()[id].kind == Kind::shift) late.stage[id] = 1;
    const int64_t bits = 8 + inputs[sum].range.width() + inputs[both].range.width();
    CHECK(register_bits(inputs, schedule) == bits);
    CHECK(register_bits(inputs, late) == bits);
}

TEST_CASE("a register lives until its latest reader, in whatever order the readers are written") {
    Circuit circuit;
    circuit.add_origin({"", {}});
    circuit.add_input_tensor({"x", {1}, {}});
    const WireId x = circuit.input(0, 0, {Kif(true, 7, 0), Round::trn, Overflow::wrap}, false, 0);
    const WireId first = circuit.add(x, x, 3, 0);
    const WireId second = circuit.add(x, x, 5, 0);
    circuit.add_output({"y", {2}, {first, second}, {}});
    const int64_t widths = circuit[first].range.width() + circuit[second].range.width();
    for (const bool is_first : {true, false}) {
        Schedule schedule{.stage = {0, 0, 0}, .stages = 3, .longest = 1000};
        const WireId late = is_first ? first : second;
        schedule.stage[static_cast<size_t>(late)] = 2;
        CHECK(register_bits(circuit, schedule) == 2 * 8 + 3 * widths - 2 * circuit[late].range.width());
    }
}

TEST_CASE("what is narrower is registered") {
    // A sum of two wide inputs that is needed late moves nothing; the wide product of a narrow input waits.
    Circuit circuit;
    circuit.add_origin({"", {}});
    circuit.add_input_tensor({"x", {2}, {}});
    const WireId narrow = circuit.input(0, 0, {Kif(false, 2, 0), Round::trn, Overflow::wrap}, false, 0);
    const WireId other = circuit.input(0, 1, {Kif(true, 7, 0), Round::trn, Overflow::wrap}, false, 0);
    const WireId wide = circuit.add(narrow, narrow, 20, 0);
    WireId slow = other;
    for (int j = 0; j < 3; ++j) slow = circuit.add(slow, slow, 3, 0);
    circuit.add_output({"y", {1}, {circuit.add(slow, wide, 0, 0)}, {}});
    const Schedule schedule = pipeline_within(circuit, 1000);
    CHECK(schedule.stages == 4);
    CHECK(schedule.stage[static_cast<size_t>(wide)] == 2);
    CHECK(slowest_stage(circuit, schedule) == 1000);
}

TEST_CASE("schedules of random circuits are valid and within the limit") {
    std::mt19937_64 random(11);
    for (int round = 0; round < 100; ++round) {
        const Circuit circuit = random_circuit(random, {.inputs = 5, .operations = 120});
        int64_t slowest_operation = 0;
        for (size_t id = 0; id < circuit.size(); ++id)
            slowest_operation = std::max(slowest_operation, delay(circuit, static_cast<WireId>(id)));
        int64_t previous = INT64_MAX;
        for (const uint32_t stages : {1U, 2U, 3U, 7U}) {
            const Schedule schedule = pipeline_into(circuit, stages);
            CHECK(schedule.stages == stages);
            CHECK(slowest_stage(circuit, schedule) == schedule.longest);
            CHECK(schedule.longest <= previous);
            previous = schedule.longest;
        }
        for (const int64_t limit : {int64_t{500}, int64_t{1000}, int64_t{2500}}) {
            const Schedule schedule = pipeline_within(circuit, limit);
            CHECK(slowest_stage(circuit, schedule) <= std::max(limit, slowest_operation));
            // A pipeline of as many stages cannot be slower than one within the limit.
            CHECK(pipeline_into(circuit, schedule.stages).longest <= std::max(limit, slowest_operation));
        }
    }
}
