// A program as if nothing were rounded, beside the exact run: how far is each value from what it stands for, and which
// quantizer does the damage? In float64, for people who look for precision; nothing else depends on it.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "dal/array/samples.hpp"
#include "dal/graph/graph.hpp"

namespace dal {

/// How far one series of numbers is from another.
struct Deviation {
    double max_error = 0;
    double error_sum = 0;    ///< of absolute errors
    double error_power = 0;  ///< sum of squares
    double signal_power = 0;
    int64_t count = 0;

    void add(double exact, double rounded);
    void add(const Deviation& other);
    /// As if what was added had been added so many times.
    [[nodiscard]] Deviation times(int64_t factor) const;
    [[nodiscard]] double mean_error() const { return count == 0 ? 0 : error_sum / static_cast<double>(count); }
    /// Signal to noise in dB; nothing if there is no noise.
    [[nodiscard]] std::optional<double> snr() const;
};

struct QuantizerDeviation {
    NodeId node;
    Deviation added;        ///< its result from its own operand, in the exact run
    int64_t overflows = 0;  ///< operands that its format does not hold once they are rounded
};

struct RealComparison {
    int64_t samples = 0;
    std::vector<Deviation> values;  ///< per node: the exact run from the one without rounding
    std::vector<QuantizerDeviation> quantizers;
};

/// Compares batch after batch. Sums are made in an order that does not depend on the number of threads.
class RealComparer {
  public:
    /// Of an inferred graph, which must outlive it; `quantizers` as in compare_with_real.
    RealComparer(const Graph& graph, std::span<const NodeId> quantizers, int threads = 1);
    ~RealComparer();
    /// More samples, in the order of graph.inputs(). Errors: those of `interpret`.
    Result<void> add(std::span<const Samples> inputs);
    [[nodiscard]] RealComparison result() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Runs the batches twice: exactly, and in float64 without `quantizers` and with what constants are meant to be
/// (op::Constant::meant). Other quantizers (of `bits`, say) keep their
/// meaning, on the real value. Bit functions continue with the value of the exact run. A table takes its nearest
/// entry, also outside its domain. Errors: those of `interpret`.
Result<RealComparison> compare_with_real(const Graph& graph, std::span<const Samples> inputs,
                                         std::span<const NodeId> quantizers);

}  // namespace dal
