#include "dal/numeric/adder_bits.hpp"

#include <algorithm>
#include <array>

namespace dal {
namespace {

/// Where the sign or the highest bit of a range that is not 0 ends, as a power of two.
int64_t top_of(const Interval& x) {
    const Int largest = max(abs(x.lo()), abs(x.hi() + 1));
    return (x.lo().is_negative() ? 1 : 0) + (largest - 1).bit_length() - x.f();
}

}  // namespace

int64_t adder_bits(const Interval& u, const Interval& v, bool subtract) {
    if (u.is_zero() && v.is_zero()) return 0;
    const Interval w = subtract ? -v : v;
    // 0 has no step of its own.
    const int fine = u.is_zero() ? w.f() : w.is_zero() ? u.f() : std::max(u.f(), w.f());
    const int coarse = u.is_zero() ? w.f() : w.is_zero() ? u.f() : std::min(u.f(), w.f());
    Int largest = 0;
    for (const Interval* x : {&u, &w}) {
        if (x->is_zero()) continue;
        largest = max(largest, abs(x->lo_at(fine)));
        largest = max(largest, abs(x->hi_at(fine) + (Int(1) << (fine - x->f()))));
    }
    const bool is_signed = u.lo().is_negative() || w.lo().is_negative();
    return (is_signed ? 1 : 0) + (largest - 1).bit_length() - (fine - coarse);
}

int64_t adder_bits(const Interval& u, const Interval& v, const Interval& w, const Interval& result) {
    std::array<int64_t, 3> lows{INT64_MAX, INT64_MAX, INT64_MAX};
    size_t count = 0;
    int64_t top = INT64_MIN;
    bool is_signed = false;
    for (const Interval* x : {&u, &v, &w}) {
        if (x->is_zero()) continue;
        lows[count++] = -int64_t{x->f()};
        top = std::max(top, top_of(*x) - (x->lo().is_negative() ? 1 : 0));
        is_signed = is_signed || x->lo().is_negative();
    }
    if (count < 2 || result.is_zero()) return 0;
    const auto [x, y, z] = lows;
    const int64_t second_low = std::max(std::min(x, y), std::min(std::max(x, y), z));  // the median of three
    const int64_t reached = top + (is_signed ? 1 : 0) + (count == 3 ? 1 : 0);
    return std::max<int64_t>(0, std::min(reached, top_of(result)) - second_low);
}

}  // namespace dal
