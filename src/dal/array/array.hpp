// Arrays of exact numbers as they come from files: a shape and raw elements of one machine type, in
// row-major order. Reading an element is exact; nothing is converted until somebody asks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dal/support/number.hpp"

namespace dal {

using Shape = std::vector<int64_t>;

/// Number of elements; 1 for a scalar (empty shape).
int64_t element_count(const Shape& shape);
/// "[16, 64]"; "[]" for a scalar.
std::string to_string(const Shape& shape);
/// The position of a row-major element as indices: "[3, 17]"; "" in a scalar.
std::string index_text(const Shape& shape, int64_t element);

enum class DType : uint8_t {
    boolean,
    int8,
    int16,
    int32,
    int64,
    uint8,
    uint16,
    uint32,
    uint64,
    float16,
    float32,
    float64,
    float_extended,
};
/// Bytes of one element in memory: 16 for float_extended (x87 80-bit, padded), as NumPy stores it.
size_t item_size(DType type) noexcept;
/// Whether the elements are floating-point numbers.
constexpr bool is_float(DType type) noexcept { return type >= DType::float16; }
/// NumPy's name: "int8", "float64", "longdouble".
std::string_view to_string(DType type) noexcept;

class Array {
  public:
    Array() = default;
    /// `bytes`: native byte order, row-major, element_count(shape) · item_size(type) long (checked).
    Array(Shape shape, DType type, std::vector<std::byte> bytes);
    static Array from_doubles(Shape shape, const std::vector<double>& values);
    static Array from_int64(Shape shape, const std::vector<int64_t>& values);

    [[nodiscard]] const Shape& shape() const noexcept { return shape_; }
    [[nodiscard]] DType type() const noexcept { return type_; }
    [[nodiscard]] int64_t size() const noexcept { return size_; }
    [[nodiscard]] const std::byte* data() const noexcept { return bytes_.data(); }
    [[nodiscard]] size_t byte_count() const noexcept { return bytes_.size(); }
    /// The exact value; nothing for NaN and infinities. `index` counts row-major.
    [[nodiscard]] std::optional<Dyadic> at(int64_t index) const;

  private:
    Shape shape_;
    DType type_ = DType::float64;
    int64_t size_ = 0;
    std::vector<std::byte> bytes_;
};

}  // namespace dal
