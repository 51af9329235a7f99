// What may be fed to a program: the checks of batches and of single values, the same for every engine.
#pragma once

#include <cstdint>
#include <span>

#include "dal/array/samples.hpp"
#include "dal/graph/graph.hpp"

namespace dal {

/// Checks number, shapes and sample counts of batches against the inputs of a graph, in the order of graph.inputs(),
/// and returns the number of samples. Error bad_batch for each that does not fit.
Result<int64_t> check_batches(const Graph& graph, std::span<const Samples> inputs);

/// The value of one element of a batch for `input`, a node of Graph::inputs(). Error bad_sample: NaN, infinite, or not
/// a value of the input's declared format; names sample and element. An engine with a faster way in calls this to say
/// what was wrong.
Result<Dyadic> read_sample(const Node& input, const Samples& batch, int64_t sample, int64_t element);

}  // namespace dal
