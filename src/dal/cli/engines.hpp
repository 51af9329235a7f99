// The engines behind one door: a graph and a batch go in, codes come out.
#pragma once

#include "dal/array/samples.hpp"
#include "dal/circuit/circuit.hpp"
#include "dal/cli/console.hpp"
#include "dal/cmvm/cache.hpp"
#include "dal/graph/graph.hpp"

namespace dal::cli {

/// Lowers a graph; progress goes to the console. `effort` is that of the optimizer of constant products; `demand` as in
/// LowerOptions.
Result<circuit::Circuit> lower_with_progress(Console& console, const Graph& graph, int effort, cmvm::Cache& cache,
                                             bool demand);

/// Prepares and runs one engine; progress goes to the console. `threads` 0: all cores; `demand` is for circuits.
Result<std::vector<Codes>> run_engine(Console& console, Engine engine, const Graph& graph,
                                      std::span<const Samples> inputs, int threads, bool demand = true);

}  // namespace dal::cli
