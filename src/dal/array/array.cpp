#include "dal/array/array.hpp"

#include <array>
#include <cmath>
#include <cstring>

#include "dal/support/check.hpp"

namespace dal {
namespace {

struct TypeInfo {
    std::string_view name;
    size_t size;
};
constexpr std::array<TypeInfo, 13> types{{{"bool", 1},
                                          {"int8", 1},
                                          {"int16", 2},
                                          {"int32", 4},
                                          {"int64", 8},
                                          {"uint8", 1},
                                          {"uint16", 2},
                                          {"uint32", 4},
                                          {"uint64", 8},
                                          {"float16", 2},
                                          {"float32", 4},
                                          {"float64", 8},
                                          {"longdouble", 16}}};

template <class T>
T load(const std::byte* from) {
    T value;
    std::memcpy(&value, from, sizeof value);
    return value;
}

/// IEEE half precision: 1 sign, 5 exponent, 10 mantissa bits.
double half_to_double(uint16_t bits) {
    const int exponent = (bits >> 10) & 31;
    const int mantissa = bits & 1023;
    double value = 0;
    if (exponent == 31)
        value = mantissa == 0 ? INFINITY : NAN;
    else if (exponent == 0)
        value = std::ldexp(mantissa, -24);
    else
        value = std::ldexp(mantissa + 1024, exponent - 25);
    return (bits & 0x8000) != 0 ? -value : value;
}

/// x87 extended: 64-bit mantissa with an explicit leading bit, 15-bit exponent, sign.
std::optional<Dyadic> extended_to_dyadic(const std::byte* from) {
    const auto mantissa = load<uint64_t>(from);
    const auto head = load<uint16_t>(from + 8);
    const int exponent = head & 0x7FFF;
    if (exponent == 0x7FFF) return std::nullopt;
    const Int magnitude(mantissa);
    return Dyadic((head & 0x8000) != 0 ? -magnitude : magnitude, (exponent == 0 ? 1 : exponent) - 16383 - 63);
}

}  // namespace

int64_t element_count(const Shape& shape) {
    int64_t count = 1;
    bool empty = false;  // [2^40, 2^40, 0] has no elements, and must not overflow on the way
    for (const int64_t extent : shape) empty = empty || extent == 0;
    if (empty) return 0;
    for (const int64_t extent : shape)
        DAL_CHECK(!__builtin_mul_overflow(count, extent, &count), "too many elements in " + to_string(shape));
    return count;
}

std::string to_string(const Shape& shape) {
    std::string text = "[";
    for (size_t axis = 0; axis < shape.size(); ++axis) text += (axis > 0 ? ", " : "") + std::to_string(shape[axis]);
    return text + "]";
}

std::string index_text(const Shape& shape, int64_t element) {
    std::string text;
    for (size_t axis = shape.size(); axis-- > 0;) {
        text.insert(0, std::to_string(element % shape[axis]) + (text.empty() ? "]" : ", "));
        element /= shape[axis];
    }
    return text.empty() ? text : "[" + text;
}

size_t item_size(DType type) noexcept { return types[static_cast<size_t>(type)].size; }
std::string_view to_string(DType type) noexcept { return types[static_cast<size_t>(type)].name; }

Array::Array(Shape shape, DType type, std::vector<std::byte> bytes)
    : shape_(std::move(shape)), type_(type), size_(element_count(shape_)), bytes_(std::move(bytes)) {
    DAL_CHECK(bytes_.size() == static_cast<size_t>(size_) * item_size(type_),
              std::to_string(bytes_.size()) + " bytes for shape " + to_string(shape_));
}

Array Array::from_doubles(Shape shape, const std::vector<double>& values) {
    std::vector<std::byte> bytes(values.size() * sizeof(double));
    if (!values.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
    return {std::move(shape), DType::float64, std::move(bytes)};
}

Array Array::from_int64(Shape shape, const std::vector<int64_t>& values) {
    std::vector<std::byte> bytes(values.size() * sizeof(int64_t));
    if (!values.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
    return {std::move(shape), DType::int64, std::move(bytes)};
}

std::optional<Dyadic> Array::at(int64_t index) const {
    const std::byte* from = bytes_.data() + static_cast<size_t>(index) * item_size(type_);
    switch (type_) {
        case DType::boolean: return Dyadic(load<uint8_t>(from) != 0 ? 1 : 0);
        case DType::int8: return Dyadic(Int(load<int8_t>(from)));
        case DType::int16: return Dyadic(Int(load<int16_t>(from)));
        case DType::int32: return Dyadic(Int(load<int32_t>(from)));
        case DType::int64: return Dyadic(Int(load<int64_t>(from)));
        case DType::uint8: return Dyadic(Int(load<uint8_t>(from)));
        case DType::uint16: return Dyadic(Int(load<uint16_t>(from)));
        case DType::uint32: return Dyadic(Int(load<uint32_t>(from)));
        case DType::uint64: return Dyadic(Int(load<uint64_t>(from)));
        case DType::float16: return Dyadic::from_double(half_to_double(load<uint16_t>(from)));
        case DType::float32: return Dyadic::from_double(static_cast<double>(load<float>(from)));
        case DType::float64: return Dyadic::from_double(load<double>(from));
        case DType::float_extended: return extended_to_dyadic(from);
    }
    internal_error("type", __FILE__, __LINE__, "no such element type");
}

}  // namespace dal
