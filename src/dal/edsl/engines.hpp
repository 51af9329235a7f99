// The engines behind one door: a graph and a batch go in, codes come out.
#pragma once

#include "dal/array/samples.hpp"
#include "dal/circuit/circuit.hpp"
#include "dal/cmvm/cache.hpp"
#include "dal/edsl/options.hpp"
#include "dal/graph/graph.hpp"

namespace dal {

/// Tells `progress`, if there is one.
void tell(const Progress& progress, std::string_view what);

/// Lowers a settled graph. `effort` is that of the optimizer of constant products; `demand` as in LowerOptions.
Result<circuit::Circuit> lower_graph(const Graph& graph, int effort, cmvm::Cache& cache, bool demand,
                                     const Progress& progress);

/// Prepares and runs one engine on a settled graph.
Result<std::vector<Codes>> run_engine(const Graph& graph, std::span<const Samples> inputs,
                                      const EngineOptions& options);

}  // namespace dal
