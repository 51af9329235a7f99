// Random programs in simulated Verilog against the interpreter, verified as `dal build` verifies: from the numbers that
// enter the program to its outputs.
#include <doctest/doctest.h>

#include <algorithm>

#include "dal/circuit/evaluate/evaluator.hpp"
#include "dal/emit/verilog/verilog.hpp"
#include "dal/interp/interpreter.hpp"
#include "dal/lower/lower.hpp"
#include "dal/sim/simulate.hpp"
#include "random_program.hpp"

using namespace dal;

namespace {

/// Some combinational, some with as many stages as they like, some with more than they need.
circuit::Schedule schedule_for(const circuit::Circuit& circuit, uint64_t seed) {
    switch (seed % 4) {
        case 0: return circuit::pipeline_within(circuit, 1500);
        case 1: return circuit::pipeline_into(circuit, static_cast<uint32_t>(1 + seed / 4 % 5));
        default: return circuit::combinational(circuit);
    }
}

void check_programs(uint64_t first, uint64_t last) {
    std::vector<emit::Design> designs;
    std::vector<Codes> inputs;
    std::vector<std::vector<Codes>> expected;
    std::vector<bool> seen(std::variant_size_v<Operation>);
    for (uint64_t seed = first; seed <= last; ++seed) {
        const Graph graph = property::random_program(seed);
        const auto numbers = property::random_inputs(graph, seed, 40);
        for (const Node& node : graph.nodes()) seen[node.operation.index()] = true;
        LowerOptions options;
        options.optimizer.demand = seed % 3 != 0;
        options.optimizer.area = seed % 5 < 2;
        const auto circuit = lower(graph, options);
        REQUIRE_MESSAGE(circuit, "seed ", seed);
        auto codes = circuit::encode_inputs(*circuit, numbers);
        REQUIRE_MESSAGE(codes, "seed ", seed);
        expected.push_back(interpret(graph, numbers).value());
        inputs.push_back(std::move(*codes));
        designs.push_back(emit::emit_verilog(*circuit, schedule_for(*circuit, seed), {},
                                             {.top = "seed" + std::to_string(seed), .source = {}}));
    }
    CHECK_MESSAGE(std::find(seen.begin(), seen.end(), false) == seen.end(), "an operation that no program has");
    const auto clean = sim::lint(designs);
    CHECK_MESSAGE(clean, (clean ? "" : clean.error()[0].message));
    const auto simulator = sim::Simulator::build(designs);
    REQUIRE_MESSAGE(simulator, (simulator ? "" : simulator.error()[0].message));
    const auto outputs = simulator->run(inputs);
    REQUIRE(outputs);
    for (size_t n = 0; n < designs.size(); ++n) {
        REQUIRE((*outputs)[n].size() == expected[n].size());
        for (size_t o = 0; o < expected[n].size(); ++o) {
            CHECK_MESSAGE((*outputs)[n][o].f() == expected[n][o].f(), designs[n].top, " output ", o);
            const auto difference = first_difference((*outputs)[n][o], expected[n][o]);
            CHECK_MESSAGE(!difference, designs[n].top, " output ", o, " sample ", difference ? difference->sample : 0,
                          " element ", difference ? difference->element : 0);
        }
    }
}

}  // namespace

TEST_CASE("random programs 1 to 100") { check_programs(1, 100); }
TEST_CASE("random programs 101 to 200") { check_programs(101, 200); }
