#include "dal/interp/column.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "dal/graph/holds.hpp"
#include "dal/numeric/bitwise.hpp"
#include "dal/numeric/quantize.hpp"
#include "dal/support/check.hpp"

namespace dal {
namespace {

/// Codes stay below this magnitude, so that a sum of two fits 64 bits.
constexpr uint64_t too_large = uint64_t{1} << 62;
constexpr int most_bits = 62;

/// Whether numbers up to `bound` are small after a shift to the left.
bool fits(uint64_t bound, int64_t shift) {
    return shift >= 0 && (bound == 0 || (shift < most_bits && std::bit_width(bound) + shift < most_bits));
}

/// mantissa · 2^exponent of a finite number; the mantissa is odd or 0.
std::pair<int64_t, int> parts_of(double value) {
    int exponent = 0;
    constexpr int mantissa_bits = 53;
    const auto mantissa = static_cast<int64_t>(std::ldexp(std::frexp(value, &exponent), mantissa_bits));
    if (mantissa == 0) return {0, 0};
    const int zeros = std::countr_zero(static_cast<uint64_t>(mantissa));
    return {mantissa >> zeros, exponent - mantissa_bits + zeros};
}

}  // namespace

double nearest_double(const Dyadic& value) {
    const int64_t surplus = std::max<int64_t>(0, value.mantissa().bit_length() - most_bits);
    const int64_t exponent = std::clamp<int64_t>(value.exponent() + surplus, -5000, 5000);
    return std::ldexp(static_cast<double>((value.mantissa() >> surplus).to_int64()), static_cast<int>(exponent));
}

Column::Column(const Dyadic& value) {
    const Int& code = value.mantissa();
    if (code.bit_length() < most_bits) {
        codes_.fill(code.to_int64());
        f_ = -value.exponent();
        extent_ = {codes_[0], codes_[0], static_cast<uint64_t>(codes_[0])};
    } else {
        *this = of_exact(std::vector<Dyadic>(block_samples, value));
    }
}

Column Column::of_codes(const BlockCodes& codes, int64_t f) {
    Column result;
    result.codes_ = codes;
    result.f_ = f;
    result.settle();
    DAL_CHECK(result.magnitude_bound() < too_large, "codes that are not small");
    return result;
}

Column Column::of_reals(const BlockReals& reals) {
    Column result;
    result.kind_ = Kind::real;
    for (size_t s = 0; s < block_samples; ++s) result.codes_[s] = std::bit_cast<int64_t>(reals[s]);
    return result;
}

Column Column::of_exact(std::vector<Dyadic> values) {
    DAL_CHECK(values.size() == block_samples, std::to_string(values.size()) + " values");
    Column result;
    result.kind_ = Kind::exact;
    result.exact_ = std::move(values);
    return result;
}

Column Column::of_values(std::vector<Dyadic> values) {
    int64_t f = INT64_MIN;
    for (const Dyadic& value : values)
        if (!value.is_zero()) f = std::max(f, -value.exponent());
    if (f == INT64_MIN) return {};
    BlockCodes codes;
    for (size_t s = 0; s < block_samples; ++s) {
        if (values[s].mantissa().bit_length() + values[s].exponent() + f >= most_bits)
            return of_exact(std::move(values));
        codes[s] = values[s].code(f)->to_int64();
    }
    return of_codes(codes, f);
}

bool Column::is_in(const Interval& range) const {
    if (kind_ != Kind::small) {
        for (size_t s = 0; s < block_samples; ++s)
            if (!range.contains(at(s))) return false;
        return true;
    }
    const int64_t finer = f_ - range.f();  // bits that have to be 0
    const bool is_on_grid = is_zero() || finer <= 0 || std::countr_zero(extent_.bits) >= finer;
    if (is_on_grid && (finer > 0 || fits(magnitude_bound(), -finer))) {  // on the grid of the range, without a new one
        const auto on_grid = [finer](int64_t code) {
            return Int(finer > 0 ? code >> std::min<int64_t>(finer, most_bits) : code * (int64_t{1} << -finer));
        };
        return range.lo() <= on_grid(extent_.lo) && on_grid(extent_.hi) <= range.hi();
    }
    return is_on_grid && range.min() <= Dyadic(Int(extent_.lo), -f_) && Dyadic(Int(extent_.hi), -f_) <= range.max();
}

Dyadic Column::at(size_t sample) const {
    switch (kind_) {
        case Kind::small: return Dyadic(Int(codes_[sample]), -f_);
        case Kind::real: return Dyadic::from_double(real(sample)).value();
        case Kind::exact: return exact_[sample];
    }
    internal_error("kind", __FILE__, __LINE__, "no such kind of column");
}

void Column::to_reals(BlockReals& reals) const {
    if (kind_ == Kind::real)
        reals = std::bit_cast<BlockReals>(codes_);
    else if (kind_ == Kind::small && std::abs(f_) <= 5000)
        kernel::to_reals(codes_, static_cast<int>(f_), reals);
    else
        for (size_t s = 0; s < block_samples; ++s) reals[s] = nearest_double(at(s));
}

uint64_t Column::magnitude_bound() const {
    return std::max(static_cast<uint64_t>(std::max<int64_t>(extent_.hi, 0)),
                    ~static_cast<uint64_t>(std::min<int64_t>(extent_.lo, -1)) + 1);
}

void Column::settle() {
    extent_ = kernel::extent(codes_);
    if (extent_.bits == 0) f_ = 0;
    // Products need as many bits as both factors: zeros at the end are not dragged along for ever.
    constexpr uint64_t long_code = uint64_t{1} << 31;
    const int zeros = extent_.bits == 0 ? 0 : std::countr_zero(extent_.bits);
    if (zeros == 0 || magnitude_bound() < long_code) return;
    for (int64_t& code : codes_) code >>= zeros;
    f_ -= zeros;
    extent_ = {extent_.lo >> zeros, extent_.hi >> zeros, extent_.bits >> zeros};
}

template <class Exact>
Column Column::exactly(const Exact& value_of) {
    std::vector<Dyadic> values;
    values.reserve(block_samples);
    for (size_t s = 0; s < block_samples; ++s) values.push_back(value_of(s));
    return of_exact(std::move(values));
}

/// Computes on a common binary point; `small` gives codes on it.
template <class Small, class Exact>
Column Column::aligned(const Column& a, const Column& b, const Small& small, const Exact& exact) {
    if (a.kind_ == Kind::small && b.kind_ == Kind::small) {
        const int64_t f = a.is_zero() ? b.f_ : b.is_zero() ? a.f_ : std::max(a.f_, b.f_);
        const int64_t shift_a = a.is_zero() ? 0 : f - a.f_;
        const int64_t shift_b = b.is_zero() ? 0 : f - b.f_;
        if (fits(a.magnitude_bound(), shift_a + 1) && fits(b.magnitude_bound(), shift_b + 1)) {
            Column result;
            result.f_ = f;
            const auto factor_a = int64_t{1} << shift_a;
            const auto factor_b = int64_t{1} << shift_b;
            for (size_t s = 0; s < block_samples; ++s)
                result.codes_[s] = small(a.codes_[s] * factor_a, b.codes_[s] * factor_b);
            result.settle();
            return result;
        }
    }
    return exactly([&](size_t s) { return exact(a.at(s), b.at(s)); });
}

Column operator+(const Column& a, const Column& b) {
    return Column::aligned(
        a, b, [](int64_t x, int64_t y) { return x + y; }, [](const Dyadic& x, const Dyadic& y) { return x + y; });
}

Column operator-(const Column& a, const Column& b) {
    return Column::aligned(
        a, b, [](int64_t x, int64_t y) { return x - y; }, [](const Dyadic& x, const Dyadic& y) { return x - y; });
}

Column operator*(const Column& a, const Column& b) {
    uint64_t bound = 0;
    if (a.kind_ == Column::Kind::small && b.kind_ == Column::Kind::small &&
        !__builtin_mul_overflow(a.magnitude_bound(), b.magnitude_bound(), &bound) && bound < too_large) {
        Column result;
        result.f_ = a.f_ + b.f_;
        for (size_t s = 0; s < block_samples; ++s) result.codes_[s] = a.codes_[s] * b.codes_[s];
        result.settle();
        return result;
    }
    return Column::exactly([&](size_t s) { return a.at(s) * b.at(s); });
}

Column operator-(const Column& a) { return Column() - a; }

Column shifted(const Column& a, int amount) {
    if (a.kind_ != Column::Kind::small) return Column::exactly([&](size_t s) { return a.at(s).shifted(amount); });
    Column result = a;
    if (!a.is_zero()) result.f_ -= amount;
    return result;
}

Column positive(const Column& a) { return larger(a, Column()); }
Column magnitude(const Column& a) { return larger(a, -a); }

Column smaller(const Column& a, const Column& b) {
    return Column::aligned(
        a, b, [](int64_t x, int64_t y) { return y < x ? y : x; },
        [](const Dyadic& x, const Dyadic& y) { return y < x ? y : x; });
}

Column larger(const Column& a, const Column& b) {
    return Column::aligned(
        a, b, [](int64_t x, int64_t y) { return x < y ? y : x; },
        [](const Dyadic& x, const Dyadic& y) { return x < y ? y : x; });
}

Column holding(Relation relation, const Column& a, const Column& b) {
    Column result = Column::aligned(
        a, b, [&](int64_t x, int64_t y) { return holds(relation, x, y) ? 1 : 0; },
        [&](const Dyadic& x, const Dyadic& y) { return Dyadic(holds(relation, x, y) ? 1 : 0); });
    result.f_ = 0;  // whatever the operands' is
    return result;
}

Column chosen(const Column& condition, const Column& if_true, const Column& if_false) {
    std::array<bool, block_samples> is_true{};
    for (size_t s = 0; s < block_samples; ++s)
        is_true[s] = condition.kind_ == Column::Kind::small ? condition.codes_[s] != 0 : !condition.at(s).is_zero();
    // The two arms are aligned, and then one of each pair is taken; both are seen in order.
    size_t small_at = 0;
    size_t exact_at = 0;
    return Column::aligned(
        if_true, if_false, [&](int64_t x, int64_t y) { return is_true[small_at++] ? x : y; },
        [&](const Dyadic& x, const Dyadic& y) { return is_true[exact_at++] ? x : y; });
}

Column combined(BitFunction function, const Column& a, const Column& b) {
    const auto both_and = [](const Dyadic& x, const Dyadic& y) { return bit_and(x, y); };
    const auto both_or = [](const Dyadic& x, const Dyadic& y) { return bit_or(x, y); };
    const auto both_xor = [](const Dyadic& x, const Dyadic& y) { return bit_xor(x, y); };
    switch (function) {
        case BitFunction::bit_and: return Column::aligned(a, b, [](int64_t x, int64_t y) { return x & y; }, both_and);
        case BitFunction::bit_or: return Column::aligned(a, b, [](int64_t x, int64_t y) { return x | y; }, both_or);
        case BitFunction::bit_xor: return Column::aligned(a, b, [](int64_t x, int64_t y) { return x ^ y; }, both_xor);
    }
    internal_error("function", __FILE__, __LINE__, "no such bit function");
}

Column Column::rounded(int f, Round round) const {
    constexpr int64_t deepest = 63;  // bits below this are all the same to a small code
    Column result;
    result.f_ = f;
    if (kind_ == Kind::small) {
        if (is_zero()) return {};
        const int64_t drop = f_ - f;
        if (drop > 0 || fits(magnitude_bound(), -drop)) {
            result.codes_ = codes_;
            if (drop > 0) kernel::round(result.codes_, static_cast<int>(std::min(drop, deepest)), round);
            if (drop < 0)
                for (int64_t& code : result.codes_) code *= int64_t{1} << -drop;
            result.settle();
            return result;
        }
    }
    if (kind_ == Kind::real && kernel::round(std::bit_cast<BlockReals>(codes_), f, round, result.codes_)) {
        result.settle();
        return result;
    }
    if (kind_ == Kind::real) {
        bool small = true;
        for (size_t s = 0; s < block_samples && small; ++s) {
            const auto [mantissa, exponent] = parts_of(real(s));
            const int64_t drop = -(int64_t{exponent} + f);
            const auto bound = static_cast<uint64_t>(std::abs(mantissa));
            small = drop >= 0 || fits(bound, -drop);
            if (!small) break;
            result.codes_[s] = drop > 0 ? round_code_shifted(Int(mantissa), std::min(drop, deepest), round).to_int64()
                                        : mantissa * (int64_t{1} << (mantissa == 0 ? 0 : -drop));
        }
        if (small) {
            result.settle();
            return result;
        }
    }
    return exactly([&](size_t s) { return Dyadic(round_code(Rational(at(s)), f, round), -int64_t{f}); });
}

Column Column::limited(const Kif& kif, Overflow overflow) const {
    if (is_zero()) return {};  // which every format has
    if (kind_ == Kind::small && kif.width() < most_bits && fits(magnitude_bound(), kif.f - f_)) {
        Column result;
        result.f_ = kif.f;
        const int64_t factor = int64_t{1} << (kif.f - f_);
        for (size_t s = 0; s < block_samples; ++s) result.codes_[s] = codes_[s] * factor;
        const int64_t hi = kif.max_code().to_int64();
        const int64_t least = kif.min_code().to_int64();
        const int64_t lo = overflow == Overflow::sat_sym && kif.k ? -hi : least;
        if (extent_.lo * factor < lo || hi < extent_.hi * factor) {
            switch (overflow) {
                case Overflow::wrap: kernel::wrap(result.codes_, kif.width(), least); break;
                case Overflow::sat:
                case Overflow::sat_sym: kernel::clamp(result.codes_, lo, hi); break;
                case Overflow::sat_zero: kernel::clear_outside(result.codes_, lo, hi); break;
            }
        }
        result.settle();
        return result;
    }
    const auto limit = [&](size_t s) { return overflow_code(at(s).code(kif.f).value(), kif, overflow); };
    if (kif.width() >= most_bits) return exactly([&](size_t s) { return Dyadic(limit(s), -int64_t{kif.f}); });
    BlockCodes codes;
    for (size_t s = 0; s < block_samples; ++s) codes[s] = limit(s).to_int64();
    return of_codes(codes, kif.f);
}

Column Column::quantized(const Format& format) const {
    if (format.kif.is_zero()) return {};
    return rounded(format.kif.f, format.round).limited(format.kif, format.overflow);
}

std::optional<Column> Column::sum_of_products(const std::vector<const Column*>& x, const int64_t* weights, int64_t f) {
    int64_t point = INT64_MIN;  // the finest of all
    for (const Column* column : x) {
        if (column->kind_ != Kind::small) return std::nullopt;
        if (!column->is_zero()) point = std::max(point, column->f_);
    }
    Column result;
    if (point == INT64_MIN) return result;
    uint64_t bound = 0;
    for (size_t j = 0; j < x.size(); ++j) {
        if (x[j]->is_zero()) continue;
        const auto weight = static_cast<uint64_t>(std::abs(weights[j]));
        uint64_t most = 0;
        if (!fits(weight, point - x[j]->f_) ||
            __builtin_mul_overflow(weight << (point - x[j]->f_), x[j]->magnitude_bound(), &most) ||
            __builtin_add_overflow(bound, most, &bound) || bound >= too_large)
            return std::nullopt;
        kernel::add_product(result.codes_, x[j]->codes_, weights[j] * (int64_t{1} << (point - x[j]->f_)));
    }
    result.f_ = point + f;
    result.settle();
    return result;
}

}  // namespace dal
