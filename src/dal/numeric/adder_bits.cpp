#include "dal/numeric/adder_bits.hpp"

#include <algorithm>

namespace dal {

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

}  // namespace dal
