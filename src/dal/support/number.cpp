#include "dal/support/number.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "dal/support/check.hpp"

namespace dal {
namespace {

constexpr int64_t max_decimal_exponent = 10'000;
constexpr size_t max_decimal_digits = 10'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Moves the digits at the start of `text` to the end of `digits`; '_' may follow the first.
/// False if there are none, or too many.
bool take_digits(std::string_view& text, std::string& digits) {
    size_t at = 0;
    for (; at < text.size() && (is_digit(text[at]) || (text[at] == '_' && at > 0)); ++at)
        if (text[at] != '_') digits += text[at];
    text.remove_prefix(at);
    return at > 0 && digits.size() <= max_decimal_digits;
}

Int pow10(int64_t exponent) {
    Int result = 1;
    Int base = 10;
    for (; exponent > 0; exponent >>= 1) {
        if ((exponent & 1) != 0) result *= base;
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
    // IEEE 754 binary64: 52 stored bits, the leading one implied except for subnormals.
    const auto bits = std::bit_cast<uint64_t>(value);
    const auto exponent = static_cast<int64_t>(bits >> 52 & 0x7FF);
    if (exponent == 0x7FF) return std::nullopt;
    auto mantissa = static_cast<int64_t>(bits & ((uint64_t{1} << 52) - 1));
    if (exponent != 0) mantissa |= int64_t{1} << 52;
    return Dyadic(Int((bits >> 63) != 0 ? -mantissa : mantissa), std::max<int64_t>(exponent, 1) - 1075);
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

std::string Dyadic::shown() const {
    constexpr size_t exact_digits = 24;
    constexpr size_t some_digits = 9;
    constexpr int64_t farthest = 4096;  // beyond it digits take long
    constexpr int64_t short_mantissa = 10;
    if (exponent_ < -farthest || mantissa_.bit_length() + exponent_ > farthest) return to_string();
    if (mantissa_.bit_length() <= short_mantissa) return to_string();
    const auto places = static_cast<size_t>(std::max<int64_t>(0, -exponent_));
    // n / 2^e = n·5^e / 10^e.
    const Int scaled = exponent_ < 0 ? abs(mantissa_) * pow5(-exponent_) : abs(mantissa_) << exponent_;
    std::string digits = scaled.to_string();
    if (digits.size() <= exact_digits && places <= exact_digits) return to_string();
    // The value is d.ddd… · 10^power; rounding may carry into a digit more.
    int64_t power = static_cast<int64_t>(digits.size()) - 1 - static_cast<int64_t>(places);
    if (digits.size() > some_digits) {
        const bool up = digits[some_digits] >= '5';
        const std::string cut = (*Int::from_decimal(digits.substr(0, some_digits)) + Int(up ? 1 : 0)).to_string();
        power += static_cast<int64_t>(cut.size() - some_digits);
        digits = cut;
    }
    digits.erase(std::min(digits.find_last_not_of('0') + 1, digits.size()));
    const auto padded = [&](size_t count) { return digits + std::string(count - std::min(count, digits.size()), '0'); };
    const std::string sign = is_negative() ? "-" : "";
    if (power < 0 && power >= -5) return sign + "0." + std::string(static_cast<size_t>(-power - 1), '0') + digits + "…";
    const auto whole = static_cast<size_t>(std::max<int64_t>(power, 0)) + 1;
    if (power >= 0 && whole < some_digits) {
        const std::string text = padded(whole + 1);
        return sign + text.substr(0, whole) + "." + text.substr(whole) + "…";
    }
    const std::string text = padded(2);
    return sign + text.substr(0, 1) + "." + text.substr(1) + "…e" + (power < 0 ? "" : "+") + std::to_string(power);
}

Dyadic Dyadic::shifted(int64_t amount) const { return is_zero() ? Dyadic() : Dyadic(mantissa_, exponent_ + amount); }

Dyadic operator+(const Dyadic& a, const Dyadic& b) {
    if (a.is_zero()) return b;
    if (b.is_zero()) return a;
    const int64_t exponent = std::min(a.exponent_, b.exponent_);
    return {(a.mantissa_ << (a.exponent_ - exponent)) + (b.mantissa_ << (b.exponent_ - exponent)), exponent};
}

std::strong_ordering operator<=>(const Dyadic& a, const Dyadic& b) {
    if (a.exponent_ == b.exponent_) return a.mantissa_ <=> b.mantissa_;
    const int sign = a.mantissa_.sign();
    if (sign != b.mantissa_.sign() || sign == 0) return sign <=> b.mantissa_.sign();
    // Same sign: the position of the leading bit decides, mostly; it spares aligning distant exponents.
    const int64_t top_a = a.exponent_ + a.mantissa_.bit_length();
    const int64_t top_b = b.exponent_ + b.mantissa_.bit_length();
    if (top_a != top_b) return sign > 0 ? top_a <=> top_b : top_b <=> top_a;
    return (a - b).mantissa_ <=> Int(0);
}

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
    if (!take_digits(text, digits)) return std::nullopt;
    const size_t whole = digits.size();
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        if (!take_digits(text, digits)) return std::nullopt;
    }
    int64_t exponent = -static_cast<int64_t>(digits.size() - whole);
    if (text.starts_with('e') || text.starts_with('E')) {
        text.remove_prefix(1);
        const bool negative = text.starts_with('-');
        if (negative || text.starts_with('+')) text.remove_prefix(1);
        std::string power;
        if (!take_digits(text, power)) return std::nullopt;
        const Int parsed = Int::from_decimal(power).value();
        if (parsed > Int(max_decimal_exponent)) return std::nullopt;
        exponent += negative ? -parsed.to_int64() : parsed.to_int64();
    }
    if (!text.empty()) return std::nullopt;
    const Int mantissa = Int::from_decimal(digits).value();
    if (exponent >= 0) return Rational(Dyadic(mantissa * pow10(exponent)));
    return Rational(Dyadic(mantissa), pow10(-exponent));
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

Dyadic Rational::stand_in(int64_t f) const {
    if (is_dyadic() && numerator_.exponent() >= -f) return numerator_;
    return {(floor_scaled(f) << 1) + Int(1), -f - 1};
}

std::string Rational::shown() const {
    constexpr size_t short_fraction = 24;
    if (is_dyadic()) return numerator_.shown();
    std::string text = to_string();
    if (text.size() <= short_fraction) return text;
    constexpr int64_t some_bits = 64;
    const int64_t magnitude = numerator_.mantissa().bit_length() + numerator_.exponent() - denominator_.bit_length();
    return stand_in(some_bits - magnitude).shown();
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
