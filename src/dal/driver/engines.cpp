#include "dal/driver/engines.hpp"

#include <algorithm>
#include <thread>

#include "dal/circuit/evaluate/evaluator.hpp"
#include "dal/graph/difference.hpp"
#include "dal/graph/einsum.hpp"
#include "dal/graph/inputs.hpp"
#include "dal/interp/exact_run.hpp"
#include "dal/interp/interpreter.hpp"
#include "dal/jit/jit.hpp"
#include "dal/lower/lower.hpp"
#include "dal/support/check.hpp"
#include "dal/support/codes/build_codes.hpp"

namespace dal {

void tell(const Progress& progress, std::string_view what) {
    if (progress) progress(what);
}

namespace {

/// Products of two variables, of which each is a multiplier.
int64_t products_of_variables(const Graph& graph) {
    int64_t count = 0;
    for (const Node& node : graph.nodes()) {
        const auto variables = std::ranges::count_if(node.operands, [&](NodeId id) { return !graph.is_constant(id); });
        if (variables < 2) continue;
        if (std::holds_alternative<op::Mul>(node.operation)) count += node.size();
        const auto* einsum = std::get_if<op::Einsum>(&node.operation);
        if (einsum == nullptr) continue;
        std::vector<Shape> shapes;
        shapes.reserve(node.operands.size());
        for (const NodeId operand : node.operands) shapes.push_back(graph[operand].shape);
        const EinsumTerms terms(einsum->spec, shapes);
        count += terms.results() * terms.terms_per_result() * (variables - 1);
    }
    return count;
}

/// What takes long whatever is done about it, if there is much of that.
std::string with_size(std::string what, const Graph& graph) {
    constexpr int64_t many = 10'000;
    const int64_t products = products_of_variables(graph);
    return products < many ? what : std::move(what) + ", " + std::to_string(products) + " products of variables";
}

}  // namespace

Result<circuit::Circuit> lower_graph(const Graph& graph, LowerOptions options, const Progress& progress) {
    if (!progress) return lower(graph, options);
    const std::string size = with_size("", graph);
    options.progress = [&](size_t done, size_t total) {
        progress("optimizing " + std::to_string(done) + "/" + std::to_string(total) + size);
    };
    options.watch.after = [&, also = options.watch.after](const circuit::PassRecord& pass,
                                                          const circuit::Circuit& after) {
        progress("optimizing a circuit of " + std::to_string(pass.after) + " operations");
        if (also) also(pass, after);
    };
    return lower(graph, options);
}

int thread_count(int threads) {
    return threads > 0 ? threads : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

struct ReadyEngine::State {
    const Graph* graph;
    RunOptions options;
    std::optional<JitProgram> jit = std::nullopt;
    std::optional<circuit::Circuit> circuit = std::nullopt;
};

ReadyEngine::ReadyEngine(std::unique_ptr<State> state) : state_(std::move(state)) {}
ReadyEngine::ReadyEngine(ReadyEngine&&) noexcept = default;
ReadyEngine& ReadyEngine::operator=(ReadyEngine&&) noexcept = default;
ReadyEngine::~ReadyEngine() = default;

Result<ReadyEngine> ReadyEngine::make(const Graph& graph, const RunOptions& options, const Expected& expected) {
    auto state = std::make_unique<State>(State{&graph, options});
    switch (options.engine) {
        case Engine::interpreter: break;
        case Engine::jit: {
            tell(options.progress, with_size("compiling", graph));
            JitOptions jit{.threads = thread_count(options.threads), .samples = expected.samples};
            jit.types = expected.types;
            auto program = JitProgram::compile(graph, jit);
            if (!program) return failure(std::move(program.error()));
            state->jit = std::move(*program);
            break;
        }
        case Engine::circuit: {
            LowerOptions lowering;
            lowering.optimizer = {.effort = 0, .demand = options.demand};
            auto circuit = lower_graph(graph, std::move(lowering), options.progress);
            if (!circuit) return failure(std::move(circuit.error()));
            state->circuit = std::move(*circuit);
            break;
        }
    }
    return ReadyEngine(std::move(state));
}

Result<std::vector<Codes>> ReadyEngine::run(std::span<const Samples> inputs) const {
    const int threads = thread_count(state_->options.threads);
    if (state_->jit) return state_->jit->run(inputs);
    if (!state_->circuit) return interpret(*state_->graph, inputs, threads);
    if (auto checked = check_batches(*state_->graph, inputs); !checked) return failure(std::move(checked.error()));
    auto codes = circuit::encode_inputs(*state_->circuit, inputs);
    if (!codes) return failure(std::move(codes.error()));
    return circuit::Evaluator(*state_->circuit).run(*codes, threads);
}

struct OutputCheck::State {
    const Graph& graph;
    RunOptions options;
    ExactRun exact;
    int64_t interpreted = 0;
};

OutputCheck::OutputCheck(const Graph& graph, const RunOptions& options)
    : state_(std::make_unique<State>(State{graph, options, ExactRun(graph)})) {}
OutputCheck::~OutputCheck() = default;

Result<void> OutputCheck::add(std::span<const Samples> inputs, const std::vector<Codes>& outputs) {
    const Graph& graph = state_->graph;
    const int threads = thread_count(state_->options.threads);
    const int64_t first = inputs.empty() ? 0 : inputs.front().first();
    const auto compare = [&](const std::vector<Codes>& computed, const std::vector<Codes>& expected,
                             std::string_view name) -> Result<void> {
        const std::string difference = describe_difference(graph, computed, "engine", expected, name, first);
        if (difference.empty()) return {};
        return failure(error(code::verification_failed, {}, difference)
                           .with_rule("all engines compute the same; that they do not is a bug of dal"));
    };
    tell(state_->options.progress, "checking");
    const auto exact = state_->exact.run(inputs, threads);
    if (!exact) return failure(exact.error());
    if (auto same = compare(outputs, *exact, "exact run"); !same) return same;

    const int64_t samples = inputs.empty() ? 1 : inputs.front().samples();
    const int64_t count = std::min(samples, interpreted_samples - state_->interpreted);
    if (count <= 0) return {};
    state_->interpreted += count;
    std::vector<Samples> some;
    for (const Samples& batch : inputs) {
        some.push_back(batch.slice(0, count));
        some.back().set_first(first);
    }
    std::vector<Codes> of_some;
    of_some.reserve(outputs.size());
    for (const Codes& output : outputs) of_some.push_back(output.slice(0, count));
    const auto expected = interpret(graph, some, threads);
    if (!expected) return failure(expected.error());
    return compare(of_some, *expected, "interpreter");
}

Result<void> check_outputs(const Graph& graph, std::span<const Samples> inputs, const std::vector<Codes>& outputs,
                           const RunOptions& options) {
    return OutputCheck(graph, options).add(inputs, outputs);
}

Result<std::vector<Codes>> run_engine(const Graph& graph, std::span<const Samples> inputs, const RunOptions& options) {
    const auto samples = check_batches(graph, inputs);
    if (!samples) return failure(samples.error());
    Expected expected{.samples = *samples};
    for (const Samples& batch : inputs)
        expected.types.push_back(batch.array() != nullptr ? batch.array()->type() : DType::float64);
    auto engine = ReadyEngine::make(graph, options, expected);
    if (!engine) return failure(std::move(engine.error()));
    tell(options.progress, options.engine == Engine::interpreter ? "interpreting" : "running");
    auto outputs = engine->run(inputs);
    if (!outputs || !options.check) return outputs;
    if (auto same = check_outputs(graph, inputs, *outputs, options); !same) return failure(std::move(same.error()));
    return outputs;
}

}  // namespace dal
