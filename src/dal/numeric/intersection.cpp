#include "dal/numeric/intersection.hpp"

#include <algorithm>

namespace dal {

std::optional<Interval> intersection(const Interval& a, const Interval& b) {
    if (b.contains(a)) return a;
    if (a.contains(b)) return b;
    // A multiple of both steps is a multiple of the coarser; a single value's step may be too coarse a claim.
    if (a.is_constant() || b.is_constant()) return std::nullopt;
    const int f = std::min(a.f(), b.f());
    const auto floor_at = [&](const Interval& x) { return x.hi() >> (x.f() - f); };
    const auto ceil_at = [&](const Interval& x) { return -(-x.lo() >> (x.f() - f)); };
    const Int lo = max(ceil_at(a), ceil_at(b));
    const Int hi = min(floor_at(a), floor_at(b));
    if (hi < lo) return std::nullopt;
    return Interval(lo, hi, f);
}

}  // namespace dal
