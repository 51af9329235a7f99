// The engines behind one door: a graph and a batch go in, codes come out.
#pragma once

#include "dal/array/samples.hpp"
#include "dal/circuit/circuit.hpp"
#include "dal/driver/options.hpp"
#include "dal/graph/graph.hpp"
#include "dal/lower/lower.hpp"

namespace dal {

/// Tells `progress`, if there is one.
void tell(const Progress& progress, std::string_view what);

/// Lowers a settled graph, and tells how far that is.
Result<circuit::Circuit> lower_graph(const Graph& graph, LowerOptions options, const Progress& progress);

/// Prepares and runs one engine on a settled graph. Errors: bad_batch; those of the engine; with `check`
/// verification_failed if the interpreter computes anything else.
Result<std::vector<Codes>> run_engine(const Graph& graph, std::span<const Samples> inputs, const RunOptions& options);

/// Compares what an engine computed with the interpreter. Error verification_failed.
Result<void> check_outputs(const Graph& graph, std::span<const Samples> inputs, const std::vector<Codes>& outputs,
                           const Progress& progress);

}  // namespace dal
