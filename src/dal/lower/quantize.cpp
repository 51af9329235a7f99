// Rounding is floor(x + c), where c may depend on the sign, and floor is a slice. Overflow shows in the bits of the
// rounded value at and above the format's sign: they all equal the sign if and only if the value fits.
#include "dal/lower/quantize.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "dal/circuit/range.hpp"
#include "dal/lower/choose.hpp"
#include "dal/numeric/intersection.hpp"
#include "dal/numeric/quantize.hpp"
#include "dal/support/check.hpp"

namespace dal {
namespace {

using circuit::Circuit;
using circuit::Kind;
using circuit::WireId;

class Quantizer {
  public:
    Quantizer(Circuit& circuit, const Format& format, const Interval& range, uint32_t origin)
        : circuit_(circuit), format_(format), kif_(format.kif), range_(range), origin_(origin) {}

    WireId run(WireId x) {
        if (range_.is_constant()) return constant(range_.min());
        if (!range_of(x).lo().is_negative()) format_.round = for_not_negative(format_.round);
        const bool adds = range_of(x).f() > kif_.f && format_.round != Round::trn;
        if (const auto operand = relu_operand(x); operand && adds) return of_relu(*operand, range_of(x));
        if (format_.overflow != Overflow::wrap) return clamped(rounded(x));
        return circuit_.slice(rounded(x), kif_, origin_, &range_);
    }

  private:
    WireId sign(WireId x) { return build_sign(circuit_, x, origin_); }
    const Interval& range_of(WireId wire) const { return circuit_[wire].range; }
    WireId constant(const Dyadic& value) { return circuit_.constant(value, origin_); }
    WireId any(WireId x) { return circuit_.any(x, origin_); }
    WireId bit_not(WireId x) { return circuit_.bit_not(x, origin_); }
    WireId bit_and(WireId x, WireId y) { return circuit_.bitwise(Kind::bit_and, x, y, origin_); }
    WireId bit_or(WireId x, WireId y) { return circuit_.bitwise(Kind::bit_or, x, y, origin_); }

    // --- What x is ------------------------------------------------------------------------------

    /// y if x = max(y, 0).
    std::optional<WireId> relu_operand(WireId x) const {
        const circuit::Operation& mux = circuit_[x];
        if (mux.kind != Kind::mux || !range_of(mux.b).is_zero()) return std::nullopt;
        const circuit::Operation* condition = &circuit_[mux.a];
        if (condition->kind == Kind::shift) condition = &circuit_[condition->a];
        const Kif kif = range_of(mux.c).kif();
        const bool is_sign = condition->kind == Kind::slice && condition->a == mux.c && kif.k &&
                             condition->slice == Kif(false, kif.i + 1, -kif.i);
        return is_sign ? std::optional(mux.c) : std::nullopt;
    }

    /// x = wire + offset, where x was made by adding a constant.
    struct Sum {
        WireId wire;
        Dyadic offset;
    };
    std::optional<Sum> as_sum(WireId x) {
        const circuit::Operation add = circuit_[x];
        if (add.kind != Kind::add) return std::nullopt;
        if (range_of(add.a).is_constant()) {
            const Dyadic offset = range_of(add.a).min();
            return Sum{circuit_.shift(add.b, add.shift, origin_), offset};
        }
        if (range_of(add.b).is_constant()) return Sum{add.a, range_of(add.b).min().shifted(add.shift)};
        return std::nullopt;
    }

    /// A mode that rounds the numbers from 0 up alike, and does not look at the sign.
    static Round for_not_negative(Round round) {
        switch (round) {
            case Round::trn_zero: return Round::trn;
            case Round::rnd_zero: return Round::rnd_min_inf;
            case Round::rnd_inf: return Round::rnd;
            case Round::trn:
            case Round::rnd:
            case Round::rnd_conv:
            case Round::rnd_min_inf: return round;
        }
        internal_error("round", __FILE__, __LINE__, "no such rounding");
    }

    /// Rounding is monotone and keeps 0, so it may come before the relu: then its constant joins the bias, and the
    /// selection is as narrow as the result.
    WireId of_relu(WireId operand, Interval in) {
        const WireId n = rounded(operand);
        const WireId zero = constant({});
        if (format_.overflow == Overflow::wrap)
            return circuit_.mux(sign(n), zero, circuit_.slice(n, kif_, origin_), origin_, &range_);
        const Interval result = rounded_range(in);
        return clamped(circuit_.mux(sign(n), zero, n, origin_, &result));
    }

    // --- Rounding -------------------------------------------------------------------------------

    /// x on the grid of the format, with every integer bit.
    WireId rounded(WireId x) {
        const Interval in = range_of(x);
        if (in.f() <= kif_.f) return x;
        if (in.is_constant())
            return constant({round_code(Rational(in.min()), kif_.f, format_.round), -int64_t{kif_.f}});
        const Dyadic step(1, -int64_t{in.f()});
        const Dyadic unit(1, -int64_t{kif_.f});
        const Dyadic half = unit.shifted(-1);
        switch (format_.round) {
            case Round::trn: return floor(x, {}, {});
            case Round::rnd: return floor(x, half, half);
            case Round::rnd_min_inf: return floor(x, half - step, half - step);
            case Round::trn_zero: return floor(x, unit - step, {});
            case Round::rnd_zero: return floor(x, half, half - step);
            case Round::rnd_inf: return floor(x, half - step, half);
            case Round::rnd_conv: return half_to_even(x, half);
        }
        internal_error("round", __FILE__, __LINE__, "no such rounding");
    }

    /// The rounded ends of `in`: rounding is monotone.
    Interval rounded_range(const Interval& in) const {
        return {round_code(Rational(in.min()), kif_.f, format_.round),
                round_code(Rational(in.max()), kif_.f, format_.round), kif_.f};
    }

    /// Format with the integer bits of `wire` and the grid of the format; -1 needs its sign bit even where the whole
    /// value lies below the grid.
    Kif integer_part(WireId wire) const {
        const Kif kif = range_of(wire).kif();
        return {kif.k, std::max(kif.i, -kif_.f), kif_.f};
    }

    /// x + c; one adder if x is a sum with a constant already.
    WireId plus(WireId x, const Dyadic& c) {
        const Interval known = range_of(x) + Interval::constant(c);
        const auto sum = as_sum(x);
        if (!sum) return circuit_.add(x, constant(c), 0, origin_);
        return circuit_.add(sum->wire, constant(sum->offset + c), 0, origin_, &known);
    }

    /// x + c with c by the sign of x.
    WireId biased(WireId x, const Dyadic& if_negative, const Dyadic& otherwise) {
        const Interval in = range_of(x);
        if (in.hi() <= Int(0) || if_negative == otherwise) return plus(x, if_negative);
        if (!in.lo().is_negative()) return plus(x, otherwise);
        const Interval below(in.lo(), -1, in.f());
        const Interval above(0, in.hi(), in.f());
        const Interval sum = (below + Interval::constant(if_negative)).hull(above + Interval::constant(otherwise));
        const WireId bias = circuit_.mux(sign(x), constant(if_negative), constant(otherwise), origin_);
        return circuit_.add(x, bias, 0, origin_, &sum);
    }

    WireId floor(WireId x, const Dyadic& if_negative, const Dyadic& otherwise) {
        const Interval result = rounded_range(range_of(x));
        const WireId sum = biased(x, if_negative, otherwise);
        return circuit_.slice(sum, integer_part(sum), origin_, &result);
    }

    /// Ties up, then the last bit is cleared if it was a tie: nothing is left below the grid.
    WireId half_to_even(WireId x, const Dyadic& half) {
        const Interval result = rounded_range(range_of(x));
        const WireId sum = plus(x, half);
        const Kif whole = integer_part(sum);
        const WireId rest = circuit_.slice(sum, Kif(false, -kif_.f, range_of(sum).f()), origin_);
        const WireId last = circuit_.slice(sum, Kif(false, 1 - kif_.f, kif_.f), origin_);
        const WireId even = circuit_.slice(sum, Kif(whole.k, std::max(whole.i, 1 - kif_.f), kif_.f - 1), origin_);
        const WireId no_tie = circuit_.shift(any(rest), -kif_.f, origin_);
        return circuit_.bitwise(Kind::bit_or, even, bit_and(last, no_tie), origin_, &result);
    }

    // --- Overflow -------------------------------------------------------------------------------

    /// The value as the format sees it. `high`: its bits from 2^i up, below its sign.
    WireId clamped(WireId v) {
        const Interval in = range_of(v);
        if (in.is_constant()) return constant({quantize_code(Rational(in.min()), format_), -int64_t{kif_.f}});
        const bool symmetric = format_.overflow == Overflow::sat_sym && kif_.k;
        const Dyadic highest(kif_.max_code(), -int64_t{kif_.f});
        const Dyadic lowest = symmetric ? -highest : Dyadic(kif_.min_code(), -int64_t{kif_.f});
        const bool may_exceed = highest < in.max();
        const bool may_fall_below = in.min() < lowest;
        if (!may_exceed && !may_fall_below) return v;

        const bool to_zero = format_.overflow == Overflow::sat_zero;
        const WireId upper = constant(to_zero ? Dyadic() : highest);
        const WireId lower = constant(to_zero ? Dyadic() : lowest);
        const WireId inside = circuit_.slice(v, kif_, origin_);
        const WireId negative = sign(v);
        const auto choose = [&](WireId condition, WireId limit) {
            return circuit_.mux(condition, limit, inside, origin_, &range_);
        };
        if (!may_fall_below) return choose(bit_and(any(high_bits(v)), bit_not(negative)), upper);
        if (!may_exceed) return choose(bit_and(negative, too_low(v, symmetric)), lower);
        if (to_zero) return choose(outside(v, negative, symmetric), lower);
        if (!kif_.k) {
            const WireId saturated = circuit_.mux(any(high_bits(v)), upper, inside, origin_);
            return circuit_.mux(negative, lower, saturated, origin_, &range_);
        }
        return choose(outside(v, negative, symmetric), circuit_.mux(negative, lower, upper, origin_));
    }

    /// Bits of v from 2^i up, without the sign; the constant 0 if there are none.
    WireId high_bits(WireId v) { return circuit_.slice(v, Kif(false, range_of(v).kif().i, -kif_.i), origin_); }

    /// All ones where high_bits has bits.
    Dyadic high_mask(WireId v) const {
        const int bits = range_of(v).kif().i - kif_.i;
        return bits <= 0 ? Dyadic() : Dyadic(Int::pow2(bits) - 1, kif_.i);
    }

    /// Whether nothing below 2^i is left: then a negative v is -2^i or less.
    WireId is_round(WireId v) { return bit_not(any(circuit_.slice(v, Kif(false, kif_.i, range_of(v).f()), origin_))); }

    /// For a negative v: whether it is below the lower limit.
    WireId too_low(WireId v, bool symmetric) {
        if (!kif_.k) return constant(1);
        const WireId zeros = circuit_.bitwise(Kind::bit_xor, high_bits(v), constant(high_mask(v)), origin_);
        return symmetric ? bit_or(any(zeros), is_round(v)) : any(zeros);
    }

    /// Whether v is outside the limits, on either side.
    WireId outside(WireId v, WireId negative, bool symmetric) {
        if (!kif_.k) return bit_or(negative, any(high_bits(v)));
        const WireId expected = circuit_.mux(negative, constant(high_mask(v)), constant(0), origin_);
        const WireId differs = any(circuit_.bitwise(Kind::bit_xor, high_bits(v), expected, origin_));
        return symmetric ? bit_or(differs, bit_and(negative, is_round(v))) : differs;
    }

    Circuit& circuit_;
    Format format_;
    Kif kif_;
    const Interval& range_;
    uint32_t origin_;
};

}  // namespace

WireId build_quantize(Circuit& circuit, WireId x, const Format& format, const Interval& range, uint32_t origin) {
    const auto both = intersection(circuit[x].range.quantized(format), range);
    DAL_CHECK(both, "quantize of " + circuit[x].range.to_string() + " to " + format.to_string() + " is never in " +
                        range.to_string());
    return Quantizer(circuit, format, *both, origin).run(x);
}

}  // namespace dal
