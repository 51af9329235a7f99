// Ranges of values in 64 bits, and what adding two of them costs. Internal to cmvm.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

namespace dal::cmvm {

/// How many bits the magnitudes of lo to hi + 2^low need.
inline int top_of(int64_t lo, int64_t hi, int low) {
    const auto magnitude = [](int64_t x) { return x < 0 ? -static_cast<uint64_t>(x) : static_cast<uint64_t>(x); };
    const uint64_t largest = std::max(magnitude(lo), magnitude(hi + (int64_t{1} << low)));
    return largest <= 1 ? 0 : std::bit_width(largest - 1);
}

struct Range {
    int64_t lo = 0;
    int64_t hi = 0;
    int low = 0;  ///< the step is 2^low
    int top = 0;  ///< top_of these
};

/// A value that is added, or subtracted if `negative`. A sum of two is negative if both are.
struct Summand {
    Range range;
    bool negative = false;
};

/// Their sum and the bits of the adder that makes it (adder_bits in numeric/adder_bits.hpp).
struct Joined {
    Summand sum;
    int bits = 0;
};

inline Joined join(const Summand& a, const Summand& b) {
    const bool subtract = a.negative != b.negative;
    const Range& u = (subtract && a.negative ? b : a).range;
    const Range& v = (subtract && a.negative ? a : b).range;
    const int64_t lo = subtract ? -v.hi : v.lo;
    const int64_t hi = subtract ? -v.lo : v.hi;
    Joined joined{{{u.lo + lo, u.hi + hi, std::min(u.low, v.low), 0}, a.negative && b.negative}, 0};
    Range& sum = joined.sum.range;
    sum.top = top_of(sum.lo, sum.hi, sum.low);
    joined.bits = (u.lo < 0 || lo < 0 ? 1 : 0) + std::max(u.top, subtract ? top_of(lo, hi, v.low) : v.top) -
                  std::max(u.low, v.low);
    return joined;
}

}  // namespace dal::cmvm
