// Numbers as a text file has them: decimals, most of which no binary number holds. They are exact all the same, as far
// as anything can tell that only rounds them: what is cut off leaves a trace.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dal/array/array.hpp"

namespace dal {

class Decimals {
  public:
    /// Samples of `shape`, which will be rounded to at most `finest` fractional bits.
    Decimals(Shape shape, int finest);

    /// Appends a number: a sign or none, digits, a fraction and an exponent or none; or `nan`, `inf`, `infinity` in any
    /// case. False, and nothing appended, for other text.
    bool add(std::string_view text);

    [[nodiscard]] const Shape& shape() const noexcept { return shape_; }
    [[nodiscard]] int64_t samples() const noexcept { return static_cast<int64_t>(ends_.size()) / elements_; }
    /// The value, or one beside it that every rounding to `finest` fractional bits takes to where it takes the value,
    /// and that no format up to there holds if it does not hold the value. Nothing for NaN and infinities.
    [[nodiscard]] std::optional<Dyadic> at(int64_t sample, int64_t element) const;
    [[nodiscard]] Decimals slice(int64_t first, int64_t count) const;
    /// As it was written.
    [[nodiscard]] std::string_view text(int64_t sample, int64_t element) const;
    /// The elements as doubles that stand for the values in the same sense; NaN where none does.
    [[nodiscard]] const double* doubles() const noexcept { return doubles_.data(); }

  private:
    Shape shape_;
    int64_t elements_;
    int finest_;
    std::string text_;          // of all numbers, without anything between
    std::vector<size_t> ends_;  // where each ends
    std::vector<double> doubles_;
};

/// Exact decimal text of any length: "-0.40625".
std::string to_decimal(const Dyadic& value);

}  // namespace dal
