// The exact interpreter: the meaning of a program, written for clarity and on unbounded numbers. Slow;
// every other engine is compared with it. It computes with neither the intervals of inference nor any
// optimization, and checks each value against its interval.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "dal/array/samples.hpp"
#include "dal/graph/graph.hpp"

namespace dal {

/// Runs an inferred graph on a batch per input (in the order of graph.inputs(), equal sample counts) and
/// returns one batch per output, with the binary points that inference declared. Errors:
/// bad_sample (NaN, infinite, or not a value of the input's declared format; names sample and element),
/// bad_batch when a batch does not fit its input. A value outside its inferred interval is an
/// InternalError naming node, sample, element and value: inference would be unsound. The result does not depend on the
/// number of threads.
Result<std::vector<Codes>> interpret(const Graph& graph, std::span<const Samples> inputs, int threads = 1);

/// Called after each sample with the values of all nodes, by id and row-major.
using SeeValues = std::function<void(int64_t sample, std::span<const std::vector<Dyadic>> values)>;
/// Runs an inferred graph as `interpret` does, and shows all values. The nodes of `unbounded` (per node; empty: none)
/// are quantizers that only round, as if their formats had all the integer bits that the data need; values may then
/// leave their intervals, and a table takes the nearest entry for what it does not have.
Result<void> interpret_each(const Graph& graph, std::span<const Samples> inputs, const SeeValues& see,
                            const std::vector<bool>& unbounded = {});

}  // namespace dal
