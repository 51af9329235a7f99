// How far out numbers of programs may be; what reads and what infers refuse the same.
#pragma once

#include <cstdint>

namespace dal {

/// Binary points are from -farthest_point to farthest_point. Shifts would otherwise reach any exponent, and the sum of
/// two numbers with distant points is as wide as their distance.
inline constexpr int64_t farthest_point = 1 << 16;

}  // namespace dal
