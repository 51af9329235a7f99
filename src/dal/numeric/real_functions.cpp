// The functions of one argument: where they are defined, and where their values are simpler than they look.
#include <algorithm>
#include <array>

#include "dal/numeric/real_node.hpp"
#include "dal/support/check.hpp"

namespace dal {
namespace real {
namespace {

using Problem = RealProblem::Kind;

constexpr int64_t max_exponent_written = 8192;  // larger powers of two stay powers

std::string_view domain_of(RealFunction function) {
    switch (function) {
        case RealFunction::log:
        case RealFunction::log2: return "is of numbers above 0";
        case RealFunction::sqrt: return "is of 0 and numbers above";
        case RealFunction::asin:
        case RealFunction::acos: return "is of numbers from -1 to 1";
        case RealFunction::tan: return "has poles at the odd multiples of pi/2";
        case RealFunction::exp:
        case RealFunction::exp2:
        case RealFunction::sin:
        case RealFunction::cos:
        case RealFunction::atan:
        case RealFunction::sinh:
        case RealFunction::cosh:
        case RealFunction::tanh:
        case RealFunction::sigmoid:
        case RealFunction::erf: break;
    }
    internal_error("function", __FILE__, __LINE__, "a function that is defined everywhere");
}

tl::unexpected<RealProblem> outside(RealFunction function, const Real& a) {
    const std::string name = "`" + std::string(to_string(function)) + "`";
    return tl::unexpected(
        problem(Problem::domain, name + " of " + a.to_string(), name + " " + std::string(domain_of(function))));
}

Rational ratio(int a, int b) { return Rational(a) / Rational(b); }

RealResult<Real> times(const Rational& factor, const Real& x) { return mul(Real(factor), x); }
RealResult<Real> times_pi(const Rational& factor) { return times(factor, Real::pi()); }

/// c, if a is c · pi.
std::optional<Rational> multiple_of_pi(const Real& a) {
    if (a.node().kind == Kind::pi) return Rational(1);
    const SumNode* sum = as_sum(a);
    if (sum && sum->terms.size() == 1 && sum->constant.is_zero() && sum->terms.front().real.node().kind == Kind::pi)
        return sum->terms.front().coefficient;
    return std::nullopt;
}

/// c - n·floor(c/n).
Rational modulo(const Rational& c, int n) {
    const Rational turns(Dyadic((c / Rational(n)).floor_scaled(0)));
    return c - turns * Rational(n);
}

RealResult<Real> half_root(int radicand, int sign) {
    return root(Real(Rational(radicand)), 2).and_then([&](const Real& x) { return times(ratio(sign, 2), x); });
}

/// sin(c·pi).
RealResult<Real> sine_of_multiple(const Rational& multiple) {
    Rational c = modulo(multiple, 2);
    int sign = 1;
    if (!(c < Rational(1))) {
        c = c - Rational(1);
        sign = -1;
    }
    if (ratio(1, 2) < c) c = Rational(1) - c;  // sin(pi - x) = sin(x)
    if (c.is_zero()) return Real();
    if (c == ratio(1, 6)) return Real(ratio(sign, 2));
    if (c == ratio(1, 4)) return half_root(2, sign);
    if (c == ratio(1, 3)) return half_root(3, sign);
    if (c == ratio(1, 2)) return Real(Rational(sign));
    return times_pi(c)
        .and_then([](const Real& x) { return make_function(RealFunction::sin, x); })
        .and_then([&](const Real& x) { return times(Rational(sign), x); });
}

/// tan(c·pi).
RealResult<Real> tangent_of_multiple(const Rational& multiple, const Real& a) {
    Rational c = modulo(multiple, 1);
    if (c == ratio(1, 2)) return outside(RealFunction::tan, a);
    int sign = 1;
    if (ratio(1, 2) < c) {
        c = Rational(1) - c;
        sign = -1;
    }
    if (c.is_zero()) return Real();
    if (c == ratio(1, 4)) return Real(Rational(sign));
    return times_pi(c)
        .and_then([](const Real& x) { return make_function(RealFunction::tan, x); })
        .and_then([&](const Real& x) { return times(Rational(sign), x); });
}

/// Whether a is written with a minus sign: then f(-x) = ±f(x) makes one of two equal expressions.
bool has_minus(const Real& a) {
    if (const Rational* value = as_rational(a)) return value->is_negative();
    const SumNode* sum = as_sum(a);
    return sum && sum->constant.is_zero() && sum->terms.size() == 1 && sum->terms.front().coefficient.is_negative();
}

RealResult<Real> odd_function(RealFunction function, const Real& a) {
    if (!has_minus(a)) return make_function(function, a);
    return neg(a).and_then([&](const Real& x) { return apply(function, x); }).and_then([](const Real& x) {
        return neg(x);
    });
}

RealResult<Real> even_function(RealFunction function, const Real& a) {
    if (!has_minus(a)) return make_function(function, a);
    return neg(a).and_then([&](const Real& x) { return make_function(function, x); });
}

RealResult<Real> exponential(const Real& a) {
    const Rational* value = as_rational(a);
    if (value && value->is_zero()) return Real(Rational(1));
    if (const Real* inner = argument_of(RealFunction::log, a)) return *inner;
    // exp(3·log(x)) is x^3.
    const SumNode* sum = as_sum(a);
    if (sum && sum->constant.is_zero() && sum->terms.size() == 1)
        if (const Real* inner = argument_of(RealFunction::log, sum->terms.front().real))
            if (const auto n = sum->terms.front().coefficient.to_int64()) return integer_power(*inner, *n);
    return make_function(RealFunction::exp, a);
}

RealResult<Real> power_of_two(const Real& a) {
    if (const Rational* value = as_rational(a)) {
        const auto n = value->to_int64();
        if (n && *n <= max_exponent_written && *n >= -max_exponent_written) return Real(Rational(Dyadic(Int(1), *n)));
        if (n && *n <= 1'000'000'000'000 && *n >= -1'000'000'000'000) return integer_power(Real(Rational(2)), *n);
    }
    if (const Real* inner = argument_of(RealFunction::log2, a)) return *inner;
    return make_function(RealFunction::exp2, a);
}

/// Of a positive number.
RealResult<Real> logarithm(RealFunction function, const Real& a) {
    const RealFunction inverse = function == RealFunction::log ? RealFunction::exp : RealFunction::exp2;
    if (const Real* inner = argument_of(inverse, a)) return *inner;
    if (const Rational* value = as_rational(a)) {
        if (*value == Rational(1)) return Real();
        const Dyadic& numerator = value->numerator();
        if (function == RealFunction::log2 && value->is_dyadic() && numerator.mantissa() == Int(1))
            return Real(Rational(Dyadic(Int(numerator.exponent()))));
        if (*value < Rational(1))
            return make_function(function, Real(Rational(1) / *value)).and_then([](const Real& x) { return neg(x); });
    }
    const ProductNode* product = as_product(a);
    if (product && product->factors.size() == 1 && product->factors.front().base.node().known_sign > 0)
        return apply(function, product->factors.front().base).and_then([&](const Real& x) {
            return times(Rational(Dyadic(Int(product->factors.front().exponent))), x);
        });
    return make_function(function, a);
}

/// asin or acos of a number between -1 and 1.
RealResult<Real> arc(RealFunction function, const Real& a) {
    const Rational* value = as_rational(a);
    if (!value) return make_function(function, a);
    // asin(value) = angle · pi, acos(value) = (1/2 - angle) · pi.
    static const std::array<std::pair<Rational, Rational>, 5> angles{{{Rational(-1), ratio(-1, 2)},
                                                                      {ratio(-1, 2), ratio(-1, 6)},
                                                                      {Rational(0), Rational(0)},
                                                                      {ratio(1, 2), ratio(1, 6)},
                                                                      {Rational(1), ratio(1, 2)}}};
    for (const auto& [sine, angle] : angles)
        if (*value == sine) return times_pi(function == RealFunction::asin ? angle : ratio(1, 2) - angle);
    return function == RealFunction::asin ? odd_function(function, a) : make_function(function, a);
}

RealResult<Real> sigmoid(const Real& a) {
    return neg(a)
        .and_then([](const Real& x) { return apply(RealFunction::exp, x); })
        .and_then([](const Real& x) { return add(Real(Rational(1)), x); })
        .and_then([](const Real& x) { return div(Real(Rational(1)), x); });
}

}  // namespace
}  // namespace real

std::string_view to_string(RealFunction function) noexcept {
    switch (function) {
        case RealFunction::exp: return "exp";
        case RealFunction::exp2: return "exp2";
        case RealFunction::log: return "log";
        case RealFunction::log2: return "log2";
        case RealFunction::sqrt: return "sqrt";
        case RealFunction::sin: return "sin";
        case RealFunction::cos: return "cos";
        case RealFunction::tan: return "tan";
        case RealFunction::asin: return "asin";
        case RealFunction::acos: return "acos";
        case RealFunction::atan: return "atan";
        case RealFunction::sinh: return "sinh";
        case RealFunction::cosh: return "cosh";
        case RealFunction::tanh: return "tanh";
        case RealFunction::sigmoid: return "sigmoid";
        case RealFunction::erf: return "erf";
    }
    return "?";
}

RealResult<Real> apply(RealFunction function, const Real& a) {
    const Rational* value = real::as_rational(a);
    const bool is_zero = value && value->is_zero();
    switch (function) {
        case RealFunction::exp: return real::exponential(a);
        case RealFunction::exp2: return real::power_of_two(a);
        case RealFunction::log:
        case RealFunction::log2: {
            const auto sign_of_argument = sign(a);
            if (!sign_of_argument) return tl::unexpected(sign_of_argument.error());
            return *sign_of_argument > 0 ? real::logarithm(function, a) : real::outside(function, a);
        }
        case RealFunction::sqrt: {
            const auto sign_of_argument = sign(a);
            if (!sign_of_argument) return tl::unexpected(sign_of_argument.error());
            return *sign_of_argument >= 0 ? real::root(a, 2) : real::outside(function, a);
        }
        case RealFunction::sin:
            if (is_zero) return Real();
            if (const auto c = real::multiple_of_pi(a)) return real::sine_of_multiple(*c);
            return real::odd_function(function, a);
        case RealFunction::cos:
            if (is_zero) return Real(Rational(1));
            if (const auto c = real::multiple_of_pi(a)) return real::sine_of_multiple(*c + real::ratio(1, 2));
            return real::even_function(function, a);
        case RealFunction::tan:
            if (is_zero) return Real();
            if (const auto c = real::multiple_of_pi(a)) return real::tangent_of_multiple(*c, a);
            return real::odd_function(function, a);
        case RealFunction::asin:
        case RealFunction::acos: {
            const auto above = compare(a, Real(Rational(-1)));
            const auto below = compare(a, Real(Rational(1)));
            if (!above) return tl::unexpected(above.error());
            if (!below) return tl::unexpected(below.error());
            return *above >= 0 && *below <= 0 ? real::arc(function, a) : real::outside(function, a);
        }
        case RealFunction::atan:
            if (is_zero) return Real();
            if (value && *value == Rational(1)) return real::times_pi(real::ratio(1, 4));
            return real::odd_function(function, a);
        case RealFunction::sinh:
        case RealFunction::tanh:
        case RealFunction::erf: return is_zero ? RealResult<Real>(Real()) : real::odd_function(function, a);
        case RealFunction::cosh:
            return is_zero ? RealResult<Real>(Real(Rational(1))) : real::even_function(function, a);
        case RealFunction::sigmoid: return real::sigmoid(a);
    }
    internal_error("function", __FILE__, __LINE__, "no such function");
}

}  // namespace dal
