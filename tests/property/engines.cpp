#include "engines.hpp"

#include "dal/circuit/evaluate/evaluator.hpp"
#include "dal/jit/jit.hpp"
#include "dal/lower/lower.hpp"

namespace dal::property {
namespace {

using Outputs = Result<std::vector<Codes>>;

Outputs run_jit(const Graph& graph, std::span<const Samples> inputs) {
    const auto program = JitProgram::compile(graph, {.threads = 1});
    if (!program) return failure(program.error());
    return program->run(inputs);
}

Outputs run_lowered(const Graph& graph, std::span<const Samples> inputs, const LowerOptions& options) {
    const auto circuit = lower(graph, options);
    if (!circuit) return failure(circuit.error());
    circuit::verify(*circuit);
    const auto codes = circuit::encode_inputs(*circuit, inputs);
    if (!codes) return failure(codes.error());
    return circuit::Evaluator(*circuit).run(*codes);
}

Outputs run_circuit(const Graph& graph, std::span<const Samples> inputs) { return run_lowered(graph, inputs, {}); }

/// With the bits that no output can see.
Outputs run_whole_circuit(const Graph& graph, std::span<const Samples> inputs) {
    LowerOptions options;
    options.optimizer.demand = false;
    return run_lowered(graph, inputs, options);
}

Outputs run_small_circuit(const Graph& graph, std::span<const Samples> inputs) {
    LowerOptions options;
    options.optimizer.area = true;
    return run_lowered(graph, inputs, options);
}

}  // namespace

std::span<const Engine> engines() {
    static const std::vector<Engine> table{
        {.name = "jit", .run = run_jit},
        {.name = "circuit", .run = run_circuit, .exact_form = true},
        {.name = "circuit without demand", .run = run_whole_circuit, .exact_form = true},
        {.name = "circuit with adders of three operands", .run = run_small_circuit, .exact_form = true},
    };
    return table;
}

}  // namespace dal::property
