// Bits of a value that somebody sees, and how they follow backward through exact operations: the rules that demand on
// the graph (infer/demand) and on the circuit (circuit/passes/narrow) have in common. Their proofs: docs/inference.md.
//
// Seen is a window of weights: bits 2^-fine up to 2^(top-1) in two's complement. Of a value outside it, any multiple of
// 2^top and any digits below 2^-fine (rounded down) may be missing.
#pragma once

#include <algorithm>
#include <cstdint>

#include "dal/numeric/interval.hpp"

namespace dal {

struct Window {
    /// Beyond every weight that a value has: all high bits, all digits; negative: none.
    static constexpr int64_t unbounded = int64_t{1} << 40;
    int64_t top = -unbounded;
    int64_t fine = -unbounded;

    [[nodiscard]] constexpr bool is_empty() const { return top <= -fine; }
    [[nodiscard]] constexpr int64_t count() const { return is_empty() ? 0 : top + fine; }
    /// What two users see.
    constexpr void join(const Window& other) {
        top = std::max(top, other.top);
        fine = std::max(fine, other.fine);
    }
    friend constexpr bool operator==(const Window&, const Window&) = default;
};
inline constexpr Window every_bit{Window::unbounded, Window::unbounded};

/// Weight just above the highest bit, the sign included: 2^top.
constexpr int64_t top_of(const Kif& kif) { return int64_t{kif.i} + (kif.k ? 1 : 0); }
inline int64_t top_of(const Interval& range) { return top_of(range.kif()); }

/// A bound times 2^amount; no bound stays none.
constexpr int64_t moved(int64_t weight, int64_t amount) {
    return weight >= Window::unbounded || weight <= -Window::unbounded ? weight : weight + amount;
}

/// Of x, where `seen` is of x·2^amount.
constexpr Window before_shift(const Window& seen, int64_t amount) {
    return {moved(seen.top, -amount), moved(seen.fine, amount)};
}

/// Digits that the sign of a value takes with it: whoever looks at or above the highest bit of a signed value sees its
/// sign, which is the bit 2^(top-1), however coarse he looks. The window must be at least this fine.
inline int64_t fine_of_sign(const Interval& range, int64_t seen_top) {
    const int64_t top = top_of(range);
    return range.lo().is_negative() && seen_top >= top ? 1 - top : -Window::unbounded;
}

/// How fine an addend is seen besides what is seen of the sum: digits below the grid of the other one, and below what
/// is seen, never carry. With a = h + ε on that grid, a + b = (h + b) + ε and 0 ≤ ε less than the step of h + b.
/// Not so a subtrahend, as floor(-x) is not -floor(x).
inline int64_t fine_of_addend(const Interval& other) {
    return other.is_zero() ? -Window::unbounded : int64_t{other.f()};
}
inline constexpr int64_t fine_of_subtrahend = Window::unbounded;

/// How high a factor is seen: a change by m·2^t changes the product by a multiple of 2^t·2^-f, where all other factors
/// together lie on the grid 2^-f. Every digit of it is seen.
constexpr int64_t top_of_factor(int64_t seen_top, int64_t f_of_others) { return moved(seen_top, f_of_others); }

}  // namespace dal
