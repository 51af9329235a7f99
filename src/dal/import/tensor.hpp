// Arrays and formats as models have them.
#pragma once

#include <cstdint>
#include <vector>

#include "dal/array/array.hpp"
#include "dal/numeric/kif.hpp"

namespace dal::importer {

/// Numbers as they were stored or computed, row-major. Float32 and float64 both are exact in a double.
struct Tensor {
    Shape shape;
    std::vector<double> values;

    [[nodiscard]] int64_t size() const noexcept { return static_cast<int64_t>(values.size()); }
};

/// The elements of an array, as doubles. Nothing if one is no finite number, or has no exact double.
std::optional<Tensor> to_tensor(const Array& array);

/// A format for each element of `shape`, or one for all (`shape` is then []). Widths are as the model has them; where
/// k + i + f <= 0 the element is the constant 0.
struct Formats {
    Shape shape;
    std::vector<int> k;
    std::vector<int> i;
    std::vector<int> f;
    Round round = Round::trn;
    Overflow overflow = Overflow::wrap;

    static Formats uniform(bool k, int i, int f, Round round, Overflow overflow);
    [[nodiscard]] int64_t size() const noexcept { return static_cast<int64_t>(k.size()); }
    /// Of one element; of any element if there is one format for all.
    [[nodiscard]] Format at(int64_t element) const;
};

/// The elements of `from` where they stand in `shape`, by the rules of broadcasting (NumPy's). `from` must be
/// broadcastable (checked: throws InternalError, so readers compare shapes first).
std::vector<int64_t> broadcast_sources(const Shape& from, const Shape& shape);
/// Whether it is.
bool is_broadcastable(const Shape& from, const Shape& shape);

/// The same formats, one for each element of `shape`.
Formats broadcast(const Formats& formats, const Shape& shape);

/// Each value rounded to its format, exactly. One format for all, or one for each element. A value whose result has no
/// exact double cannot be (formats of models have far fewer bits than 53; readers refuse wider ones).
Tensor quantized(const Tensor& values, const Formats& formats);

/// n, where the value is 2^n.
std::optional<int> power_of_two(double value);

/// The narrowest format that holds the value; k only for negative numbers.
Kif tightest(double value);

}  // namespace dal::importer
