#include "dal/numeric/interval.hpp"

#include <algorithm>

#include "dal/numeric/quantize.hpp"
#include "dal/support/check.hpp"

namespace dal {
namespace {

/// Binary point that holds both; 0 is on every grid, so it must not make another one finer.
int common_f(const Interval& a, const Interval& b) {
    if (a.is_zero()) return b.f();
    if (b.is_zero()) return a.f();
    return std::max(a.f(), b.f());
}

/// The values of `a` up to `bound`.
std::optional<Interval> at_most(const Interval& a, const Dyadic& bound) {
    if (a.max() <= bound) return a;
    if (bound < a.min()) return std::nullopt;
    return Interval(a.lo(), Rational(bound).floor_scaled(a.f()), a.f());
}

}  // namespace

Interval::Interval(Int lo, Int hi, int f) : lo_(std::move(lo)), hi_(std::move(hi)), f_(f) {
    DAL_CHECK(lo_ <= hi_, "empty interval [" + lo_.to_string() + ", " + hi_.to_string() + "]");
    if (lo_ != hi_) return;
    if (lo_.is_zero()) {
        f_ = 0;
    } else if (const int64_t zeros = lo_.trailing_zeros(); zeros > 0) {
        lo_ >>= zeros;
        hi_ = lo_;
        f_ -= static_cast<int>(zeros);
    }
}

Interval Interval::of(const Kif& kif) { return {kif.min_code(), kif.max_code(), kif.f}; }

Interval Interval::constant(const Dyadic& value) {
    return {value.mantissa(), value.mantissa(), static_cast<int>(-value.exponent())};
}

Kif Interval::kif() const {
    if (is_zero()) return {};
    const bool k = lo_.is_negative();
    int64_t bits = hi_.is_negative() ? 0 : hi_.bit_length();
    if (k) bits = std::max(bits, (-lo_ - 1).bit_length());
    return {k, static_cast<int>(bits) - f_, f_};
}

bool Interval::contains(const Dyadic& value) const {
    const auto code = value.code(f_);
    return code && lo_ <= *code && *code <= hi_;
}

bool Interval::contains(const Interval& other) const {
    if (other.is_constant()) return contains(other.min());
    if (other.f_ > f_) return false;
    return lo_ <= other.lo_at(f_) && other.hi_at(f_) <= hi_;
}

std::string Interval::to_string() const {
    if (is_constant()) return "{" + min().to_string() + "}";
    return "[" + min().to_string() + ", " + max().to_string() + "] step 2^" + std::to_string(-f_);
}

std::string Interval::shown() const {
    if (is_constant()) return "{" + min().shown() + "}";
    return "[" + min().shown() + ", " + max().shown() + "] step 2^" + std::to_string(-f_);
}

Interval Interval::shifted(int amount) const { return is_zero() ? Interval() : Interval(lo_, hi_, f_ - amount); }

Interval Interval::scaled(const Dyadic& factor) const {
    if (factor.is_zero()) return {};
    Int a = lo_ * factor.mantissa();
    Int b = hi_ * factor.mantissa();
    if (factor.is_negative()) std::swap(a, b);
    return {std::move(a), std::move(b), f_ - static_cast<int>(factor.exponent())};
}

Interval Interval::relu() const { return {dal::max(lo_, Int(0)), dal::max(hi_, Int(0)), f_}; }

Interval Interval::hull(const Interval& other) const {
    const int f = common_f(*this, other);
    return {dal::min(lo_at(f), other.lo_at(f)), dal::max(hi_at(f), other.hi_at(f)), f};
}

Interval Interval::operator-() const { return {-hi_, -lo_, f_}; }

Interval operator+(const Interval& a, const Interval& b) {
    const int f = common_f(a, b);
    return {a.lo_at(f) + b.lo_at(f), a.hi_at(f) + b.hi_at(f), f};
}

Interval operator*(const Interval& a, const Interval& b) {
    if (a.is_zero() || b.is_zero()) return {};
    Int lo = a.lo_ * b.lo_;
    Int hi = lo;
    for (const Int& corner : {a.lo_ * b.hi_, a.hi_ * b.lo_, a.hi_ * b.hi_}) {
        lo = dal::min(lo, corner);
        hi = dal::max(hi, corner);
    }
    return {std::move(lo), std::move(hi), a.f_ + b.f_};
}

Interval Interval::power(int exponent) const {
    DAL_CHECK(exponent >= 1, "power " + std::to_string(exponent));
    if (is_zero()) return {};
    Int lo = 1;
    Int hi = 1;
    for (int j = 0; j < exponent; ++j) {
        lo *= lo_;
        hi *= hi_;
    }
    if (exponent % 2 == 0) {
        if (hi < lo) std::swap(lo, hi);
        if (lo_.is_negative() && !hi_.is_negative()) lo = 0;
    }
    return {std::move(lo), std::move(hi), f_ * exponent};
}

Interval Interval::abs() const {
    if (!lo_.is_negative()) return *this;
    if (!hi_.is_negative()) return {0, dal::max(-lo_, hi_), f_};
    return -*this;
}

Interval min(const Interval& a, const Interval& b) {
    // The values of each that the other one can leave.
    const auto least = at_most(a, b.max());
    const auto other = at_most(b, a.max());
    if (!least || !other) return least ? *least : *other;
    return least->hull(*other);
}

Interval max(const Interval& a, const Interval& b) { return -min(-a, -b); }

Interval is_equal(const Interval& a, const Interval& b) {
    if (a.is_constant() && b.is_constant()) return Interval::constant(a == b ? 1 : 0);
    // What both have: multiples of the coarser step, as far as both reach.
    const int f = std::min(a.f(), b.f());
    const auto first = [f](const Interval& x) { return -(-x.lo() >> (x.f() - f)); };
    const auto last = [f](const Interval& x) { return x.hi() >> (x.f() - f); };
    const bool possible = dal::max(first(a), first(b)) <= dal::min(last(a), last(b));
    return possible ? Interval(0, 1, 0) : Interval();
}

Interval is_less(const Interval& a, const Interval& b) {
    if (a.max() < b.min()) return Interval::constant(1);
    return a.min() < b.max() ? Interval(0, 1, 0) : Interval();
}

Interval is_at_most(const Interval& a, const Interval& b) {
    if (a.max() <= b.min()) return Interval::constant(1);
    return a.min() <= b.max() ? Interval(0, 1, 0) : Interval();
}

Interval Interval::quantized(const Format& format) const {
    const Kif& kif = format.kif;
    if (kif.is_zero()) return {};
    // Codes from here on are in units of 2^-kif.f. Rounding is monotone, so the rounded values lie between
    // the rounded ends; where the input's grid is coarser than the format's they stay on it, and where it is
    // finer they take every code in between.
    const int64_t drop = static_cast<int64_t>(f_) - kif.f;
    const Int a = round_code_shifted(lo_, drop, format.round);
    const Int b = round_code_shifted(hi_, drop, format.round);
    const auto constant_code = [&](const Int& n) { return Interval(n, n, kif.f); };
    if (a == b) return constant_code(overflow_code(a, kif, format.overflow));
    const int64_t step = std::max<int64_t>(0, -drop);  // log2 of the grid
    const auto on_grid = [&](const Int& from, const Int& to, int64_t grid) {
        return Interval(from >> grid, to >> grid, kif.f - static_cast<int>(grid));
    };

    switch (format.overflow) {
        case Overflow::wrap: {
            const Int wrapped_a = overflow_code(a, kif, Overflow::wrap);
            const Int wrapped_b = overflow_code(b, kif, Overflow::wrap);
            // Both ends wrapped equally often: the interval moved in one piece.
            if (wrapped_b - wrapped_a == b - a) return on_grid(wrapped_a, wrapped_b, step);
            // A seam lies between two neighbours, which become the highest and the lowest code on the grid.
            if (step >= kif.width()) return {};
            return on_grid(kif.min_code(), kif.max_code(), step);
        }
        case Overflow::sat:
        case Overflow::sat_sym: {
            const Int clamped_a = overflow_code(a, kif, format.overflow);
            const Int clamped_b = overflow_code(b, kif, format.overflow);
            if (clamped_a == clamped_b) return constant_code(clamped_a);
            // A limit that is reached may be off the input's grid; 0 is on every grid.
            int64_t grid = step;
            for (const Int* limit : {clamped_a != a ? &clamped_a : nullptr, clamped_b != b ? &clamped_b : nullptr})
                if (limit != nullptr && !limit->is_zero()) grid = std::min(grid, limit->trailing_zeros());
            return on_grid(clamped_a, clamped_b, grid);
        }
        case Overflow::sat_zero: {
            const Int lo = kif.min_code();
            const Int hi = kif.max_code();
            if (lo <= a && b <= hi) return on_grid(a, b, step);
            // The values on the grid that stay in range, and 0.
            const Int unit = Int::pow2(step);
            const Int from = dal::max(a, -(Int::floor_div(-lo, unit) * unit));
            const Int to = dal::min(b, Int::floor_div(hi, unit) * unit);
            if (to < from) return {};
            if (from == to) return constant_code(from).hull({});
            return on_grid(dal::min(from, Int(0)), dal::max(to, Int(0)), step);
        }
    }
    internal_error("overflow", __FILE__, __LINE__, "no such overflow mode");
}

}  // namespace dal
