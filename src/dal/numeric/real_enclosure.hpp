// Rigorous enclosures of real numbers, by MPFR with directed rounding. Internal to real*.cpp; the .cpp alone knows
// MPFR.
#pragma once

#include "dal/numeric/real.hpp"

namespace dal::real {

/// One end of an enclosure.
struct End {
    bool infinite = false;  ///< no bound on this side, or one outside ±2^limit
    Dyadic value;           ///< the bound, if finite
    bool open = true;       ///< the number is not the bound itself
};
struct Ends {
    End lo;
    End hi;
};
/// An enclosure of `real` computed with this many bits. Bounds outside ±2^limit are made infinite, or moved to the
/// limit on the side of 0: what they say is that the number is at least that large.
Ends enclose(const Real& real, int bits, int64_t limit);

/// The n-th root of a ≥ 0, if it is an integer.
std::optional<Int> exact_root(const Int& a, uint32_t n);

/// Some significant decimal digits; empty if not even that is known.
std::string digits(const Real& real);

}  // namespace dal::real
