// Calibration: which formats quantizers need on real data. Exact: the data run through the program with rounding as
// written, while the quantizers in question keep all integer bits. It says what these data need; other data may need
// more.
#pragma once

#include <memory>
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

/// Whether every element of a quantizer wraps.
bool wraps(const Node& quantizer);

/// Runs batches and sees what they need. Quantizers with `wrap` are unbounded meanwhile, so that no value is computed
/// from a wrapped one; saturation is part of the program and happens. The result does not depend on the number of
/// threads, nor on how samples are divided into batches.
class Calibration {
  public:
    /// Of an inferred graph, which must outlive it.
    Calibration(const Graph& graph, std::span<const NodeId> quantizers, int threads = 1);
    ~Calibration();
    /// More samples, in the order of graph.inputs(). Errors: those of `interpret`.
    Result<void> add(std::span<const Samples> inputs);
    /// In the order of the quantizers. `margin`: integer bits added to every element with bits.
    [[nodiscard]] std::vector<QuantizerNeeds> needs(int margin = 0) const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// The needs of one batch.
Result<std::vector<QuantizerNeeds>> calibrate(const Graph& graph, std::span<const Samples> inputs,
                                              std::span<const NodeId> quantizers, int margin = 0);

/// The format that holds the elements of all these.
Kif hull(std::span<const Kif> formats);

}  // namespace dal
