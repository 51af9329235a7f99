#include "dal/sim/verify.hpp"

#include "dal/circuit/evaluate/evaluator.hpp"
#include "dal/graph/difference.hpp"
#include "dal/support/codes/build_codes.hpp"

namespace dal::sim {

Result<Verifier> Verifier::prepare(const Graph& graph, const circuit::Circuit& circuit, const Design& design) {
    auto reference = JitProgram::compile(graph, {.samples = 0});  // simulation allows few
    if (!reference) return failure(std::move(reference.error()));
    auto simulator = Simulator::build(std::span(&design, 1));
    if (!simulator) return failure(std::move(simulator.error()));
    return Verifier(graph, circuit, std::move(*reference), std::move(*simulator));
}

Result<int64_t> Verifier::compare(std::span<const Samples> inputs) const {
    auto expected = reference_.run(inputs);
    if (!expected) return failure(std::move(expected.error()));
    auto codes = circuit::encode_inputs(circuit_, inputs);
    if (!codes) return failure(std::move(codes.error()));
    auto simulated = simulator_.run(std::span(&*codes, 1));
    if (!simulated) return failure(std::move(simulated.error()));
    const std::string difference = describe_difference(graph_, simulated->front(), "Verilog", *expected, "JIT");
    if (difference.empty()) return codes->samples();
    const std::vector<Codes> evaluated = circuit::Evaluator(circuit_).run(*codes);
    const bool circuit_agrees = describe_difference(graph_, evaluated, "circuit", *expected, "JIT").empty();
    return failure(
        error(code::verification_failed, {}, difference)
            .with_rule(circuit_agrees
                           ? "the optimized circuit agrees with the JIT: the fault is in the Verilog or its simulation"
                           : "the optimized circuit differs from the JIT too")
            .with_help("this is a bug in dal; please report it with the program"));
}

}  // namespace dal::sim
