// Canonical signed digits: the unique form Σ ±2^k of an integer without two neighbouring nonzero digits. It has
// the fewest nonzero digits of all signed-digit forms, about a third of the bits (Reitwiesner, 1960).
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "dal/support/int.hpp"

namespace dal {

struct CsdDigit {
    int shift = 0;
    bool negative = false;
};

/// The digits of any integer, lowest first.
std::vector<CsdDigit> csd_digits(const Int& value);

/// Calls visit(shift, negative) for each digit of `value`, lowest first; no allocation for 64-bit values.
/// With h = |v| >> 1 and t = |v| + h, the digits +1 of |v| are t & ~h and those -1 are h & ~t.
template <class Visit>
void for_each_csd_digit(const Int& value, Visit visit) {
    if (!value.fits_int64()) {
        for (const CsdDigit& digit : csd_digits(value)) visit(digit.shift, digit.negative);
        return;
    }
    const int64_t v = value.to_int64();
    const bool flip = v < 0;
    const uint64_t magnitude = flip ? -static_cast<uint64_t>(v) : static_cast<uint64_t>(v);
    const uint64_t half = magnitude >> 1;
    const uint64_t sum = magnitude + half;  // at most 2^63 + 2^62
    for (uint64_t digits = sum ^ half; digits != 0; digits &= digits - 1) {
        const int shift = std::countr_zero(digits);
        visit(shift, ((half >> shift & 1) != 0) != flip);
    }
}

}  // namespace dal
