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
    float_extended,    ///< x87, 80 bits in 16 bytes
    float_extended12,  ///< the same in 12 bytes
    float128,          ///< IEEE 754, 113 significant bits
    // Of the package ml_dtypes: what they are called there. Those of fewer than 8 bits lie in a byte each.
    bfloat16,
    float8_e3m4,
    float8_e4m3,
    float8_e4m3b11fnuz,
    float8_e4m3fn,
    float8_e4m3fnuz,
    float8_e5m2,
    float8_e5m2fnuz,
    float8_e8m0fnu,
    float6_e2m3fn,
    float6_e3m2fn,
    float4_e2m1fn,
    int4,
    int2,
    int1,
    uint4,
    uint2,
    uint1,
    raw8,  ///< one of the above in a byte, of a file that does not say which: no array has it
};
/// Bytes of one element in memory, as NumPy stores it.
size_t item_size(DType type) noexcept;
/// Whether the elements are floating-point numbers.
constexpr bool is_float(DType type) noexcept { return type >= DType::float16 && type < DType::int4; }
/// NumPy's name: "int8", "float64", "longdouble", "bfloat16".
std::string_view to_string(DType type) noexcept;
/// What elements are where a file does not say it: raw8, and float128, which files call as they call float_extended.
using UnsaidType = std::optional<DType>;
/// The type of this name, if it is one that files do not say.
UnsaidType unsaid_type(std::string_view name) noexcept;
/// Their names.
std::vector<std::string> unsaid_type_names();

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
