// Intervals: what inference knows about a value. All arithmetic is exact, and sound: a result contains
// every value that the operation can produce from values in the operands.
#pragma once

#include <string>

#include "dal/numeric/kif.hpp"

namespace dal {

/// The multiples of 2^-f in [lo·2^-f, hi·2^-f]; never empty. A single value has the smallest f that
/// holds it (0 has f = 0), so equal sets of one value compare equal.
class Interval {
  public:
    Interval() = default;  ///< the constant 0
    Interval(Int lo, Int hi, int f);
    /// All values of a format.
    static Interval of(const Kif& kif);
    static Interval constant(const Dyadic& value);

    [[nodiscard]] const Int& lo() const noexcept { return lo_; }
    [[nodiscard]] const Int& hi() const noexcept { return hi_; }
    [[nodiscard]] int f() const noexcept { return f_; }  ///< binary point of the codes; the step is 2^-f
    [[nodiscard]] bool is_constant() const noexcept { return lo_ == hi_; }
    [[nodiscard]] bool is_zero() const noexcept { return lo_.is_zero() && hi_.is_zero(); }
    [[nodiscard]] Dyadic min() const { return {lo_, -static_cast<int64_t>(f_)}; }
    [[nodiscard]] Dyadic max() const { return {hi_, -static_cast<int64_t>(f_)}; }
    /// The smallest format that holds every value, with this step.
    [[nodiscard]] Kif kif() const;
    [[nodiscard]] int width() const { return kif().width(); }
    [[nodiscard]] bool contains(const Dyadic& value) const;
    [[nodiscard]] bool contains(const Interval& other) const;
    /// Codes of the ends at a finer or equal binary point f ≥ f() (any f for the constant 0); exact.
    [[nodiscard]] Int lo_at(int f) const { return lo_.is_zero() ? Int(0) : lo_ << (f - f_); }
    [[nodiscard]] Int hi_at(int f) const { return hi_.is_zero() ? Int(0) : hi_ << (f - f_); }
    /// "[-20.5, 3.0625] step 2^-4".
    [[nodiscard]] std::string to_string() const;

    [[nodiscard]] Interval shifted(int amount) const;  ///< ·2^amount
    [[nodiscard]] Interval scaled(const Dyadic& factor) const;
    [[nodiscard]] Interval relu() const;
    [[nodiscard]] Interval hull(const Interval& other) const;
    /// The smallest interval with all values of quantize(x, format) for x here: the ends are reached, and no
    /// coarser power of two as step holds them.
    [[nodiscard]] Interval quantized(const Format& format) const;
    Interval operator-() const;
    friend Interval operator+(const Interval& a, const Interval& b);
    friend Interval operator-(const Interval& a, const Interval& b) { return a + -b; }
    friend bool operator==(const Interval&, const Interval&) = default;

  private:
    Int lo_;
    Int hi_;
    int f_ = 0;
};

}  // namespace dal
