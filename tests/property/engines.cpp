#include "engines.hpp"

#include <array>

#ifdef DAL_HAS_JIT
#include "dal/jit/jit.hpp"
#endif
#ifdef DAL_HAS_LOWER
#include "dal/circuit/evaluator.hpp"
#include "dal/lower/lower.hpp"
#endif

namespace dal::property {
namespace {

using Outputs = Result<std::vector<Codes>>;

#ifdef DAL_HAS_JIT
Outputs run_jit(const Graph& graph, std::span<const Samples> inputs) {
    const auto program = JitProgram::compile(graph, {.threads = 1});
    if (!program) return failure(program.error());
    return program->run(inputs);
}
#endif

#ifdef DAL_HAS_LOWER
Outputs run_circuit(const Graph& graph, std::span<const Samples> inputs) {
    const auto circuit = lower(graph);
    if (!circuit) return failure(circuit.error());
    circuit::verify(*circuit);
    const auto codes = circuit::encode_inputs(*circuit, inputs);
    if (!codes) return failure(codes.error());
    return circuit::Evaluator(*circuit).run(*codes);
}
#endif

}  // namespace

std::span<const Engine> engines() {
    static const std::vector<Engine> table{
#ifdef DAL_HAS_JIT
        {.name = "jit", .run = run_jit},
#endif
#ifdef DAL_HAS_LOWER
        {.name = "circuit", .run = run_circuit, .exact_form = false},
#endif
    };
    return table;
}

}  // namespace dal::property
