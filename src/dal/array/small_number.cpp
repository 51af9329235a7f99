// The types are described in the documentation of ml_dtypes; float8_e4m3fn and float8_e5m2 are those of the Open
// Compute Project's "OFP8", float6, float4 and e8m0 those of its "Microscaling Formats (MX)".
#include "dal/array/small_number.hpp"

#include <array>

#include "dal/support/check.hpp"

namespace dal {
namespace {

/// Which bits are no number.
enum class NotNumbers : uint8_t {
    highest_exponent,  ///< infinities and NaN, as in IEEE 754
    all_ones,          ///< all bits but the sign
    negative_zero,
    none,
};

struct FloatType {
    DType type;
    bool has_sign;
    int exponent_bits;
    int mantissa_bits;
    int bias;  ///< of the exponent
    NotNumbers not_numbers;
};

constexpr auto float_types = std::to_array<FloatType>({
    {DType::float16, true, 5, 10, 15, NotNumbers::highest_exponent},
    {DType::bfloat16, true, 8, 7, 127, NotNumbers::highest_exponent},
    {DType::float8_e3m4, true, 3, 4, 3, NotNumbers::highest_exponent},
    {DType::float8_e4m3, true, 4, 3, 7, NotNumbers::highest_exponent},
    {DType::float8_e4m3b11fnuz, true, 4, 3, 11, NotNumbers::negative_zero},
    {DType::float8_e4m3fn, true, 4, 3, 7, NotNumbers::all_ones},
    {DType::float8_e4m3fnuz, true, 4, 3, 8, NotNumbers::negative_zero},
    {DType::float8_e5m2, true, 5, 2, 15, NotNumbers::highest_exponent},
    {DType::float8_e5m2fnuz, true, 5, 2, 16, NotNumbers::negative_zero},
    {DType::float8_e8m0fnu, false, 8, 0, 127, NotNumbers::all_ones},
    {DType::float6_e2m3fn, true, 2, 3, 1, NotNumbers::none},
    {DType::float6_e3m2fn, true, 3, 2, 3, NotNumbers::none},
    {DType::float4_e2m1fn, true, 2, 1, 1, NotNumbers::none},
});

std::optional<Dyadic> value_of(const FloatType& type, unsigned bits) {
    const auto ones = [](int count) { return (1U << count) - 1; };
    const int width = type.exponent_bits + type.mantissa_bits;
    const bool negative = type.has_sign && (bits >> width & 1U) != 0;
    if (bits >> (width + (type.has_sign ? 1 : 0)) != 0) return std::nullopt;
    const unsigned exponent = bits >> type.mantissa_bits & ones(type.exponent_bits);
    const unsigned mantissa = bits & ones(type.mantissa_bits);
    switch (type.not_numbers) {
        case NotNumbers::highest_exponent:
            if (exponent == ones(type.exponent_bits)) return std::nullopt;
            break;
        case NotNumbers::all_ones:
            if ((bits & ones(width)) == ones(width)) return std::nullopt;
            break;
        case NotNumbers::negative_zero:
            if (negative && exponent == 0 && mantissa == 0) return std::nullopt;
            break;
        case NotNumbers::none: break;
    }
    // The lowest exponent is that of subnormal numbers, except in a type without zero.
    const bool subnormal = exponent == 0 && type.has_sign;
    const Int magnitude(subnormal ? mantissa : mantissa + (1U << type.mantissa_bits));
    return Dyadic(negative ? -magnitude : magnitude,
                  static_cast<int>(subnormal ? 1 : exponent) - type.bias - type.mantissa_bits);
}

/// The last `count` bits as an integer.
Dyadic integer_of(unsigned bits, int count, bool has_sign) {
    const auto low = static_cast<int>(bits & ((1U << count) - 1));
    return Dyadic(has_sign && (low >> (count - 1)) != 0 ? low - (1 << count) : low);
}

}  // namespace

std::optional<Dyadic> small_number(DType type, uint16_t bits) {
    for (const FloatType& known : float_types)
        if (known.type == type) return value_of(known, bits);
    constexpr auto integers = std::to_array<std::pair<DType, int>>({
        {DType::int4, -4},
        {DType::int2, -2},
        {DType::int1, -1},
        {DType::uint4, 4},
        {DType::uint2, 2},
        {DType::uint1, 1},
    });
    for (const auto& [known, size] : integers)
        if (known == type) return integer_of(bits, size < 0 ? -size : size, size < 0);
    internal_error("type", __FILE__, __LINE__, "no such type of small numbers");
}

}  // namespace dal
