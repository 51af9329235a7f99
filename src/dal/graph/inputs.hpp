// What may be fed to a program: the checks of batches and of single values, the same for every engine.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "dal/array/samples.hpp"
#include "dal/graph/graph.hpp"

namespace dal {

/// What is known of a batch before it is read.
struct BatchInfo {
    Shape shape;                     ///< of one sample
    std::optional<int64_t> samples;  ///< nothing: known at its end
};
/// Checks number, shapes and sample counts, as far as they are known, of batches against the inputs of a graph, in the
/// order of graph.inputs(), and returns the number of samples, if any batch says it; 1 without inputs. Error bad_batch
/// for each that does not fit.
Result<std::optional<int64_t>> check_batches(const Graph& graph, std::span<const BatchInfo> inputs);

/// Checks number, shapes and sample counts of batches against the inputs of a graph, in the order of graph.inputs(),
/// and returns the number of samples. Error bad_batch for each that does not fit.
Result<int64_t> check_batches(const Graph& graph, std::span<const Samples> inputs);

/// The most fractional bits that a number fed to the program is rounded to, or that a format of an input has: what
/// lies between two multiples of half of the last one is all the same to it (decimals.hpp).
int finest_point(const Graph& graph);

/// The value of one element of a batch for `input`, a node of Graph::inputs(). Error bad_sample: NaN, infinite, or not
/// a value of the input's declared format; names sample and element. An engine with a faster way in calls this to say
/// what was wrong.
Result<Dyadic> read_sample(const Node& input, const Samples& batch, int64_t sample, int64_t element);

}  // namespace dal
