#include "dal/driver/engines.hpp"

#include <algorithm>
#include <thread>

#include "dal/circuit/evaluate/evaluator.hpp"
#include "dal/graph/difference.hpp"
#include "dal/graph/inputs.hpp"
#include "dal/interp/interpreter.hpp"
#include "dal/jit/jit.hpp"
#include "dal/lower/lower.hpp"
#include "dal/support/check.hpp"
#include "dal/support/codes/build_codes.hpp"

namespace dal {

void tell(const Progress& progress, std::string_view what) {
    if (progress) progress(what);
}

Result<circuit::Circuit> lower_graph(const Graph& graph, LowerOptions options, const Progress& progress) {
    options.progress = [&](size_t done, size_t total) {
        tell(progress, "optimizing " + std::to_string(done) + "/" + std::to_string(total));
    };
    return lower(graph, options);
}

namespace {

Result<std::vector<Codes>> run_unchecked(const Graph& graph, std::span<const Samples> inputs,
                                         const RunOptions& options) {
    const int cores =
        options.threads > 0 ? options.threads : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    switch (options.engine) {
        case Engine::interpreter: {
            tell(options.progress, "interpreting");
            return interpret(graph, inputs);
        }
        case Engine::jit: {
            tell(options.progress, "compiling");
            auto program = JitProgram::compile(
                graph, {.threads = cores, .samples = inputs.empty() ? 1 : inputs.front().samples()});
            if (!program) return failure(std::move(program.error()));
            tell(options.progress, "running");
            return program->run(inputs);
        }
        case Engine::circuit: {
            LowerOptions lowering;
            lowering.optimizer = {.effort = 0, .demand = options.demand};
            auto circuit = lower_graph(graph, std::move(lowering), options.progress);
            if (!circuit) return failure(std::move(circuit.error()));
            auto codes = circuit::encode_inputs(*circuit, inputs);
            if (!codes) return failure(std::move(codes.error()));
            return circuit::Evaluator(*circuit).run(*codes, cores);
        }
    }
    internal_error("engine", __FILE__, __LINE__, "no such engine");
}

}  // namespace

Result<void> check_outputs(const Graph& graph, std::span<const Samples> inputs, const std::vector<Codes>& outputs,
                           const Progress& progress) {
    tell(progress, "interpreting");
    auto expected = interpret(graph, inputs);
    if (!expected) return failure(std::move(expected.error()));
    const std::string difference = describe_difference(graph, outputs, "engine", *expected, "interpreter");
    if (difference.empty()) return {};
    return failure(error(code::verification_failed, {}, difference)
                       .with_rule("all engines compute the same; that they do not is a bug of dal"));
}

Result<std::vector<Codes>> run_engine(const Graph& graph, std::span<const Samples> inputs, const RunOptions& options) {
    if (auto checked = check_batches(graph, inputs); !checked) return failure(std::move(checked.error()));
    auto outputs = run_unchecked(graph, inputs, options);
    if (!outputs || !options.check) return outputs;
    if (auto same = check_outputs(graph, inputs, *outputs, options.progress); !same)
        return failure(std::move(same.error()));
    return outputs;
}

}  // namespace dal
