// Interval arithmetic with outward rounding. An enclosure holds the number for sure; it also knows whether the number
// can be an end itself, which MPFR tells (its functions say whether a result is exact): tanh(100) is less than 1, and
// so rounds down to the value below 1 without 300 bits to see it.
#include "dal/numeric/real_enclosure.hpp"

#include <algorithm>
#include <unordered_map>

#include "dal/numeric/real_float.hpp"
#include "dal/numeric/real_node.hpp"
#include "dal/support/check.hpp"

namespace dal::real {
namespace {

/// Two numbers, and whether what lies between them can be one of them.
struct Enclosure {
    explicit Enclosure(int bits) : lo(bits), hi(bits) {}
    Float lo;
    Float hi;
    bool lo_open = false;
    bool hi_open = false;

    void no_lower_bound() {
        mpfr_set_inf(lo, -1);
        lo_open = true;
    }
    void no_upper_bound() {
        mpfr_set_inf(hi, 1);
        hi_open = true;
    }
    /// The number is known to be at least (at most) `bound`.
    void at_least(long bound) {
        if (mpfr_cmp_si(lo, bound) < 0) lo_open = mpfr_set_si(lo, bound, MPFR_RNDD) != 0;
    }
    void at_most(long bound) {
        if (mpfr_cmp_si(hi, bound) > 0) hi_open = mpfr_set_si(hi, bound, MPFR_RNDU) != 0;
    }
};

/// Sines of numbers beyond 2^this are not looked at: reducing the argument would take as many bits of pi.
constexpr mpfr_exp_t max_angle_exponent = 2 * max_real_bits;

class Evaluator {
  public:
    explicit Evaluator(int bits) : bits_(bits) {}

    /// Recursion is bounded by max_depth.
    Enclosure eval(const Real& real) {  // NOLINT(misc-no-recursion)
        const bool shared = real.shared().use_count() > 1 && real.node().kind != Kind::rational;
        if (shared)
            if (const auto known = known_.find(&real.node()); known != known_.end()) return known->second;
        Enclosure result = eval_node(real);
        if (mpfr_nan_p(result.lo)) result.no_lower_bound();
        if (mpfr_nan_p(result.hi)) result.no_upper_bound();
        if (mpfr_inf_p(result.lo)) result.lo_open = true;
        if (mpfr_inf_p(result.hi)) result.hi_open = true;
        if (shared) known_.emplace(&real.node(), result);
        return result;
    }

  private:
    using MpfrFunction = int (*)(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t);

    [[nodiscard]] Enclosure fresh() const { return Enclosure(bits_); }

    Enclosure eval_node(const Real& real) {  // NOLINT(misc-no-recursion)
        const Real::Node& node = real.node();
        switch (node.kind) {
            case Kind::rational: return rational(*as_rational(real));
            case Kind::pi: {
                Enclosure result = fresh();
                result.lo_open = mpfr_const_pi(result.lo, MPFR_RNDD) != 0;
                result.hi_open = mpfr_const_pi(result.hi, MPFR_RNDU) != 0;
                return result;
            }
            case Kind::sum: return sum(*as_sum(real));
            case Kind::product: return product(*as_product(real));
            case Kind::root:
            case Kind::abs:
            case Kind::min:
            case Kind::max:
            case Kind::function: return operation(static_cast<const OperationNode&>(node));
        }
        internal_error("kind", __FILE__, __LINE__, "no such kind");
    }

    Enclosure rational(const Rational& value) const {
        Enclosure result = fresh();
        const int64_t exponent = value.numerator().exponent();
        const Int& mantissa = value.numerator().mantissa();
        if (value.is_dyadic() && mantissa.fits_int64()) {
            result.lo_open = mpfr_set_si_2exp(result.lo, mantissa.to_int64(), exponent, MPFR_RNDD) != 0;
            result.hi_open = mpfr_set_si_2exp(result.hi, mantissa.to_int64(), exponent, MPFR_RNDU) != 0;
            return result;
        }
        const auto exact = [](const Int& integer) {
            Float number(static_cast<int>(std::max<int64_t>(integer.bit_length(), 2)));
            mpfr_set_z(number, Integer(integer), MPFR_RNDN);
            return number;
        };
        const Float numerator = exact(mantissa);
        const Float denominator = exact(value.denominator());
        result.lo_open = mpfr_div(result.lo, numerator, denominator, MPFR_RNDD) != 0;
        result.hi_open = mpfr_div(result.hi, numerator, denominator, MPFR_RNDU) != 0;
        result.lo_open = mpfr_mul_2si(result.lo, result.lo, exponent, MPFR_RNDD) != 0 || result.lo_open;
        result.hi_open = mpfr_mul_2si(result.hi, result.hi, exponent, MPFR_RNDU) != 0 || result.hi_open;
        return result;
    }

    Enclosure sum(const SumNode& node) {  // NOLINT(misc-no-recursion)
        Enclosure result = rational(node.constant);
        for (const Term& term : node.terms) {
            Enclosure part = eval(term.real);
            if (term.coefficient == Rational(-1))
                negate(part);
            else if (term.coefficient != Rational(1))
                part = times(part, rational(term.coefficient));
            result.lo_open |= part.lo_open;
            result.hi_open |= part.hi_open;
            result.lo_open |= mpfr_add(result.lo, result.lo, part.lo, MPFR_RNDD) != 0;
            result.hi_open |= mpfr_add(result.hi, result.hi, part.hi, MPFR_RNDU) != 0;
        }
        return result;
    }

    static void negate(Enclosure& x) {
        std::swap(x.lo, x.hi);
        std::swap(x.lo_open, x.hi_open);
        mpfr_neg(x.lo, x.lo, MPFR_RNDD);
        mpfr_neg(x.hi, x.hi, MPFR_RNDU);
    }

    /// A candidate for an end of a product: 0 · infinity is 0, since the number behind the infinity is finite.
    struct Corner {
        Float value;
        bool open;
    };
    [[nodiscard]] Corner corner(const Float& a, bool a_open, const Float& b, bool b_open, mpfr_rnd_t round) const {
        Corner result{Float(bits_), false};
        const bool a_zero = mpfr_zero_p(mpfr_srcptr(a));
        const bool b_zero = mpfr_zero_p(mpfr_srcptr(b));
        if (a_zero || b_zero) {
            mpfr_set_zero(result.value, 1);
            // 0 times anything is 0; only if the 0 is not taken does the product stay away from it.
            result.open = (!a_zero || a_open) && (!b_zero || b_open);
            return result;
        }
        const bool inexact = mpfr_mul(result.value, a, b, round) != 0;
        result.open = inexact || a_open || b_open;
        return result;
    }

    [[nodiscard]] Enclosure times(const Enclosure& x, const Enclosure& y) const {
        Enclosure result = fresh();
        const auto choose = [&](bool lower) {
            const mpfr_rnd_t round = lower ? MPFR_RNDD : MPFR_RNDU;
            Corner best = corner(x.lo, x.lo_open, y.lo, y.lo_open, round);
            const auto consider = [&](Corner other) {
                const int order = mpfr_cmp(other.value, best.value);
                if (order == 0)
                    best.open = best.open && other.open;
                else if (lower ? order < 0 : order > 0)
                    best = std::move(other);
            };
            consider(corner(x.lo, x.lo_open, y.hi, y.hi_open, round));
            consider(corner(x.hi, x.hi_open, y.lo, y.lo_open, round));
            consider(corner(x.hi, x.hi_open, y.hi, y.hi_open, round));
            // An end at 0 is taken by a 0 inside an operand as well.
            if (mpfr_zero_p(mpfr_srcptr(best.value)) && (has_zero(x) || has_zero(y))) best.open = false;
            return best;
        };
        Corner lower = choose(true);
        Corner upper = choose(false);
        result.lo = std::move(lower.value);
        result.lo_open = lower.open;
        result.hi = std::move(upper.value);
        result.hi_open = upper.open;
        return result;
    }

    static bool has_zero(const Enclosure& x) {
        const int lo = mpfr_sgn(mpfr_srcptr(x.lo));
        const int hi = mpfr_sgn(mpfr_srcptr(x.hi));
        return (lo < 0 || (lo == 0 && !x.lo_open)) && (hi > 0 || (hi == 0 && !x.hi_open));
    }

    Enclosure product(const ProductNode& node) {  // NOLINT(misc-no-recursion)
        Enclosure result = power(eval(node.factors.front().base), node.factors.front().exponent);
        for (size_t j = 1; j < node.factors.size(); ++j)
            result = times(result, power(eval(node.factors[j].base), node.factors[j].exponent));
        return result;
    }

    [[nodiscard]] Enclosure power(Enclosure x, int64_t exponent) const {
        if (exponent == 1) return x;
        if (exponent % 2 == 0) x = absolute(std::move(x));
        const uint64_t n = exponent < 0 ? -static_cast<uint64_t>(exponent) : static_cast<uint64_t>(exponent);
        if (n > 1) {
            x.lo_open |= mpfr_pow_ui(x.lo, x.lo, n, MPFR_RNDD) != 0;
            x.hi_open |= mpfr_pow_ui(x.hi, x.hi, n, MPFR_RNDU) != 0;
        }
        return exponent < 0 ? reciprocal(x) : x;
    }

    /// Of a number that is not 0.
    [[nodiscard]] Enclosure reciprocal(const Enclosure& x) const {
        Enclosure result = fresh();
        const int lo = mpfr_sgn(mpfr_srcptr(x.lo));
        const int hi = mpfr_sgn(mpfr_srcptr(x.hi));
        if (lo < 0 && hi > 0) {
            result.no_lower_bound();
            result.no_upper_bound();
            return result;
        }
        if (hi == 0)
            result.no_lower_bound();
        else
            result.lo_open = mpfr_ui_div(result.lo, 1, x.hi, MPFR_RNDD) != 0 || x.hi_open;
        if (lo == 0)
            result.no_upper_bound();
        else
            result.hi_open = mpfr_ui_div(result.hi, 1, x.lo, MPFR_RNDU) != 0 || x.lo_open;
        return result;
    }

    static Enclosure absolute(Enclosure x) {
        if (mpfr_sgn(mpfr_srcptr(x.lo)) >= 0) return x;
        negate(x);
        if (mpfr_sgn(mpfr_srcptr(x.lo)) >= 0) return x;
        // Around 0: now lo is the negative of the former upper end.
        mpfr_neg(x.lo, x.lo, MPFR_RNDU);
        if (mpfr_cmp(x.lo, x.hi) > 0) {
            std::swap(x.lo, x.hi);
            std::swap(x.lo_open, x.hi_open);
        } else if (mpfr_cmp(x.lo, x.hi) == 0) {
            x.hi_open = x.hi_open && x.lo_open;
        }
        mpfr_set_zero(x.lo, 1);
        x.lo_open = false;
        return x;
    }

    Enclosure operation(const OperationNode& node) {  // NOLINT(misc-no-recursion)
        Enclosure x = eval(node.a);
        switch (node.kind) {
            case Kind::root: {
                x.at_least(0);
                x.lo_open |= mpfr_rootn_ui(x.lo, x.lo, node.n, MPFR_RNDD) != 0;
                x.hi_open |= mpfr_rootn_ui(x.hi, x.hi, node.n, MPFR_RNDU) != 0;
                return x;
            }
            case Kind::abs: return absolute(std::move(x));
            case Kind::min: return smaller(std::move(x), eval(node.b));
            case Kind::max: {
                Enclosure y = eval(node.b);
                negate(x);
                negate(y);
                x = smaller(std::move(x), std::move(y));
                negate(x);
                return x;
            }
            case Kind::function: return function(node.function, std::move(x));
            case Kind::rational:
            case Kind::pi:
            case Kind::sum:
            case Kind::product: break;
        }
        internal_error("kind", __FILE__, __LINE__, "no operation");
    }

    static Enclosure smaller(Enclosure x, Enclosure y) {
        const int lo = mpfr_cmp(x.lo, y.lo);
        const int hi = mpfr_cmp(x.hi, y.hi);
        if (lo == 0) x.lo_open = x.lo_open && y.lo_open;
        if (hi == 0) x.hi_open = x.hi_open || y.hi_open;
        if (lo > 0) {
            x.lo = std::move(y.lo);
            x.lo_open = y.lo_open;
        }
        if (hi > 0) {
            x.hi = std::move(y.hi);
            x.hi_open = y.hi_open;
        }
        return x;
    }

    static Enclosure increasing(MpfrFunction f, Enclosure x) {
        x.lo_open |= f(x.lo, x.lo, MPFR_RNDD) != 0;
        x.hi_open |= f(x.hi, x.hi, MPFR_RNDU) != 0;
        return x;
    }

    [[nodiscard]] Enclosure function(RealFunction function, Enclosure x) const {
        switch (function) {
            case RealFunction::exp: return increasing(mpfr_exp, std::move(x));
            case RealFunction::exp2: return increasing(mpfr_exp2, std::move(x));
            case RealFunction::log: x.at_least(0); return increasing(mpfr_log, std::move(x));
            case RealFunction::log2: x.at_least(0); return increasing(mpfr_log2, std::move(x));
            case RealFunction::sin: return wave(mpfr_sin, mpfr_cos, 1, std::move(x));
            case RealFunction::cos: return wave(mpfr_cos, mpfr_sin, -1, std::move(x));
            case RealFunction::tan: return tangent(std::move(x));
            case RealFunction::asin:
                x.at_least(-1);
                x.at_most(1);
                return increasing(mpfr_asin, std::move(x));
            case RealFunction::acos: {
                x.at_least(-1);
                x.at_most(1);
                std::swap(x.lo, x.hi);
                std::swap(x.lo_open, x.hi_open);
                return increasing(mpfr_acos, std::move(x));
            }
            case RealFunction::atan: return increasing(mpfr_atan, std::move(x));
            case RealFunction::sinh: return increasing(mpfr_sinh, std::move(x));
            case RealFunction::cosh: return increasing(mpfr_cosh, absolute(std::move(x)));
            case RealFunction::tanh: return increasing(mpfr_tanh, std::move(x));
            case RealFunction::erf: return increasing(mpfr_erf, std::move(x));
            case RealFunction::sqrt:
            case RealFunction::sigmoid: break;
        }
        internal_error("function", __FILE__, __LINE__, "a function that has no node");
    }

    /// Whether the interval is shorter than pi, and its ends are angles that can be reduced.
    [[nodiscard]] bool is_short(const Enclosure& x) const {
        for (const Float* end : {&x.lo, &x.hi}) {
            if (!mpfr_number_p(mpfr_srcptr(*end))) return false;
            if (!mpfr_zero_p(mpfr_srcptr(*end)) && mpfr_get_exp(mpfr_srcptr(*end)) > max_angle_exponent) return false;
        }
        Float length(bits_);
        mpfr_sub(length, x.hi, x.lo, MPFR_RNDU);
        return mpfr_cmp_si(length, 3) <= 0;
    }

    /// The sign of a function whose zeros are no floating-point numbers, except that sin(0) = 0.
    static int sign_at(MpfrFunction f, const Float& x) {
        Float value(2);
        f(value, x, MPFR_RNDN);
        return mpfr_sgn(mpfr_srcptr(value));
    }

    /// sin or cos. `slope` is its derivative, up to the sign `slope_sign`. On an interval shorter than pi the slope has
    /// at most one zero, which its signs at the ends tell.
    [[nodiscard]] Enclosure wave(MpfrFunction f, MpfrFunction slope, int slope_sign, Enclosure x) const {
        Enclosure result = fresh();
        mpfr_set_si(result.lo, -1, MPFR_RNDD);
        mpfr_set_si(result.hi, 1, MPFR_RNDU);
        if (!is_short(x)) return result;
        int before = slope_sign * sign_at(slope, x.lo);
        int after = slope_sign * sign_at(slope, x.hi);
        if (before == 0) before = slope_sign;  // sin just above 0
        if (after == 0) after = -slope_sign;   // sin just below 0
        if (mpfr_equal_p(x.lo, x.hi)) before = after = 1;
        const bool peak = before > 0 && after < 0;
        const bool valley = before < 0 && after > 0;
        if (!valley) {
            Float at_lo(bits_);
            Float at_hi(bits_);
            const bool lo_open = f(at_lo, x.lo, MPFR_RNDD) != 0 || x.lo_open;
            const bool hi_open = f(at_hi, x.hi, MPFR_RNDD) != 0 || x.hi_open;
            const int order = mpfr_cmp(at_lo, at_hi);
            result.lo_open = order == 0 ? lo_open && hi_open : order < 0 ? lo_open : hi_open;
            result.lo = order <= 0 ? std::move(at_lo) : std::move(at_hi);
        }
        if (!peak) {
            Float at_lo(bits_);
            Float at_hi(bits_);
            const bool lo_open = f(at_lo, x.lo, MPFR_RNDU) != 0 || x.lo_open;
            const bool hi_open = f(at_hi, x.hi, MPFR_RNDU) != 0 || x.hi_open;
            const int order = mpfr_cmp(at_lo, at_hi);
            result.hi_open = order == 0 ? lo_open && hi_open : order > 0 ? lo_open : hi_open;
            result.hi = order >= 0 ? std::move(at_lo) : std::move(at_hi);
        }
        return result;
    }

    [[nodiscard]] Enclosure tangent(Enclosure x) const {
        // The same sign of the cosine at both ends: no pole between them.
        if (is_short(x) && sign_at(mpfr_cos, x.lo) == sign_at(mpfr_cos, x.hi))
            return increasing(mpfr_tan, std::move(x));
        x.no_lower_bound();
        x.no_upper_bound();
        return x;
    }

    int bits_;
    std::unordered_map<const Real::Node*, Enclosure> known_;  ///< of nodes with more than one user
};

Dyadic dyadic(const Float& number) {
    if (mpfr_zero_p(mpfr_srcptr(number))) return {};
    Integer mantissa;
    const mpfr_exp_t exponent = mpfr_get_z_2exp(mantissa, number);
    return {mantissa.value(), exponent};
}

/// `outward`: the sign of the side that the end bounds.
End end(const Float& number, bool open, int outward, int64_t limit) {
    const int sign = mpfr_sgn(mpfr_srcptr(number));
    const bool large = mpfr_inf_p(mpfr_srcptr(number)) || (sign != 0 && mpfr_get_exp(mpfr_srcptr(number)) > limit);
    if (!large) return {false, dyadic(number), open};
    if (sign == outward) return {true, {}, true};
    return {false, Dyadic(Int(sign), limit), false};
}

}  // namespace

Ends enclose(const Real& real, int bits, int64_t limit) {
    const Enclosure result = Evaluator(bits).eval(real);
    return {end(result.lo, result.lo_open, -1, limit), end(result.hi, result.hi_open, 1, limit)};
}

std::optional<Int> exact_root(const Int& a, uint32_t n) {
    Integer value(a);
    if (mpz_root(value, value, n) == 0) return std::nullopt;
    return value.value();
}

std::string digits(const Real& real) {
    constexpr int bits = 128;
    const Enclosure result = Evaluator(bits).eval(real);
    if (mpfr_inf_p(mpfr_srcptr(result.lo)) || mpfr_inf_p(mpfr_srcptr(result.hi))) return "";
    if (mpfr_sgn(mpfr_srcptr(result.lo)) != mpfr_sgn(mpfr_srcptr(result.hi))) return "";
    char text[64];
    mpfr_snprintf(text, sizeof text, "%.12Rg", mpfr_srcptr(result.lo));
    return text;
}

}  // namespace dal::real
