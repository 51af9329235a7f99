// The values of one element in the samples of a block, exactly: integers of 64 bits on a common binary point where they
// fit, numbers of any size where not. Which of them does not depend on inferred ranges but on the values. Internal to
// interp.
#pragma once

#include <bit>
#include <optional>
#include <vector>

#include "dal/graph/graph.hpp"
#include "dal/interp/column_kernels.hpp"
#include "dal/numeric/interval.hpp"
#include "dal/numeric/kif.hpp"
#include "dal/support/number.hpp"

namespace dal {

class Column {
  public:
    /// All 0, or `value` in all samples.
    Column() = default;
    explicit Column(const Dyadic& value);
    /// codes · 2^-f; below 2^62 in magnitude (checked).
    static Column of_codes(const BlockCodes& codes, int64_t f);
    /// Finite numbers that are only moved and quantized: they have no common binary point.
    static Column of_reals(const BlockReals& reals);
    static Column of_exact(std::vector<Dyadic> values);
    /// Small, if they are.
    static Column of_values(std::vector<Dyadic> values);

    [[nodiscard]] Dyadic at(size_t sample) const;
    /// The codes and their binary point, if they are small.
    [[nodiscard]] const BlockCodes* codes() const noexcept { return kind_ == Kind::small ? &codes_ : nullptr; }
    [[nodiscard]] int64_t f() const noexcept { return f_; }
    /// Of small codes.
    [[nodiscard]] const CodeExtent& extent() const noexcept { return extent_; }
    /// Whether all values lie in an interval, on its grid.
    [[nodiscard]] bool is_in(const Interval& range) const;
    /// The nearest doubles.
    void to_reals(BlockReals& reals) const;

    friend Column operator+(const Column& a, const Column& b);
    friend Column operator-(const Column& a, const Column& b);
    friend Column operator*(const Column& a, const Column& b);
    friend Column operator-(const Column& a);
    friend Column shifted(const Column& a, int amount);
    friend Column positive(const Column& a);
    friend Column magnitude(const Column& a);
    friend Column smaller(const Column& a, const Column& b);
    friend Column larger(const Column& a, const Column& b);
    friend Column holding(Relation relation, const Column& a, const Column& b);
    friend Column chosen(const Column& condition, const Column& if_true, const Column& if_false);
    friend Column combined(BitFunction function, const Column& a, const Column& b);

    /// Rounded to f fractional bits: what quantizing does first.
    [[nodiscard]] Column rounded(int f, Round round) const;
    /// Brought into a format whose grid it is on: what quantizing does then.
    [[nodiscard]] Column limited(const Kif& kif, Overflow overflow) const;
    [[nodiscard]] Column quantized(const Format& format) const;
    /// Σ weight · x; `weight` of x j is weights[j] · 2^-f. If no code can get too large, else nothing.
    static std::optional<Column> sum_of_products(const std::vector<const Column*>& x, const int64_t* weights,
                                                 int64_t f);

  private:
    enum class Kind : uint8_t { small, real, exact };

    [[nodiscard]] bool is_zero() const noexcept { return kind_ == Kind::small && extent_.bits == 0; }
    [[nodiscard]] double real(size_t sample) const { return std::bit_cast<double>(codes_[sample]); }
    [[nodiscard]] uint64_t magnitude_bound() const;
    /// Sees what came out, and keeps the codes short.
    void settle();
    template <class Small, class Exact>
    static Column aligned(const Column& a, const Column& b, const Small& small, const Exact& exact);
    template <class Exact>
    static Column exactly(const Exact& value_of);

    Kind kind_ = Kind::small;
    int64_t f_ = 0;
    CodeExtent extent_{0, 0, 0};
    BlockCodes codes_{};         // of kind real: the bits of doubles
    std::vector<Dyadic> exact_;  // of kind exact
};

/// The double nearest to a value.
double nearest_double(const Dyadic& value);

}  // namespace dal
