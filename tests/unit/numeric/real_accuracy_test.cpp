// Real functions against the C++ library in long double: not a reference to the last bit, but an independent one.
#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "dal/numeric/quantize.hpp"
#include "dal/numeric/real.hpp"

namespace dal {
namespace {

struct Case {
    RealFunction function;
    long double (*reference)(long double);
    long double low;  // of the arguments
    long double high;
};

long double sigmoid(long double x) { return 1 / (1 + std::exp(-x)); }

const std::vector<Case>& cases() {
    static const std::vector<Case> list{
        {RealFunction::exp, std::exp, -20, 8},      {RealFunction::exp2, std::exp2, -20, 12},
        {RealFunction::log, std::log, 0.0001L, 40}, {RealFunction::log2, std::log2, 0.0001L, 40},
        {RealFunction::sqrt, std::sqrt, 0, 40},     {RealFunction::sin, std::sin, -20, 20},
        {RealFunction::cos, std::cos, -20, 20},     {RealFunction::tan, std::tan, -20, 20},
        {RealFunction::asin, std::asin, -1, 1},     {RealFunction::acos, std::acos, -1, 1},
        {RealFunction::atan, std::atan, -20, 20},   {RealFunction::sinh, std::sinh, -8, 8},
        {RealFunction::cosh, std::cosh, -8, 8},     {RealFunction::tanh, std::tanh, -20, 20},
        {RealFunction::sigmoid, sigmoid, -20, 20},  {RealFunction::erf, std::erf, -20, 20},
    };
    return list;
}

/// Checks round_code against the library, unless the library's value is too near to where the answer changes.
/// Returns whether it was checked.
bool agrees(const Real& real, long double reference, int f, Round round) {
    const long double scaled = std::ldexp(reference, f);
    const long double place = scaled * 2 - std::round(scaled * 2);
    if (std::abs(place) < 1e-6L || std::abs(scaled) > 0x1p40L) return false;
    const auto floor = static_cast<int64_t>(std::floor(scaled));
    const bool above_half = scaled - std::floor(scaled) > 0.5L;
    const int64_t expected = round == Round::trn        ? floor
                             : round == Round::trn_zero ? floor + (scaled < 0 ? 1 : 0)
                                                        : floor + (above_half ? 1 : 0);
    CHECK(round_code(real, f, round).value() == Int(expected));
    return true;
}

TEST_CASE("every function over a range of arguments, in all roundings") {
    CHECK(cases().size() == real_function_count);
    for (const Case& c : cases()) {
        INFO(std::string(to_string(c.function)));
        int checked = 0;
        for (int64_t code = static_cast<int64_t>(c.low * 1024); code <= static_cast<int64_t>(c.high * 1024);
             code += 37) {
            const long double x = static_cast<long double>(code) / 1024;
            if (x < c.low) continue;
            const Real real = apply(c.function, Real(Rational(Dyadic(Int(code), -10)))).value();
            checked += agrees(real, c.reference(x), 12, static_cast<Round>(checked % round_count)) ? 1 : 0;
        }
        CHECK(checked > 20);
    }
}

TEST_CASE("all 65536 arguments of a 16-bit sigmoid") {
    int checked = 0;
    Int last = 0;
    for (int code = -32768; code < 32768; ++code) {
        const Real real = apply(RealFunction::sigmoid, Real(Rational(Dyadic(Int(code), -12)))).value();
        checked += agrees(real, sigmoid(std::ldexp(static_cast<long double>(code), -12)), 16, Round::rnd_conv) ? 1 : 0;
        const Int now = round_code(real, 16, Round::rnd_conv).value();
        CHECK(last <= now);
        last = now;
    }
    CHECK(checked > 65000);
}

TEST_CASE("rational numbers are rounded as rationals are") {
    // The same numbers, once as a rational and once where only the enclosure can tell: x + pi - pi is simplified, so
    // that exp(log(x)·1.5) / sqrt(x) is taken.
    for (int n = 1; n < 40; ++n)
        for (int r = 0; r < round_count; ++r)
            for (int o = 0; o < overflow_count; ++o) {
                const Rational x = Rational(n) / Rational(7);
                const Format format{Kif(n % 2 == 0, 2, 3), static_cast<Round>(r), static_cast<Overflow>(o)};
                if (n % 7 == 0) continue;  // on the grid, and so undecided
                const Real log = apply(RealFunction::log, Real(x)).value();
                const Real power = apply(RealFunction::exp, mul(log, Real(Rational(3) / Rational(2))).value()).value();
                const Real y = div(power, apply(RealFunction::sqrt, Real(x)).value()).value();
                CHECK(!y.rational());
                CHECK(quantize_code(y, format).value() == quantize_code(x, format));
            }
}

TEST_CASE("enclosures hold the value where functions are composed") {
    // min, max, abs, products and quotients of everything with everything, at points where the library is good enough.
    for (const Case& f : cases())
        for (const Case& g : cases()) {
            const long double x = f.low + (f.high - f.low) * 0.618L;
            const long double y = g.low + (g.high - g.low) * 0.382L;
            const auto code = [](long double v) { return static_cast<int64_t>(v * 1024); };
            const Real a = apply(f.function, Real(Rational(Dyadic(Int(code(x)), -10)))).value();
            const Real b = apply(g.function, Real(Rational(Dyadic(Int(code(y)), -10)))).value();
            const long double p = f.reference(static_cast<long double>(code(x)) / 1024);
            const long double q = g.reference(static_cast<long double>(code(y)) / 1024);
            agrees(mul(a, b).value(), p * q, 12, Round::rnd);
            agrees(div(a, b).value(), p / q, 12, Round::rnd);
            agrees(sub(a, b).value(), p - q, 12, Round::trn);
            agrees(min(a, b).value(), std::min(p, q), 12, Round::trn);
            agrees(max(a, b).value(), std::max(p, q), 12, Round::trn_zero);
            agrees(abs(a).value(), std::abs(p), 12, Round::trn);
            agrees(pow(a, Real(Rational(3))).value(), p * p * p, 12, Round::trn);
            agrees(pow(a, Real(Rational(-2))).value(), 1 / (p * p), 12, Round::trn);
            if (p != 0 || q != 0) agrees(atan2(a, b).value(), std::atan2(p, q), 12, Round::trn);
            CHECK(compare(a, b).value() == (p < q ? -1 : p == q ? 0 : 1));
        }
}

TEST_CASE("a sine of sums crosses its extrema") {
    // sin(n + log(2)·k): arguments that are enclosures, not points.
    const Real log2 = apply(RealFunction::log, Real(Rational(2))).value();
    const long double reference = std::log(2.0L);
    for (int n = -40; n < 40; ++n)
        for (const RealFunction function : {RealFunction::sin, RealFunction::cos, RealFunction::tan}) {
            const Real x = add(Real(Rational(n)), mul(log2, Real(Rational(n * n + 1))).value()).value();
            const long double y = n + reference * (n * n + 1);
            const long double expected = function == RealFunction::sin   ? std::sin(y)
                                         : function == RealFunction::cos ? std::cos(y)
                                                                         : std::tan(y);
            agrees(apply(function, x).value(), expected, 20, Round::rnd);
        }
}

}  // namespace
}  // namespace dal
