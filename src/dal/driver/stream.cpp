#include "dal/driver/stream.hpp"

#include <algorithm>

#include "dal/driver/engines.hpp"
#include "dal/graph/inputs.hpp"
#include "dal/support/check.hpp"
#include "dal/support/codes/batch_codes.hpp"

namespace dal {
namespace {

/// Bytes of a part: what a core keeps near, if it works alone; more if threads have to be started for each part.
constexpr int64_t part_bytes = int64_t{1} << 20;
constexpr int64_t part_bytes_per_thread = int64_t{1} << 23;
constexpr int64_t least_samples = 64;
/// Of a part that is interpreted: a second or so.
constexpr int64_t most_interpreted = 4096;
constexpr int64_t most_checked = 1 << 16;

int64_t samples_per_part(const Graph& graph, const RunOptions& options) {
    int64_t numbers = 1;
    for (const NodeId id : graph.inputs()) numbers += graph[id].size();
    for (const Output& output : graph.outputs()) numbers += graph[output.node].size();
    const int threads = thread_count(options.threads);
    const int64_t bytes = threads == 1 ? part_bytes : part_bytes_per_thread * threads;
    const int64_t samples = bytes / (numbers * int64_t{sizeof(uint64_t)}) / least_samples * least_samples;
    const int64_t most = options.engine == Engine::interpreter ? most_interpreted
                         : options.check                       ? most_checked
                                                               : INT64_MAX;
    return std::clamp(samples, least_samples, most);
}

/// The inputs, part by part, all with as many samples.
class Parts {
  public:
    Parts(const Graph& graph, std::span<const SourcePointer> inputs, int64_t count)
        : graph_(graph), inputs_(inputs), count_(count) {}

    Result<std::vector<Samples>> next() {
        std::vector<Samples> parts;
        for (size_t j = 0; j < inputs_.size(); ++j) {
            auto part = inputs_[j]->next(count_);
            if (!part) return failure(std::move(part.error()));
            part->set_first(done_);
            parts.push_back(std::move(*part));
            if (parts[j].samples() != parts.front().samples()) return failure(ends_early(j, parts));
        }
        samples_ = parts.empty() ? 1 : parts.front().samples();
        done_ += samples_;
        return parts;
    }
    /// Of the last part.
    [[nodiscard]] int64_t samples() const { return samples_; }
    [[nodiscard]] int64_t done() const { return done_; }
    [[nodiscard]] bool is_last() const { return inputs_.empty() || samples_ < count_; }

  private:
    [[nodiscard]] Diagnostic ends_early(size_t j, const std::vector<Samples>& parts) const {
        const bool first_ends = parts.front().samples() < parts[j].samples();
        const Node& ends = graph_[graph_.inputs()[first_ends ? 0 : j]];
        const Node& goes_on = graph_[graph_.inputs()[first_ends ? j : 0]];
        const int64_t samples = done_ + std::min(parts.front().samples(), parts[j].samples());
        return error(code::bad_batch, ends.span,
                     "the data for `" + ends.name + "` ends after " + std::to_string(samples) +
                         " samples, the data for `" + goes_on.name + "` goes on")
            .with_rule("all inputs of a run have the same number of samples");
    }

    const Graph& graph_;
    std::span<const SourcePointer> inputs_;
    int64_t count_;
    int64_t samples_ = 0;
    int64_t done_ = 0;
};

}  // namespace

std::vector<InputForm> input_forms(const Graph& graph) {
    const int finest = finest_point(graph);
    std::vector<InputForm> forms;
    for (const NodeId id : graph.inputs()) forms.push_back({graph[id].name, graph[id].shape, finest});
    return forms;
}

Result<std::optional<int64_t>> check_sources(const Graph& graph, std::span<const SourcePointer> inputs) {
    std::vector<BatchInfo> batches;
    for (const SourcePointer& input : inputs) batches.push_back({input->shape(), input->samples()});
    return check_batches(graph, batches);
}

Result<int64_t> for_each_part(const Graph& graph, std::span<const SourcePointer> inputs, const Advance& advance,
                              const std::function<Result<void>(std::span<const Samples>)>& use) {
    const auto all = check_sources(graph, inputs);
    if (!all) return failure(all.error());
    RunOptions options;
    options.check = true;
    Parts parts(graph, inputs, samples_per_part(graph, options));
    do {
        const auto part = parts.next();
        if (!part) return failure(part.error());
        if (auto used = use(*part); !used) return failure(std::move(used.error()));
        if (advance) advance(parts.done(), *all);
    } while (!parts.is_last());
    return parts.done();
}

Result<int64_t> run_stream(const Graph& graph, std::span<const SourcePointer> inputs,
                           std::span<const SinkPointer> outputs, const RunOptions& options) {
    DAL_CHECK(outputs.size() == graph.outputs().size(), std::to_string(outputs.size()) + " sinks");
    const auto all = check_sources(graph, inputs);
    if (!all) return failure(all.error());
    Parts parts(graph, inputs, samples_per_part(graph, options));
    auto part = parts.next();
    if (!part) return failure(std::move(part.error()));

    Expected expected;
    if (*all) expected.samples = **all;
    if (parts.is_last()) expected.samples = parts.samples();
    for (const SourcePointer& input : inputs) expected.types.push_back(input->type());
    const auto engine = ReadyEngine::make(graph, options, expected);
    if (!engine) return failure(engine.error());
    tell(options.progress, options.engine == Engine::interpreter ? "interpreting" : "running");
    std::optional<OutputCheck> check;
    if (options.check) check.emplace(graph, options);
    for (;;) {
        const auto results = engine->run(*part);
        if (!results) return failure(results.error());
        if (check)
            if (auto same = check->add(*part, *results); !same) return failure(std::move(same.error()));
        for (size_t j = 0; j < outputs.size(); ++j)
            if (auto written = outputs[j]->write((*results)[j]); !written) return failure(std::move(written.error()));
        if (options.advance) options.advance(parts.done(), *all);
        if (parts.is_last()) break;
        part = parts.next();
        if (!part) return failure(std::move(part.error()));
        if (parts.samples() == 0) break;
    }
    for (const SinkPointer& output : outputs)
        if (auto finished = output->finish(); !finished) return failure(std::move(finished.error()));
    return parts.done();
}

}  // namespace dal
