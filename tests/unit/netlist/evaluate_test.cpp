// The netlist of a circuit, run cycle by cycle, against the circuit's own evaluator: placement of registers,
// expressions and modules.
#include "dal/netlist/evaluate.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "dal/circuit/evaluate/evaluator.hpp"
#include "dal/circuit/passes/merge_adders.hpp"
#include "dal/netlist/build.hpp"
#include "unit/circuit/random_circuit.hpp"

using namespace dal;
using namespace dal::netlist;
using circuit::Circuit;
using circuit::Kind;
using circuit::WireId;

namespace {

/// Any valid one: each operation somewhere behind its operands.
circuit::Schedule random_schedule(const Circuit& c, uint32_t stages, std::mt19937_64& random) {
    circuit::Schedule result;
    result.stages = stages;
    for (const circuit::Operation& x : c.operations()) {
        uint32_t stage = 0;
        const WireId operands[] = {x.a, x.b, x.c};
        for (int j = 0; j < circuit::operand_count(x.kind); ++j)
            stage = std::max(stage, result.stage[static_cast<size_t>(operands[j])]);
        const bool moves = x.kind != Kind::input && x.kind != Kind::constant && random() % 4 == 0;
        if (moves) stage += static_cast<uint32_t>(random() % (stages - stage));
        result.stage.push_back(stage);
    }
    return result;
}

int64_t registers_of(const Netlist& netlist) {
    int64_t bits = 0;
    for (const Module& module : netlist.modules)
        for (const Signal& signal : module.signals)
            if (signal.kind == Signal::Kind::reg) bits += signal.width;
    return bits;
}

void check_same(const Circuit& c, const circuit::Schedule& schedule, const Codes& inputs) {
    const Netlist netlist = build(c, schedule, {});
    const std::vector<Codes> expected = circuit::Evaluator(c).run(inputs);
    const std::vector<Codes> found = Evaluator(netlist).run(inputs);
    REQUIRE(found.size() == expected.size());
    for (size_t o = 0; o < found.size(); ++o) {
        CHECK(found[o].f() == expected[o].f());
        const auto difference = first_difference(found[o], expected[o]);
        CHECK_MESSAGE(!difference, "output ", o, " sample ", difference ? difference->sample : 0, " element ",
                      difference ? difference->element : 0);
    }
    CHECK(registers_of(netlist) == circuit::register_bits(c, schedule));
}

}  // namespace

TEST_CASE("a sample in each cycle gives what the circuit gives, in as many cycles as there are stages") {
    std::mt19937_64 random(1);
    int moved = 0;
    for (int round = 0; round < 150; ++round) {
        circuit::RandomCircuit options;
        options.operations = 20 + round % 60;
        options.widest = round % 3 == 0 ? 150 : 40;
        options.widest_input = round % 3 == 0 ? 70 : 12;
        options.slices = round % 2 == 0 ? 6 : 0;
        Circuit c = circuit::random_circuit(random, options);
        const Codes inputs = circuit::random_feed(random, c, 12).codes;
        check_same(c, circuit::combinational(c), inputs);
        const uint32_t stages = 1 + static_cast<uint32_t>(random() % 6);
        const circuit::Schedule schedule = random_schedule(c, stages, random);
        moved += std::ranges::any_of(schedule.stage, [](uint32_t stage) { return stage > 0; });
        check_same(c, schedule, inputs);
        circuit::merge_adders(c);
        check_same(c, circuit::pipeline_into(c, stages), inputs);
    }
    CHECK(moved > 80);
}

TEST_CASE("a register lives until the latest reader, whichever is written last") {
    Circuit c;
    c.add_origin({"y", {}});
    const WireId x = c.input(c.add_input_tensor({"x", {}, {}}), 0, {Kif(true, 3, 0)}, true, 0);
    const WireId late = c.add(x, x, 2, 0);
    const WireId early = c.add(x, x, 1, 0);
    c.add_output({"y", {2}, {late, early}, {}});
    circuit::Schedule schedule{{0, 0, 0}, 3, 0};
    schedule.stage[static_cast<size_t>(late)] = 2;
    Codes inputs({1}, 8, {0}, 1);
    for (int64_t s = 0; s < 8; ++s) inputs.set_code(s, 0, s * 5 % 16 - 8);
    check_same(c, schedule, inputs);
    CHECK(registers_of(build(c, schedule, {})) == 2 * 4 + c[late].range.width() + 3 * c[early].range.width());
}

TEST_CASE("outputs that are one wire under two binary points share their registers") {
    Circuit c;
    c.add_origin({"y", {}});
    const WireId x = c.input(c.add_input_tensor({"x", {}, {}}), 0, {Kif(true, 3, 4)}, true, 0);
    c.add_output({"y", {}, {c.shift(x, 1, 0)}, {}});
    c.add_output({"z", {}, {x}, {}});
    const Netlist netlist = build(c, circuit::pipeline_into(c, 3), {});
    CHECK(registers_of(netlist) == 24);
    CHECK(circuit::register_bits(c, circuit::pipeline_into(c, 3)) == 24);
}

TEST_CASE("what a schedule cannot mean is a bug of the caller") {
    Circuit c;
    c.add_origin({"y", {}});
    const WireId x = c.input(c.add_input_tensor({"x", {}, {}}), 0, {Kif(true, 3, 0)}, true, 0);
    const WireId a = c.add(x, x, 2, 0);
    c.add_output({"y", {}, {c.add(a, x, 1, 0)}, {}});
    CHECK_THROWS(build(c, {{0, 1, 0}, 2, 0}, {}));
    CHECK_THROWS(build(c, {{0, 2, 2}, 2, 0}, {}));
    CHECK_THROWS(build(c, {{0, 0}, 0, 0}, {}));
    CHECK_THROWS(build(c, circuit::combinational(c), {}, {.top = "module"}));
}
