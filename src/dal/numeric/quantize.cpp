#include "dal/numeric/quantize.hpp"

#include "dal/support/check.hpp"

namespace dal {

Int round_code(const Rational& value, int f, Round round) {
    const Int floor = value.floor_scaled(f);
    const Rational rest = value * Rational(Dyadic(1, f)) - Rational(Dyadic(floor));  // in [0, 1)
    if (rest.is_zero()) return floor;
    const Int ceiling = floor + 1;
    const Rational half(Dyadic(1, -1));
    const auto nearest = [&](const Int& tie) { return rest < half ? floor : half < rest ? ceiling : tie; };
    switch (round) {
        case Round::trn: return floor;
        case Round::trn_zero: return value.is_negative() ? ceiling : floor;
        case Round::rnd: return nearest(ceiling);
        case Round::rnd_conv: return nearest(floor.is_odd() ? ceiling : floor);
        case Round::rnd_zero: return nearest(value.is_negative() ? ceiling : floor);
        case Round::rnd_inf: return nearest(value.is_negative() ? floor : ceiling);
        case Round::rnd_min_inf: return nearest(floor);
    }
    internal_error("round", __FILE__, __LINE__, "no such rounding");
}

Int overflow_code(const Int& code, const Kif& kif, Overflow overflow) {
    const Int lo = kif.min_code();
    const Int hi = kif.max_code();
    switch (overflow) {
        case Overflow::wrap: return Int::floor_mod(code - lo, Int::pow2(kif.width())) + lo;
        case Overflow::sat: return min(max(code, lo), hi);
        case Overflow::sat_sym: return min(max(code, kif.k ? -hi : Int(0)), hi);
        case Overflow::sat_zero: return lo <= code && code <= hi ? code : Int(0);
    }
    internal_error("overflow", __FILE__, __LINE__, "no such overflow mode");
}

Int quantize_code(const Rational& value, const Format& format) {
    if (format.kif.is_zero()) return 0;
    return overflow_code(round_code(value, format.kif.f, format.round), format.kif, format.overflow);
}

Int quantize_code(const Int& code, int f, const Format& format) {
    return quantize_code(Rational(Dyadic(code, -static_cast<int64_t>(f))), format);
}

}  // namespace dal
