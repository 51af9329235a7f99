// Questions about real numbers: more and more bits, until every number of the enclosure gives the same answer.
#include <algorithm>

#include "dal/numeric/quantize.hpp"
#include "dal/numeric/real_enclosure.hpp"
#include "dal/numeric/real_node.hpp"

namespace dal {
namespace real {
namespace {

constexpr int first_bits = 64;

int sign_of(const Rational& value) { return value.is_zero() ? 0 : value.is_negative() ? -1 : 1; }
int sign_of(const Dyadic& value) { return value.mantissa().sign(); }

/// The integer that the numbers just inside an end round to. `inward` is 1 for a lower end, -1 for an upper one.
Int rounded(const End& end, int inward, int f, Round round) {
    Dyadic value = end.value;
    // Rounding is constant between neighboured multiples of 2^-(f+1). So an open end on one of them counts as a number
    // inside, and so does a tiny number, whose bits would be many.
    const int64_t grid = -(static_cast<int64_t>(f) + 1);
    const int64_t magnitude = value.mantissa().bit_length() + value.exponent();  // |value| < 2^magnitude
    if (!value.is_zero() && magnitude < grid)
        value = Dyadic(Int(sign_of(value)), grid - 1);
    else if (end.open && (value.is_zero() || value.exponent() >= grid))
        value = value + Dyadic(Int(inward), grid - 1);
    return round_code(Rational(value), f, round);
}

RealProblem undecided(const Real& a, const std::string& question) {
    const std::string text = digits(a);
    return problem(RealProblem::Kind::undecided, std::to_string(max_real_bits) + " bits do not tell " + question +
                                                     (text.empty() ? "" : "; it is " + text + "…"));
}

}  // namespace

std::optional<int> sign_within(const Real& a, int bits) {
    if (const Rational* value = as_rational(a)) return sign_of(*value);
    if (a.node().known_sign != 0) return a.node().known_sign;
    for (int now = first_bits; now <= bits; now *= 2) {
        const Ends ends = enclose(a, now, 1);
        const int lo = ends.lo.infinite ? -1 : sign_of(ends.lo.value);
        const int hi = ends.hi.infinite ? 1 : sign_of(ends.hi.value);
        if (lo > 0 || (lo == 0 && ends.lo.open)) return 1;
        if (hi < 0 || (hi == 0 && ends.hi.open)) return -1;
        if (lo == 0 && hi == 0) return 0;
    }
    return std::nullopt;
}

}  // namespace real

RealResult<int> sign(const Real& a) {
    if (const auto result = real::sign_within(a, max_real_bits)) return *result;
    return tl::unexpected(real::undecided(a, "whether a number is 0"));
}

RealResult<int> compare(const Real& a, const Real& b) {
    const auto* x = real::as_rational(a);
    const auto* y = real::as_rational(b);
    if (x && y) return *x < *y ? -1 : *x == *y ? 0 : 1;
    return sub(a, b).and_then([](const Real& difference) { return sign(difference); });
}

RealResult<Int> round_code(const Real& a, int f, Round round) {
    if (const auto* value = real::as_rational(a)) return round_code(*value, f, round);
    for (int bits = real::first_bits; bits <= max_real_bits; bits *= 2) {
        const real::Ends ends = real::enclose(a, bits, max_real_bits + int64_t{4096});
        if (ends.lo.infinite || ends.hi.infinite) continue;
        Int lo = real::rounded(ends.lo, 1, f, round);
        if (lo == real::rounded(ends.hi, -1, f, round)) return lo;
    }
    return tl::unexpected(real::undecided(a, "how a number is rounded to a multiple of 2^" + std::to_string(-f)));
}

RealResult<Int> quantize_code(const Real& a, const Format& format) {
    const Kif& kif = format.kif;
    if (kif.is_zero()) return Int(0);
    if (const auto* value = real::as_rational(a)) return quantize_code(*value, format);
    if (format.overflow == Overflow::wrap)
        return round_code(a, kif.f, format.round).map([&](const Int& code) {
            return overflow_code(code, kif, format.overflow);
        });
    // All numbers beyond 2^limit are alike: they are outside, and stay there when they are rounded.
    const int64_t limit = static_cast<int64_t>(kif.i) + 3;
    const Int below = kif.min_code() - 1;
    const Int above = kif.max_code() + 1;
    for (int bits = real::first_bits; bits <= max_real_bits; bits *= 2) {
        const real::Ends ends = real::enclose(a, bits, limit);
        const Int lo = ends.lo.infinite ? below : max(below, real::rounded(ends.lo, 1, kif.f, format.round));
        const Int hi = ends.hi.infinite ? above : min(above, real::rounded(ends.hi, -1, kif.f, format.round));
        const Int code = overflow_code(min(lo, above), kif, format.overflow);
        const bool monotone = format.overflow != Overflow::sat_zero;
        if (min(lo, above) == max(hi, below) ||
            (monotone && code == overflow_code(max(hi, below), kif, format.overflow)))
            return code;
    }
    return tl::unexpected(real::undecided(a, "how a number is rounded to a multiple of 2^" + std::to_string(-kif.f)));
}

std::string Real::to_string() const {
    if (const Rational* value = real::as_rational(*this)) return value->to_string();
    const std::string text = real::digits(*this);
    return text.empty() ? "a real number" : text + "…";
}

}  // namespace dal
