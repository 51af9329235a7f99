#include "dal/numeric/real.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>

#include "dal/numeric/quantize.hpp"

namespace dal {
namespace {

Real number(const char* text) {
    const bool negative = *text == '-';
    const Rational value = *Rational::from_decimal(text + (negative ? 1 : 0));
    return Real(negative ? -value : value);
}
Real of(RealFunction function, const Real& x) { return apply(function, x).value(); }
Real of(RealFunction function, const char* x) { return of(function, number(x)); }
Real ratio(int a, int b) { return Real(Rational(a) / Rational(b)); }
Real times_pi(int a, int b) { return mul(ratio(a, b), Real::pi()).value(); }
bool is(const Real& real, const Rational& value) { return real.rational() == value; }

/// floor(value · 10^digits), as text.
std::string decimal(const Real& value, int digits) {
    Real scaled = value;
    for (int j = 0; j < digits; ++j) scaled = mul(scaled, Real(Rational(10))).value();
    return round_code(scaled, 0, Round::trn).value().to_string();
}

TEST_CASE("known digits") {
    CHECK(decimal(Real::pi(), 50) == "314159265358979323846264338327950288419716939937510");
    CHECK(decimal(of(RealFunction::exp, "1"), 50) == "271828182845904523536028747135266249775724709369995");
    CHECK(decimal(of(RealFunction::log, "2"), 50) == "69314718055994530941723212145817656807550013436025");
    CHECK(decimal(of(RealFunction::sqrt, "2"), 50) == "141421356237309504880168872420969807856967187537694");
    CHECK(decimal(of(RealFunction::log, "10"), 50) == "230258509299404568401799145468436420760110148862877");
    CHECK(decimal(of(RealFunction::sin, "1"), 30) == "841470984807896506652502321630");
    CHECK(decimal(of(RealFunction::cos, "1"), 30) == "540302305868139717400936607442");
    CHECK(decimal(of(RealFunction::atan, "2"), 30) == "1107148717794090503017065460178");
    CHECK(decimal(of(RealFunction::erf, "1"), 20) == "84270079294971486934");
    CHECK(decimal(of(RealFunction::tanh, "1"), 20) == "76159415595576488811");
    CHECK(decimal(pow(number("2"), number("0.1")).value(), 20) == "107177346253629316421");
    CHECK(decimal(pow(Real::pi(), of(RealFunction::exp, "1")).value(), 20) == "2245915771836104547342");
}

TEST_CASE("rational results are known to be rational") {
    CHECK(is(of(RealFunction::exp, "0"), 1));
    CHECK(is(of(RealFunction::sqrt, "4"), 2));
    CHECK(is(of(RealFunction::sqrt, "0.0625"), Rational(Dyadic(1, -2))));
    CHECK(is(of(RealFunction::sqrt, ratio(4, 9)), Rational(2) / Rational(3)));
    CHECK(is(of(RealFunction::log2, "8"), 3));
    CHECK(is(of(RealFunction::log2, "0.125"), -3));
    CHECK(is(of(RealFunction::exp2, "-3"), Rational(Dyadic(1, -3))));
    CHECK(is(of(RealFunction::tanh, "0"), 0));
    CHECK(is(of(RealFunction::sigmoid, "0"), Rational(Dyadic(1, -1))));
    CHECK(is(of(RealFunction::cosh, "0"), 1));
    CHECK(is(of(RealFunction::acos, "1"), 0));
    CHECK(is(pow(number("2"), number("3")).value(), 8));
    CHECK(is(pow(number("-0.5"), number("-3")).value(), -8));
    CHECK(is(pow(number("8"), ratio(1, 3)).value(), 2));
    CHECK(is(pow(number("8"), ratio(-2, 3)).value(), Rational(Dyadic(1, -2))));
    CHECK(is(pow(number("1024"), number("0.1")).value(), 2));
    CHECK(is(pow(Real(Rational(Dyadic(1, 1000))), ratio(3, 1000)).value(), 8));
    CHECK(is(pow(Real(Rational(Dyadic(3, -1000)) / Rational(3)), ratio(-1, 500)).value(), 4));
    CHECK(is(pow(number("0"), number("0")).value(), 1));
    CHECK(is(pow(number("0"), number("0.5")).value(), 0));
}

TEST_CASE("algebra finds rational values") {
    const Real e = of(RealFunction::exp, "1");
    const Real root2 = of(RealFunction::sqrt, "2");
    CHECK(is(sub(e, e).value(), 0));
    CHECK(is(div(e, e).value(), 1));
    CHECK(is(mul(e, of(RealFunction::exp, "-1")).value(), 1));
    CHECK(is(mul(root2, root2).value(), 2));
    CHECK(is(mul(root2, of(RealFunction::sqrt, "8")).value(), 4));
    CHECK(is(sub(div(number("1"), root2).value(), div(root2, number("2")).value()).value(), 0));
    CHECK(is(pow(root2, number("-4")).value(), Rational(Dyadic(1, -2))));
    CHECK(is(of(RealFunction::exp, of(RealFunction::log, "7")), 7));
    CHECK(is(of(RealFunction::exp, mul(number("3"), of(RealFunction::log, "7")).value()), 343));
    CHECK(is(of(RealFunction::log, of(RealFunction::exp, "7")), 7));
    CHECK(is(of(RealFunction::log2, of(RealFunction::exp2, "0.3")), Rational(3) / Rational(10)));
    CHECK(is(add(of(RealFunction::sin, "-1"), of(RealFunction::sin, "1")).value(), 0));
    CHECK(is(add(of(RealFunction::log, "3"), of(RealFunction::log, ratio(1, 3))).value(), 0));
    CHECK(is(mul(number("0"), e).value(), 0));
    CHECK(is(pow(e, number("0")).value(), 1));
    CHECK(is(abs(sub(number("2"), Real(Rational(5))).value()).value(), 3));
    CHECK(is(min(e, number("2.5")).value(), Rational(5) / Rational(2)));
    CHECK(is(max(e, number("3")).value(), 3));
    CHECK(is(sub(of(RealFunction::sqrt, "12"), mul(number("2"), of(RealFunction::sqrt, "3")).value()).value(), 0));
}

TEST_CASE("angles that are fractions of pi") {
    CHECK(is(of(RealFunction::sin, times_pi(1, 6)), Rational(Dyadic(1, -1))));
    CHECK(is(of(RealFunction::sin, times_pi(-5, 6)), Rational(Dyadic(-1, -1))));
    CHECK(is(of(RealFunction::sin, times_pi(1'000'001, 2)), 1));
    CHECK(is(of(RealFunction::cos, times_pi(1, 3)), Rational(Dyadic(1, -1))));
    CHECK(is(of(RealFunction::cos, Real::pi()), -1));
    CHECK(is(of(RealFunction::tan, times_pi(3, 4)), -1));
    CHECK(is(pow(of(RealFunction::sin, times_pi(1, 4)), number("2")).value(), Rational(Dyadic(1, -1))));
    CHECK(is(div(of(RealFunction::asin, "0.5"), Real::pi()).value(), Rational(1) / Rational(6)));
    CHECK(is(div(of(RealFunction::acos, "-0.5"), Real::pi()).value(), Rational(2) / Rational(3)));
    CHECK(is(div(of(RealFunction::atan, "-1"), Real::pi()).value(), Rational(Dyadic(-1, -2))));
    CHECK(is(div(atan2(number("3"), number("-3")).value(), Real::pi()).value(), Rational(3) / Rational(4)));
    CHECK(is(div(atan2(number("-1"), number("0")).value(), Real::pi()).value(), Rational(Dyadic(-1, -1))));
    CHECK(is(div(atan2(number("0"), number("-2")).value(), Real::pi()).value(), 1));
    for (int n = -50; n <= 50; ++n) {
        const double expected = std::sin(n * std::acos(-1.0) / 25);
        const Int code = round_code(of(RealFunction::sin, times_pi(n, 25)), 40, Round::rnd).value();
        CHECK(std::abs(code.to_double() * 0x1p-40 - expected) < 1e-12);
    }
}

TEST_CASE("where a function is not defined, the problem says so") {
    const auto kind = [](const RealResult<Real>& result) { return result.error().kind; };
    using Kind = RealProblem::Kind;
    CHECK(apply(RealFunction::log, number("-1")).error().message == "`log` of -1");
    CHECK(kind(apply(RealFunction::log, number("0"))) == Kind::domain);
    CHECK(kind(apply(RealFunction::sqrt, number("-0.1"))) == Kind::domain);
    CHECK(kind(apply(RealFunction::asin, number("1.01"))) == Kind::domain);
    CHECK(kind(apply(RealFunction::acos, Real::pi())) == Kind::domain);
    CHECK(kind(apply(RealFunction::tan, times_pi(7, 2))) == Kind::domain);
    CHECK(kind(pow(number("-2"), number("0.5"))) == Kind::domain);
    CHECK(kind(atan2(number("0"), number("0"))) == Kind::domain);
    CHECK(kind(div(number("1"), number("0"))) == Kind::division_by_zero);
    CHECK(kind(pow(number("0"), number("-1"))) == Kind::division_by_zero);
    CHECK(div(Real::pi(), sub(Real::pi(), Real::pi()).value()).error().message == "3.14159265359… / 0");
}

TEST_CASE("what 16384 bits do not tell is said to be undecided") {
    // 0, but not for algebra: log(6) - log(2) - log(3).
    const Real zero =
        sub(sub(of(RealFunction::log, "6"), of(RealFunction::log, "2")).value(), of(RealFunction::log, "3")).value();
    REQUIRE(!zero.rational());
    CHECK(sign(zero).error().kind == RealProblem::Kind::undecided);
    CHECK(div(number("1"), zero).error().kind == RealProblem::Kind::undecided);
    CHECK(round_code(zero, 3, Round::trn).error().kind == RealProblem::Kind::undecided);
    CHECK(round_code(zero, 3, Round::rnd).value() == Int(0));
}

TEST_CASE("numbers near ties take the bits they need") {
    // 1/2 + 2^-3000·pi is above the tie, 1/2 - 2^-3000·pi below.
    const Real tiny = mul(Real(Rational(Dyadic(1, -3000))), Real::pi()).value();
    const Real half(Rational(Dyadic(1, -1)));
    for (const Round round : {Round::rnd, Round::rnd_conv, Round::rnd_zero, Round::rnd_inf, Round::rnd_min_inf}) {
        CHECK(round_code(add(half, tiny).value(), 0, round).value() == Int(1));
        CHECK(round_code(sub(half, tiny).value(), 0, round).value() == Int(0));
    }
    CHECK(round_code(neg(tiny).value(), 0, Round::trn).value() == Int(-1));
    CHECK(round_code(neg(tiny).value(), 0, Round::trn_zero).value() == Int(0));
    CHECK(compare(add(half, tiny).value(), half).value() == 1);
}

TEST_CASE("values that only approach a limit stay below it") {
    const Format floor8{Kif(false, 1, 8), Round::trn, Overflow::wrap};
    for (const char* x : {"20", "1000", "1e9"}) {
        CHECK(quantize_code(of(RealFunction::tanh, x), floor8).value() == Int(255));
        CHECK(quantize_code(of(RealFunction::erf, x), floor8).value() == Int(255));
        CHECK(quantize_code(of(RealFunction::sigmoid, x), floor8).value() == Int(255));
    }
    const Format floor_signed{Kif(true, 3, 4), Round::trn, Overflow::wrap};
    CHECK(quantize_code(neg(of(RealFunction::exp, "-1e12")).value(), floor_signed).value() == Int(-1));
    CHECK(quantize_code(of(RealFunction::tanh, "-1e9"), floor_signed).value() == Int(-16));
}

TEST_CASE("numbers too large for any computer") {
    const auto code = [](const Real& x, Overflow overflow) {
        return quantize_code(x, {Kif(true, 3, 4), Round::rnd, overflow});
    };
    for (const char* x : {"100", "10000", "1e9", "1e30"}) {
        const Real large = of(RealFunction::exp, x);
        CHECK(code(large, Overflow::sat).value() == Int(127));
        CHECK(code(large, Overflow::sat_sym).value() == Int(127));
        CHECK(code(large, Overflow::sat_zero).value() == Int(0));
        CHECK(code(neg(large).value(), Overflow::sat).value() == Int(-128));
        CHECK(code(neg(large).value(), Overflow::sat_sym).value() == Int(-127));
        CHECK(code(neg(large).value(), Overflow::sat_zero).value() == Int(0));
        CHECK(code(of(RealFunction::exp, large), Overflow::sat).value() == Int(127));
    }
    CHECK(code(of(RealFunction::exp, "10000"), Overflow::wrap).has_value());
    CHECK(code(of(RealFunction::exp, "1e9"), Overflow::wrap).error().kind == RealProblem::Kind::undecided);
    CHECK(code(pow(number("3"), number("1e9")).value(), Overflow::sat).value() == Int(127));
    CHECK(code(pow(number("2"), number("-1e9")).value(), Overflow::sat).value() == Int(0));
    CHECK(code(of(RealFunction::exp2, "1e9"), Overflow::sat).value() == Int(127));
    CHECK(code(of(RealFunction::exp2, "10000"), Overflow::wrap).value() == Int(0));
    CHECK(code(of(RealFunction::sin, "1e300"), Overflow::wrap).has_value());
    CHECK(code(of(RealFunction::sin, of(RealFunction::exp, "1e9")), Overflow::sat).error().kind ==
          RealProblem::Kind::undecided);
}

TEST_CASE("wrap needs the low bits of large numbers, and gets them") {
    // floor(e^1000) mod 2^32, from e^1000 = 1970071114017046993888879352243323125316937985323845789952802991385…
    const Int code =
        quantize_code(of(RealFunction::exp, "1000"), {Kif(false, 32, 0), Round::trn, Overflow::wrap}).value();
    const Int whole = round_code(of(RealFunction::exp, "1000"), 0, Round::trn).value();
    CHECK(whole.to_string().substr(0, 40) == "1970071114017046993888879352243323125316");
    CHECK(whole.bit_length() == 1443);
    CHECK(code == Int::floor_mod(whole, Int::pow2(32)));
}

TEST_CASE("deep and shared expressions") {
    Real x(Rational(1));
    for (int j = 0; j < 100; ++j) x = add(mul(x, x).value(), of(RealFunction::exp, neg(x).value())).value();
    CHECK(quantize_code(x, {Kif(false, 4, 0), Round::trn, Overflow::sat}).value() == Int(15));
    RealResult<Real> deep = Real(Rational(1));
    int depth = 0;
    for (; deep && depth < 100'000; ++depth) deep = apply(RealFunction::sin, *deep);
    CHECK(deep.error().kind == RealProblem::Kind::too_large);
    CHECK(depth > 500);
    Real sum;
    for (int j = 1; j <= 5000; ++j) sum = add(sum, of(RealFunction::sqrt, Real(Rational(j)))).value();
    CHECK(std::abs(round_code(sum, 0, Round::trn).value().to_double() - 235737) < 2);
}

TEST_CASE("text") {
    CHECK(of(RealFunction::exp, "1").to_string() == "2.71828182846…");
    CHECK(Real(Rational(3)).to_string() == "3");
    CHECK(of(RealFunction::exp, "1e9").to_string() == "a real number");
}

}  // namespace
}  // namespace dal
