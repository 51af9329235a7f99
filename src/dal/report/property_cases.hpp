// Values for the parameters of a property: all of them, or corners and random ones; and smaller ones in which it fails
// as well. Deterministic.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "dal/array/samples.hpp"
#include "dal/graph/graph.hpp"

namespace dal::report {

/// Bits of all parameters together up to which all values are tried.
inline constexpr int64_t most_exhaustive_bits = 20;

/// The codes of all elements of all inputs, in their order.
using Case = std::vector<Int>;

class CaseSpace {
  public:
    /// `graph`: inferred, without real inputs.
    explicit CaseSpace(const Graph& graph);

    /// How many cases there are, if they have at most most_exhaustive_bits bits.
    [[nodiscard]] std::optional<int64_t> count() const;
    /// Case number `index` < count() of all.
    [[nodiscard]] Case nth(int64_t index) const;
    /// Case number `index` of those that are tried otherwise: corners, then random ones. The same for a seed, whatever
    /// was asked before.
    [[nodiscard]] Case sampled(uint64_t seed, int64_t index) const;
    /// One batch per input.
    [[nodiscard]] std::vector<Samples> batch(const std::vector<Case>& cases) const;
    /// A case for which `fails` holds, reached from `failing` by moving elements towards 0 as long as it does. Tells
    /// which of some cases is the first that fails, if one does.
    using FirstFailing = std::function<std::optional<size_t>(const std::vector<Case>&)>;
    [[nodiscard]] Case shrink(Case failing, const FirstFailing& first_failing) const;
    /// Whether the case is smaller: the sum of the magnitudes of its codes, then fewer negative ones.
    [[nodiscard]] static bool smaller(const Case& a, const Case& b);

  private:
    [[nodiscard]] std::optional<Case> corner(int64_t index) const;

    const Graph& graph_;
    std::vector<Interval> ranges_;  // of all elements
};

}  // namespace dal::report
