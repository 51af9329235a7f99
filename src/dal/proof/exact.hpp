// Integers of 64 bits that never wrap: what does not fit ends the proof.
#pragma once

#include <cstdint>
#include <vector>

#include "dal/proof/unproven.hpp"

namespace dal::proof {

inline constexpr int most_bits = 62;  ///< of a wire; wider ones are not proven

inline int64_t add(int64_t a, int64_t b) {
    int64_t result = 0;
    if (__builtin_add_overflow(a, b, &result)) give_up("a number needs more than 63 bits");
    return result;
}
inline int64_t sub(int64_t a, int64_t b) {
    int64_t result = 0;
    if (__builtin_sub_overflow(a, b, &result)) give_up("a number needs more than 63 bits");
    return result;
}
inline int64_t mul(int64_t a, int64_t b) {
    int64_t result = 0;
    if (__builtin_mul_overflow(a, b, &result)) give_up("a number needs more than 63 bits");
    return result;
}
/// 2^exponent; the exponent is not negative.
inline int64_t pow2(int64_t exponent) {
    if (exponent < 0 || exponent > most_bits) give_up("a number needs more than 63 bits");
    return int64_t{1} << exponent;
}
/// a modulo 2^bits, in [0, 2^bits).
inline int64_t low_bits(int64_t a, int64_t bits) { return a & (pow2(bits) - 1); }
/// a modulo 2^bits, in [-2^(bits-1), 2^(bits-1)); bits ≥ 1.
inline int64_t low_bits_signed(int64_t a, int64_t bits) {
    const int64_t low = low_bits(a, bits);
    return low >= pow2(bits - 1) ? low - pow2(bits) : low;
}

/// The least and the greatest value of something.
struct Range {
    int64_t lo = 0;
    int64_t hi = 0;

    /// All values are `bits` wide, unsigned or as two's complement.
    [[nodiscard]] bool fits_unsigned(int64_t bits) const { return lo >= 0 && hi < pow2(bits); }
    [[nodiscard]] bool fits_signed(int64_t bits) const { return lo >= -pow2(bits - 1) && hi < pow2(bits - 1); }
};

/// c·r + offset.
inline Range scaled(const Range& range, int64_t c, int64_t offset = 0) {
    const int64_t a = add(mul(range.lo, c), offset);
    const int64_t b = add(mul(range.hi, c), offset);
    return c < 0 ? Range{b, a} : Range{a, b};
}

}  // namespace dal::proof
