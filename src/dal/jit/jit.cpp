#include "dal/jit/jit.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include "dal/jit/runner.hpp"

namespace dal {
namespace {

int thread_count(const JitOptions& options) {
    return options.threads > 0 ? options.threads : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

/// The inputs of a graph, without the rest of it.
Graph ports_of(const Graph& graph) {
    Graph ports;
    for (const NodeId id : graph.inputs()) {
        const Node& node = graph[id];
        ports.input(node.name, node.shape, std::get<op::Input>(node.operation), node.span);
    }
    return ports;
}

/// Samples from which on the time saved in running pays for optimization. Measured: docs/jit.md.
constexpr int64_t worth_optimizing = 10'000'000;

}  // namespace

struct JitProgram::Impl {
    jit::Compiled program;
    int threads;
    JitStats stats;
};

JitProgram::JitProgram(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
JitProgram::JitProgram(JitProgram&&) noexcept = default;
JitProgram& JitProgram::operator=(JitProgram&&) noexcept = default;
JitProgram::~JitProgram() = default;

Result<JitProgram> JitProgram::compile(const Graph& graph, const JitOptions& options) {
    const auto start = std::chrono::steady_clock::now();
    const int threads = thread_count(options);
    jit::Plan plan = jit::make_plan(graph);
    jit::Schedule schedule = jit::make_schedule(plan, options.width);
    std::vector<jit::InputRows> rows;
    for (const NodeId id : graph.inputs()) {
        const bool single = rows.size() < options.types.size() && options.types[rows.size()] == DType::float32;
        rows.push_back({graph[id].size(), single});
    }
    auto engine =
        jit::Engine::compile(plan, schedule, rows, {threads, options.processor, options.samples < worth_optimizing});
    if (!engine) return failure(std::move(engine.error()));
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    const JitStats stats{engine->operations, engine->code_bytes,
                         engine->functions,  static_cast<int64_t>(schedule.scratch_bytes),
                         schedule.width,     spent.count()};
    return JitProgram(std::make_unique<Impl>(Impl{
        {ports_of(graph), std::move(plan), std::move(schedule), std::move(*engine), std::move(rows)}, threads, stats}));
}

Result<std::vector<Codes>> JitProgram::run(std::span<const Samples> inputs) const {
    return jit::run(impl_->program, inputs, impl_->threads);
}

const JitStats& JitProgram::stats() const noexcept { return impl_->stats; }

}  // namespace dal
