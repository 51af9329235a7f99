#include "dal/driver/engines.hpp"

#include <algorithm>
#include <thread>

#include "dal/circuit/evaluate/evaluator.hpp"
#include "dal/graph/inputs.hpp"
#include "dal/interp/interpreter.hpp"
#include "dal/jit/jit.hpp"
#include "dal/lower/lower.hpp"
#include "dal/support/check.hpp"

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

Result<std::vector<Codes>> run_engine(const Graph& graph, std::span<const Samples> inputs,
                                      const EngineOptions& options) {
    const int cores =
        options.threads > 0 ? options.threads : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    if (auto checked = check_batches(graph, inputs); !checked) return failure(std::move(checked.error()));
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
            lowering.cmvm.effort = 0;
            lowering.demand = options.demand;
            auto circuit = lower_graph(graph, std::move(lowering), options.progress);
            if (!circuit) return failure(std::move(circuit.error()));
            auto codes = circuit::encode_inputs(*circuit, inputs);
            if (!codes) return failure(std::move(codes.error()));
            return circuit::Evaluator(*circuit).run(*codes, cores);
        }
    }
    internal_error("engine", __FILE__, __LINE__, "no such engine");
}

}  // namespace dal
