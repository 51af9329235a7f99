#include "dal/support/number.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "dal/support/check.hpp"

namespace dal {
namespace {

constexpr int64_t max_decimal_exponent = 10'000;

Int pow10(int64_t exponent) {
    Int result = 1;
    Int base = 10;
    for (; exponent > 0; exponent >>= 1) {
        if (exponent & 1) result *= base;
        base *= base;
    }
    return result;
}

Int pow5(int64_t exponent) { return pow10(exponent) >> exponent; }

}  // namespace

Dyadic::Dyadic(Int mantissa, int64_t exponent) : mantissa_(std::move(mantissa)), exponent_(exponent) {
    if (mantissa_.is_zero()) {
        exponent_ = 0;
    } else if (const int64_t zeros = mantissa_.trailing_zeros(); zeros > 0) {
        mantissa_ >>= zeros;
        exponent_ += zeros;
    }
}

std::optional<Dyadic> Dyadic::from_double(double value) {
    if (!std::isfinite(value)) return std::nullopt;
    int exponent = 0;
    const double fraction = std::frexp(value, &exponent);
    return Dyadic(Int(static_cast<int64_t>(std::ldexp(fraction, 53))), exponent - 53);
}

std::optional<Int> Dyadic::code(int64_t f) const {
    if (exponent_ + f < 0) return is_zero() ? std::optional<Int>(0) : std::nullopt;
    return mantissa_ << (exponent_ + f);
}

std::optional<double> Dyadic::to_double() const {
    const int64_t bits = mantissa_.bit_length();
    // Normal numbers end at 2^1024, and no double has bits below 2^-1074.
    if (bits > 53 || bits + exponent_ > 1024 || exponent_ < -1074) return std::nullopt;
    return std::ldexp(mantissa_.to_double(), static_cast<int>(exponent_));
}

std::string Dyadic::to_string() const {
    constexpr int64_t most_digits = 40;
    if (exponent_ >= 0) {
        if (mantissa_.bit_length() + exponent_ <= 130) return (mantissa_ << exponent_).to_string();
    } else if (-exponent_ <= most_digits && mantissa_.bit_length() <= 200) {
        // n / 2^e = n·5^e / 10^e.
        std::string digits = (abs(mantissa_) * pow5(-exponent_)).to_string();
        const auto places = static_cast<size_t>(-exponent_);
        if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
        digits.insert(digits.size() - places, ".");
        return (is_negative() ? "-" : "") + digits;
    }
    return mantissa_.to_string() + "*2^" + std::to_string(exponent_);
}

Dyadic Dyadic::shifted(int64_t amount) const { return is_zero() ? Dyadic() : Dyadic(mantissa_, exponent_ + amount); }

Dyadic operator+(const Dyadic& a, const Dyadic& b) {
    if (a.is_zero()) return b;
    if (b.is_zero()) return a;
    const int64_t exponent = std::min(a.exponent_, b.exponent_);
    return {(a.mantissa_ << (a.exponent_ - exponent)) + (b.mantissa_ << (b.exponent_ - exponent)), exponent};
}

std::strong_ordering operator<=>(const Dyadic& a, const Dyadic& b) { return (a - b).mantissa_ <=> Int(0); }

Rational::Rational(const Dyadic& numerator, const Int& denominator) {
    DAL_CHECK(!denominator.is_zero(), "a rational with denominator 0");
    const int64_t twos = denominator.trailing_zeros();
    const Int odd = abs(denominator) >> twos;
    const Int divisor = Int::gcd(numerator.mantissa(), odd);
    const Int mantissa = Int::floor_div(numerator.mantissa(), divisor);
    numerator_ = Dyadic(denominator.is_negative() ? -mantissa : mantissa, numerator.exponent() - twos);
    denominator_ = numerator_.is_zero() ? Int(1) : Int::floor_div(odd, divisor);
}

std::optional<Rational> Rational::from_decimal(std::string_view text) {
    std::string digits;
    int64_t places = 0;
    size_t at = 0;
    bool point = false;
    for (; at < text.size(); ++at) {
        const char c = text[at];
        if (c >= '0' && c <= '9') {
            digits += c;
            places += point ? 1 : 0;
        } else if (c == '.' && !point) {
            point = true;
        } else if (c == '_') {
            continue;
        } else {
            break;
        }
    }
    int64_t exponent = 0;
    if (at < text.size()) {
        if (text[at] != 'e' && text[at] != 'E') return std::nullopt;
        std::string_view tail = text.substr(at + 1);
        if (tail.starts_with('+')) tail.remove_prefix(1);
        const auto parsed = Int::from_decimal(tail);
        if (!parsed || abs(*parsed) > Int(max_decimal_exponent)) return std::nullopt;
        exponent = parsed->to_int64();
    }
    const auto mantissa = Int::from_decimal(digits);
    if (!mantissa) return std::nullopt;
    exponent -= places;
    if (exponent >= 0) return Rational(Dyadic(*mantissa * pow10(exponent)));
    return Rational(Dyadic(*mantissa), pow10(-exponent));
}

std::optional<int64_t> Rational::to_int64() const {
    if (!is_dyadic() || numerator_.exponent() + numerator_.mantissa().bit_length() > 64) return std::nullopt;
    const auto code = numerator_.code(0);
    if (!code || !code->fits_int64()) return std::nullopt;
    return code->to_int64();
}

Int Rational::floor_scaled(int64_t f) const {
    const int64_t exponent = numerator_.exponent() + f;
    if (exponent >= 0) return Int::floor_div(numerator_.mantissa() << exponent, denominator_);
    return Int::floor_div(numerator_.mantissa(), denominator_) >> -exponent;
}

std::string Rational::to_string() const {
    if (is_dyadic()) return numerator_.to_string();
    const Dyadic& n = numerator_;
    if (n.exponent() >= 0) return (n.mantissa() << n.exponent()).to_string() + "/" + denominator_.to_string();
    return n.mantissa().to_string() + "/" + (denominator_ << -n.exponent()).to_string();
}

Rational Rational::operator-() const {
    Rational result = *this;
    result.numerator_ = -result.numerator_;
    return result;
}

Rational operator+(const Rational& a, const Rational& b) {
    if (a.is_dyadic() && b.is_dyadic()) return a.numerator_ + b.numerator_;
    return {a.numerator_ * Dyadic(b.denominator_) + b.numerator_ * Dyadic(a.denominator_),
            a.denominator_ * b.denominator_};
}

Rational operator*(const Rational& a, const Rational& b) {
    if (a.is_dyadic() && b.is_dyadic()) return a.numerator_ * b.numerator_;
    return {a.numerator_ * b.numerator_, a.denominator_ * b.denominator_};
}

Rational operator/(const Rational& a, const Rational& b) {
    DAL_CHECK(!b.is_zero(), "division of " + a.to_string() + " by zero");
    const Dyadic& n = b.numerator_;
    return {(a.numerator_ * Dyadic(b.denominator_)).shifted(-n.exponent()), a.denominator_ * n.mantissa()};
}

std::strong_ordering operator<=>(const Rational& a, const Rational& b) { return (a - b).numerator_ <=> Dyadic(); }

}  // namespace dal
