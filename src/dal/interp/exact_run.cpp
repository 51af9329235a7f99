#include "dal/interp/exact_run.hpp"

#include "dal/graph/inputs.hpp"
#include "dal/interp/column_run.hpp"

namespace dal {

ExactRun::ExactRun(const Graph& graph) : graph_(&graph), plan_(std::make_unique<ColumnPlan>(graph)) {}
ExactRun::ExactRun(ExactRun&&) noexcept = default;
ExactRun::~ExactRun() = default;

Result<std::vector<Codes>> ExactRun::run(std::span<const Samples> inputs, int threads) const {
    const auto samples = check_batches(*graph_, inputs);
    if (!samples) return failure(samples.error());
    std::vector<Codes> outputs;
    for (const Output& output : graph_->outputs())
        outputs.push_back(make_output((*graph_)[output.node].shape, *samples, (*graph_)[output.node].range));
    std::vector<std::unique_ptr<ColumnRun>> runs(static_cast<size_t>(threads));
    const auto run = [&](size_t, size_t thread, int64_t first, int64_t count) -> Result<void> {
        auto& own = runs[thread];
        if (!own) own = std::make_unique<ColumnRun>(*plan_);
        if (auto loaded = own->load(inputs, first, count); !loaded) return loaded;
        for (size_t index = 0; index < graph_->size(); ++index) {
            own->compute_node(static_cast<NodeId>(index));
            own->release_operands(static_cast<NodeId>(index));
        }
        for (size_t j = 0; j < outputs.size(); ++j)
            own->write_output(graph_->outputs()[j].node, first, count, outputs[j]);
        return {};
    };
    if (auto done = for_each_block(*samples, threads, run); !done) return failure(std::move(done.error()));
    return outputs;
}

}  // namespace dal
