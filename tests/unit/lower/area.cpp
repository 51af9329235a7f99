// Adders of three operands in circuits, against the interpreter.
#include "dal/circuit/cost/cost.hpp"
#include "dal/circuit/cost/pipeline.hpp"
#include "dal/circuit/passes/merge_adders.hpp"
#include "unit/lower/run.hpp"

using namespace dal;

namespace {

Graph layer(std::mt19937_64& random, int64_t inputs, int64_t outputs) {
    Graph graph;
    const NodeId x = graph.input("x", {inputs}, port(Kif(true, 5, 2)), {});
    std::vector<Dyadic> weights;
    for (int64_t n = 0; n < inputs * outputs; ++n) weights.emplace_back(static_cast<int>(random() % 64) - 32);
    std::vector<Dyadic> bias;
    for (int64_t n = 0; n < outputs; ++n) bias.emplace_back(static_cast<int>(random() % 64) - 32);
    const NodeId w = graph.constant({inputs, outputs}, weights, {});
    const NodeId sum = *graph.einsum(*parse_einsum("i,io->o", {}), x, w, {});
    graph.output("y", *graph.add(sum, graph.constant({outputs}, bias, {}), {}), {});
    return graph;
}

LowerOptions area() {
    LowerOptions options;
    options.optimizer.area = true;
    return options;
}

}  // namespace

TEST_CASE("adders of three operands compute the same with fewer LUTs") {
    std::mt19937_64 random(1);
    for (const int64_t size : {3, 6, 12}) {
        Graph graph = layer(random, size, size);
        Graph other = graph;
        const Samples codes = random_codes(random, graph[graph.inputs().front()], 200);
        const circuit::Report two = circuit::report(check_against_interpreter(graph, std::span(&codes, 1)));
        const circuit::Circuit merged = check_against_interpreter(other, std::span(&codes, 1), area());
        const circuit::Report three = circuit::report(merged);
        CHECK(three.adders < two.adders);
        CHECK(three.luts < two.luts);
        CHECK(circuit::print(merged).find(" + ") != std::string::npos);
    }
}

TEST_CASE("an adder of three operands is in one stage") {
    std::mt19937_64 random(2);
    Graph graph = layer(random, 8, 8);
    const circuit::Circuit circuit = lowered(graph, area());
    for (const circuit::Schedule& schedule :
         {circuit::pipeline_into(circuit, 4), circuit::pipeline_within(circuit, 2000),
          circuit::pipeline_within(circuit, 1000)}) {
        int64_t merged = 0;
        for (size_t id = 0; id < circuit.size(); ++id) {
            const circuit::Operation& operation = circuit.operations()[id];
            for (int j = 0; j < circuit::operand_count(operation.kind); ++j) {
                const auto operand = static_cast<size_t>(j == 0 ? operation.a : j == 1 ? operation.b : operation.c);
                if (circuit.operations()[operand].kind == circuit::Kind::constant) continue;
                CHECK(schedule.stage[operand] <= schedule.stage[id]);
                if (!circuit.operations()[operand].merged) continue;
                CHECK(schedule.stage[operand] == schedule.stage[id]);
                ++merged;
            }
        }
        CHECK(merged > 10);
    }
}

TEST_CASE("a merged adder costs nothing, and its user a LUT a bit and two levels") {
    circuit::Circuit circuit;
    const uint32_t tensor = circuit.add_input_tensor({"x", {3}, {}});
    const Format byte{Kif(false, 8, 0), Round::trn, Overflow::wrap};
    std::vector<circuit::WireId> x;
    for (int64_t e = 0; e < 3; ++e) x.push_back(circuit.input(tensor, e, byte, true, 0));
    const circuit::WireId inner = circuit.sub(x[0], x[1], 1, 0);
    const circuit::WireId outer = circuit.sub(x[2], inner, 0, 0);
    circuit.add_output({"y", {1}, {outer}, {}});
    const circuit::Report before = circuit::report(circuit);
    circuit = circuit::merge_adders(circuit);
    CHECK_NOTHROW(circuit::verify(circuit));
    CHECK(circuit[inner].merged);
    CHECK(circuit::half_luts(circuit, inner) == 0);
    CHECK(circuit::delay(circuit, outer) == 2000);
    const circuit::Report after = circuit::report(circuit);
    CHECK(after.adders == 1);
    CHECK(after.depth == 1);
    CHECK(after.luts < before.luts);
    CHECK(circuit::print(circuit).find("%2 - %0 + %1 << 1") != std::string::npos);
}

TEST_CASE("marks that are wrong are found") {
    circuit::Circuit circuit;
    const uint32_t tensor = circuit.add_input_tensor({"x", {3}, {}});
    const Format byte{Kif(false, 8, 0), Round::trn, Overflow::wrap};
    std::vector<circuit::WireId> x;
    for (int64_t e = 0; e < 3; ++e) x.push_back(circuit.input(tensor, e, byte, true, 0));
    const circuit::WireId inner = circuit.add(x[0], x[1], 0, 0);
    const circuit::WireId outer = circuit.add(inner, x[2], 0, 0);
    circuit.add_output({"y", {2}, {inner, outer}, {}});
    circuit = circuit::merge_adders(circuit);
    CHECK_FALSE(circuit[inner].merged);
    circuit.set_merged(inner, true);
    CHECK_THROWS(circuit::verify(circuit));
}
