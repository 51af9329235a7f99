// A run of any length: samples are read, computed and written part by part, in memory that does not depend on how many
// there are.
#pragma once

#include <functional>
#include <span>

#include "dal/array/sample_sink.hpp"
#include "dal/array/sample_source.hpp"
#include "dal/driver/options.hpp"
#include "dal/graph/graph.hpp"

namespace dal {

/// What a reader has to know of the inputs of a graph, in their order.
std::vector<InputForm> input_forms(const Graph& graph);

/// Checks what is known of sources as check_batches does, and returns how many samples there are, if that is known.
Result<std::optional<int64_t>> check_sources(const Graph& graph, std::span<const SourcePointer> inputs);

/// Calls `use` with the samples of the sources, part by part, until it fails; a last part may be empty. Returns the
/// number of samples.
Result<int64_t> for_each_part(const Graph& graph, std::span<const SourcePointer> inputs, const Advance& advance,
                              const std::function<Result<void>(std::span<const Samples>)>& use);

/// Runs all samples of the sources (checked by check_sources; in the order of graph.inputs()) through a settled graph
/// and gives the results to the sinks (in the order of graph.outputs()), which are finished if all went well. Returns
/// the number of samples. Errors: those of sources, sinks and engine; bad_batch if an input ends before another; with
/// `check` verification_failed.
Result<int64_t> run_stream(const Graph& graph, std::span<const SourcePointer> inputs,
                           std::span<const SinkPointer> outputs, const RunOptions& options);

}  // namespace dal
