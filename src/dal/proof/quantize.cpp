// Rounding and overflow, once more: docs/numerics.md in the algebra.
#include "dal/proof/program.hpp"

namespace dal::proof {
namespace {

/// ⌊(x + at_least_zero) / 2^drop⌋ for x ≥ 0, ⌊(x + below) / 2^drop⌋ for x < 0.
Pieces rounded_by_sign(const Range& domain, int64_t drop, int64_t below, int64_t at_least_zero, Budget& budget) {
    const Pieces left = floor_shift(Pieces::affine(domain, 1, below), drop, budget);
    const Pieces right = floor_shift(Pieces::affine(domain, 1, at_least_zero), drop, budget);
    PiecesBuilder sign(domain, budget);
    if (domain.lo < 0) sign.append(sub(std::min<int64_t>(domain.hi, -1), domain.lo) + 1, 1, 0);
    if (domain.hi >= 0) sign.append(sub(domain.hi, std::max<int64_t>(domain.lo, 0)) + 1, 0, 0);
    return combine(right, 1, product(sign.take(), combine(left, 1, right, -1, budget), budget), 1, budget);
}

/// Ties to even: ties go up, and then down again if that gave an odd number.
Pieces rounded_to_even(const Range& domain, int64_t drop, Budget& budget) {
    const int64_t unit = pow2(drop);
    const auto floor_of = [&](int64_t offset, int64_t bits) {
        return floor_shift(Pieces::affine(domain, 1, offset), bits, budget);
    };
    const Pieces up = floor_of(unit / 2, drop);
    // 1 where x + unit/2 is unit modulo 2·unit.
    const Pieces tie =
        combine(floor_of(unit / 2 - unit, drop + 1), 1, floor_of(unit / 2 - unit - 1, drop + 1), -1, budget);
    return combine(up, 1, tie, -1, budget);
}

/// Integers on `domain`, in units of 2^-drop of the result's step.
Pieces rounded(const Range& domain, int64_t drop, Round round, Budget& budget) {
    if (drop <= 0) return Pieces::affine(domain, pow2(-drop), 0);
    const int64_t unit = pow2(drop);
    const int64_t half = unit / 2;
    const auto floor_of = [&](int64_t offset) { return floor_shift(Pieces::affine(domain, 1, offset), drop, budget); };
    switch (round) {
        case Round::trn: return floor_of(0);
        case Round::rnd: return floor_of(half);
        case Round::rnd_min_inf: return floor_of(half - 1);
        case Round::trn_zero: return rounded_by_sign(domain, drop, unit - 1, 0, budget);
        case Round::rnd_zero: return rounded_by_sign(domain, drop, half, half - 1, budget);
        case Round::rnd_inf: return rounded_by_sign(domain, drop, half - 1, half, budget);
        case Round::rnd_conv: return rounded_to_even(domain, drop, budget);
    }
    give_up("a rounding that is not supported");
}

struct Limits {
    int64_t lo = 0;
    int64_t hi = 0;
};

/// n on `domain`, brought into the limits.
Pieces limited(const Range& domain, const Limits& limits, bool to_zero, Budget& budget) {
    PiecesBuilder builder(domain, budget);
    if (domain.lo < limits.lo)
        builder.append(sub(std::min(domain.hi, limits.lo - 1), domain.lo) + 1, to_zero ? 0 : limits.lo, 0);
    const int64_t first = std::max(domain.lo, limits.lo);
    const int64_t last = std::min(domain.hi, limits.hi);
    if (first <= last) builder.append(last - first + 1, first, 1);
    if (domain.hi > limits.hi)
        builder.append(sub(domain.hi, std::max(domain.lo, limits.hi + 1)) + 1, to_zero ? 0 : limits.hi, 0);
    return builder.take();
}

/// n modulo 2^width, in the range that begins at `lo`.
Pieces wrapped(const Range& domain, int64_t lo, int64_t width, Budget& budget) {
    const Pieces from_lo = Pieces::affine(domain, 1, -lo);
    return scaled(modulo(from_lo, width, budget), 1, lo, budget);
}

}  // namespace

Poly quantized_code(Algebra& algebra, const Poly& x, int64_t f, const Format& format, Budget& budget) {
    const Kif& kif = format.kif;
    if (kif.is_zero()) return 0;
    if (kif.width() > most_bits) give_up("a format of more than " + std::to_string(most_bits) + " bits");
    const int64_t hi = pow2(kif.i + kif.f) - 1;
    Limits limits{kif.k ? -hi - 1 : 0, hi};
    if (format.overflow == Overflow::sat_sym && kif.k) limits.lo = -hi;
    const int64_t drop = f - kif.f;
    const bool plain =
        drop <= 0 || format.round == Round::trn || format.round == Round::rnd || format.round == Round::rnd_min_inf;
    if (plain) {
        // Rounding down after a constant was added: linear, until something is lost.
        int64_t offset = 0;
        if (drop > 0 && format.round != Round::trn) offset = pow2(drop) / 2 - (format.round == Round::rnd ? 0 : 1);
        const Poly sum_with = drop > 0 ? sum(x, Poly(offset)) : scaled(x, pow2(-drop));
        const int64_t bits = drop > 0 ? drop : 0;
        const Range all = algebra.range(sum_with);
        if (all.lo >> bits >= limits.lo && all.hi >> bits <= limits.hi) return algebra.floor(sum_with, bits);
        if (format.overflow == Overflow::wrap) {
            const Poly from_lo = sum(sum_with, Poly(mul(limits.lo, pow2(bits))), -1);
            return sum(algebra.slice(from_lo, bits, kif.width()), Poly(limits.lo));
        }
    }
    return algebra.apply_made(x, [&](const Range& values) {
        Pieces whole = rounded(values, drop, format.round, budget);
        const Range found = whole.values();
        if (found.lo >= limits.lo && found.hi <= limits.hi) return whole;
        const bool to_zero = format.overflow == Overflow::sat_zero;
        const Pieces inside = format.overflow == Overflow::wrap ? wrapped(found, limits.lo, kif.width(), budget)
                                                                : limited(found, limits, to_zero, budget);
        return compose(inside, whole, budget);
    });
}

}  // namespace dal::proof
