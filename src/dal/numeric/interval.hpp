// Intervals: what inference knows about a value. All arithmetic is exact, and sound: a result contains
// every value that the operation can produce from values in the operands.
#pragma once

#include <optional>
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
    /// For people: the same with long numbers cut short (Dyadic::shown).
    [[nodiscard]] std::string shown() const;

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
    /// The hull of all products; its ends are reached. For a square use power(2).
    friend Interval operator*(const Interval& a, const Interval& b);
    /// x^exponent for x here, the same x in each factor; exponent ≥ 1.
    [[nodiscard]] Interval power(int exponent) const;
    [[nodiscard]] Interval abs() const;
    friend bool operator==(const Interval&, const Interval&) = default;

  private:
    Int lo_;
    Int hi_;
    int f_ = 0;
};

// For independent operands each of these is the smallest interval with all results: its ends are reached, and its step
// cannot be coarser. So the binary point of a result may be coarser than that of an operand.
Interval min(const Interval& a, const Interval& b);
Interval max(const Interval& a, const Interval& b);
/// Bit by bit on two's complement numbers of unlimited length, aligned at the binary point (numeric/bitwise.hpp).
/// Results of more than 2^12 bits are only bounded by their width.
Interval bit_and(const Interval& a, const Interval& b);
Interval bit_or(const Interval& a, const Interval& b);
Interval bit_xor(const Interval& a, const Interval& b);
/// 1 if a = b (a < b, a ≤ b) for all values, 0 if for none, else [0, 1].
Interval is_equal(const Interval& a, const Interval& b);
Interval is_less(const Interval& a, const Interval& b);
Interval is_at_most(const Interval& a, const Interval& b);

}  // namespace dal
