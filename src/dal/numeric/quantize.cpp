#include "dal/numeric/quantize.hpp"

#include "dal/support/check.hpp"

namespace dal {

namespace {

/// Where a value lies between its floor and the next integer.
enum class Rest : uint8_t { none, below_half, half, above_half };

/// The definition of the seven roundings. The engines tell them apart in code of their own (jit/{lanes, integers,
/// emit_inputs}, circuit/evaluate/encode, lower/quantize), so that they are independent witnesses of each other.
Int rounded(Int floor, Rest rest, bool negative, Round round) {
    if (rest == Rest::none) return floor;
    const auto nearest = [&](bool tie_goes_up) {
        return rest == Rest::above_half || (rest == Rest::half && tie_goes_up);
    };
    const bool up = [&] {
        switch (round) {
            case Round::trn: return false;
            case Round::trn_zero: return negative;
            case Round::rnd: return nearest(true);
            case Round::rnd_conv: return nearest(floor.is_odd());
            case Round::rnd_zero: return nearest(negative);
            case Round::rnd_inf: return nearest(!negative);
            case Round::rnd_min_inf: return nearest(false);
        }
        internal_error("round", __FILE__, __LINE__, "no such rounding");
    }();
    if (up) floor += 1;
    return floor;
}

}  // namespace

Int round_code(const Rational& value, int f, Round round) {
    if (value.is_dyadic()) {
        const Dyadic& n = value.numerator();
        const int64_t drop = -(n.exponent() + f);
        return drop <= 0 ? n.mantissa() << -drop : round_code_shifted(n.mantissa(), drop, round);
    }
    Int floor = value.floor_scaled(f);
    const Rational rest = value * Rational(Dyadic(1, f)) - Rational(Dyadic(floor));  // in (0, 1), and never 1/2
    const bool below = rest < Rational(Dyadic(1, -1));
    return rounded(std::move(floor), below ? Rest::below_half : Rest::above_half, value.is_negative(), round);
}

Int round_code_shifted(const Int& code, int64_t drop, Round round) {
    if (drop <= 0) return code << -drop;
    Int floor = code >> drop;
    if (round == Round::trn) return floor;
    // Of the dropped bits, only the first and whether any other is set matter.
    const int64_t zeros = code.trailing_zeros();
    const Rest rest = code.is_zero() || zeros >= drop ? Rest::none
                      : !code.bit(drop - 1)           ? Rest::below_half
                      : zeros == drop - 1             ? Rest::half
                                                      : Rest::above_half;
    return rounded(std::move(floor), rest, code.is_negative(), round);
}

Int overflow_code(const Int& code, const Kif& kif, Overflow overflow) {
    const Int lo = kif.min_code();
    const Int hi = kif.max_code();
    if (lo <= code && code <= hi && (overflow != Overflow::sat_sym || code != lo || !kif.k)) return code;
    switch (overflow) {
        case Overflow::wrap: return Int::floor_mod(code - lo, Int::pow2(kif.width())) + lo;
        case Overflow::sat: return min(max(code, lo), hi);
        case Overflow::sat_sym: return min(max(code, kif.k ? -hi : Int(0)), hi);
        case Overflow::sat_zero: return 0;
    }
    internal_error("overflow", __FILE__, __LINE__, "no such overflow mode");
}

Int quantize_code(const Rational& value, const Format& format) {
    if (format.kif.is_zero()) return 0;
    return overflow_code(round_code(value, format.kif.f, format.round), format.kif, format.overflow);
}

Int quantize_code(const Int& code, int f, const Format& format) {
    if (format.kif.is_zero()) return 0;
    const int64_t drop = static_cast<int64_t>(f) - format.kif.f;
    return overflow_code(round_code_shifted(code, drop, format.round), format.kif, format.overflow);
}

}  // namespace dal
