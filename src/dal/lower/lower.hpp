// Graph to Circuit: tensors to scalars, rounding and saturation to plain operations, constant einsums to
// adder graphs through cmvm.
#pragma once

#include <functional>

#include "dal/circuit/optimize.hpp"
#include "dal/cmvm/cache/cache.hpp"
#include "dal/graph/graph.hpp"
#include "dal/lower/optimizer_options.hpp"

namespace dal {

struct LowerOptions {
    OptimizerOptions optimizer{};
    /// Where solutions of constant products are looked up and kept; null: in memory, for this call.
    cmvm::Cache* cache = nullptr;
    /// Called after each node of the graph, with nodes done and nodes in all; may be empty.
    std::function<void(size_t done, size_t total)> progress;
    /// Of the passes over the circuit, after the one that makes it, `lower`.
    circuit::PassWatch watch;
};

/// The circuit as the graph asks for it, before any pass over it (circuit/optimize.hpp).
Result<circuit::Circuit> lower_unoptimized(const Graph& graph, const LowerOptions& options = {});

/// Lowers an inferred graph. The circuit is optimized and verified; each of its output ranges lies
/// within the interval that inference gave the element.
Result<circuit::Circuit> lower(const Graph& graph, const LowerOptions& options = {});

}  // namespace dal
