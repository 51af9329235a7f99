#include "dal/array/array.hpp"

#include <array>
#include <cstring>

#include "dal/array/small_number.hpp"
#include "dal/support/check.hpp"

namespace dal {
namespace {

struct TypeInfo {
    std::string_view name;
    size_t size;
};
constexpr auto types = std::to_array<TypeInfo>({{"bool", 1},
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
                                                {"longdouble", 16},
                                                {"longdouble", 12},
                                                {"float128", 16},
                                                {"bfloat16", 2},
                                                {"float8_e3m4", 1},
                                                {"float8_e4m3", 1},
                                                {"float8_e4m3b11fnuz", 1},
                                                {"float8_e4m3fn", 1},
                                                {"float8_e4m3fnuz", 1},
                                                {"float8_e5m2", 1},
                                                {"float8_e5m2fnuz", 1},
                                                {"float8_e8m0fnu", 1},
                                                {"float6_e2m3fn", 1},
                                                {"float6_e3m2fn", 1},
                                                {"float4_e2m1fn", 1},
                                                {"int4", 1},
                                                {"int2", 1},
                                                {"int1", 1},
                                                {"uint4", 1},
                                                {"uint2", 1},
                                                {"uint1", 1},
                                                {"V1", 1}});

template <class T>
T load(const std::byte* from) {
    T value;
    std::memcpy(&value, from, sizeof value);
    return value;
}

/// x87 extended: 64-bit mantissa with an explicit leading bit, 15-bit exponent, sign. Nothing for what the processor
/// takes for no number: infinities, NaN, and a missing leading bit.
std::optional<Dyadic> extended_to_dyadic(const std::byte* from) {
    const auto mantissa = load<uint64_t>(from);
    const auto head = load<uint16_t>(from + 8);
    const int exponent = head & 0x7FFF;
    if (exponent == 0x7FFF || (exponent != 0 && mantissa >> 63 == 0)) return std::nullopt;
    const Int magnitude(mantissa);
    return Dyadic((head & 0x8000) != 0 ? -magnitude : magnitude, (exponent == 0 ? 1 : exponent) - 16383 - 63);
}

/// IEEE 754's binary128: 112 bits of mantissa, 15 of exponent, sign.
std::optional<Dyadic> quadruple_to_dyadic(const std::byte* from) {
    constexpr int high_bits = 48;
    const auto high = load<uint64_t>(from + 8);
    const auto exponent = static_cast<int>(high >> high_bits & 0x7FFF);
    if (exponent == 0x7FFF) return std::nullopt;
    const uint64_t leading = exponent == 0 ? 0 : uint64_t{1} << high_bits;
    const uint64_t words[] = {load<uint64_t>(from), (high & ((uint64_t{1} << high_bits) - 1)) | leading};
    const Int magnitude = Int::from_words(words, 2);
    return Dyadic(high >> 63 != 0 ? -magnitude : magnitude, (exponent == 0 ? 1 : exponent) - 16383 - 112);
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

UnsaidType unsaid_type(std::string_view name) noexcept {
    for (auto type = static_cast<size_t>(DType::float128); type < static_cast<size_t>(DType::raw8); ++type)
        if (types[type].name == name) return static_cast<DType>(type);
    return std::nullopt;
}

std::vector<std::string> unsaid_type_names() {
    std::vector<std::string> names;
    for (auto type = static_cast<size_t>(DType::float128); type < static_cast<size_t>(DType::raw8); ++type)
        names.emplace_back(types[type].name);
    return names;
}

size_t item_size(DType type) noexcept { return types[static_cast<size_t>(type)].size; }
std::string_view to_string(DType type) noexcept { return types[static_cast<size_t>(type)].name; }

Array::Array(Shape shape, DType type, std::vector<std::byte> bytes)
    : shape_(std::move(shape)), type_(type), size_(element_count(shape_)), bytes_(std::move(bytes)) {
    DAL_CHECK(type_ != DType::raw8, "an array of elements of no known type");
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
        case DType::float16:
        case DType::bfloat16: return small_number(type_, load<uint16_t>(from));
        case DType::float32: return Dyadic::from_double(static_cast<double>(load<float>(from)));
        case DType::float64: return Dyadic::from_double(load<double>(from));
        case DType::float_extended:
        case DType::float_extended12: return extended_to_dyadic(from);
        case DType::float128: return quadruple_to_dyadic(from);
        case DType::float8_e3m4:
        case DType::float8_e4m3:
        case DType::float8_e4m3b11fnuz:
        case DType::float8_e4m3fn:
        case DType::float8_e4m3fnuz:
        case DType::float8_e5m2:
        case DType::float8_e5m2fnuz:
        case DType::float8_e8m0fnu:
        case DType::float6_e2m3fn:
        case DType::float6_e3m2fn:
        case DType::float4_e2m1fn:
        case DType::int4:
        case DType::int2:
        case DType::int1:
        case DType::uint4:
        case DType::uint2:
        case DType::uint1: return small_number(type_, load<uint8_t>(from));
        case DType::raw8: break;
    }
    internal_error("type", __FILE__, __LINE__, "no such element type");
}

}  // namespace dal
