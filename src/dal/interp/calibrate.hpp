// Calibration: which formats quantizers need on real data. Exact: the data run through the program with rounding as
// written, while the quantizers in question keep all integer bits. It says what these data need; other data may need
// more.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "dal/array/samples.hpp"
#include "dal/graph/graph.hpp"

namespace dal {

/// What the data need of one quantizer.
struct QuantizerNeeds {
    NodeId node;
    /// Per element, with the fractional bits of the written format: the fewest integer bits that hold every rounded
    /// value, and a sign if the format has one or a value is negative. An element that the program gives no bits keeps
    /// none.
    std::vector<Kif> formats;
    int64_t values = 0;     ///< elements with bits · samples
    int64_t overflows = 0;  ///< of which the written format does not hold so many
    struct Place {
        int64_t sample;
        int64_t element;
        Dyadic value;  ///< rounded
    };
    std::optional<Place> first;  ///< overflow
};

/// Runs the batches (in the order of graph.inputs()) and returns the needs of `quantizers` in their order. Those with
/// `wrap` are unbounded meanwhile, so that no value is computed from a wrapped one; saturation is part of the program
/// and happens. `margin`: integer bits added to every element with bits. Errors: those of `interpret`.
Result<std::vector<QuantizerNeeds>> calibrate(const Graph& graph, std::span<const Samples> inputs,
                                              std::span<const NodeId> quantizers, int margin = 0);

/// The format that holds the elements of all these.
Kif hull(std::span<const Kif> formats);

}  // namespace dal
