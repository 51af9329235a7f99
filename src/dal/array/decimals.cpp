#include "dal/array/decimals.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

namespace dal {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr double no_double = std::numeric_limits<double>::quiet_NaN();

/// What a number consists of.
struct Parts {
    bool negative = false;
    uint64_t mantissa = 0;  ///< the digits, if there are at most 19
    int64_t exponent = 0;   ///< of 10, for the mantissa
    bool is_short = true;   ///< mantissa and exponent are all there is to know
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Nothing if the text is no decimal number.
std::optional<Parts> parts_of(std::string_view text) {
    Parts parts;
    size_t at = 0;
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) parts.negative = text[at++] == '-';
    int count = 0;  // of digits behind leading zeros
    const auto digits = [&](int exponent_step) {
        const size_t first = at;
        for (; at < text.size() && is_digit(text[at]); ++at) {
            if (count > 0 || text[at] != '0') ++count;
            if (count <= 19) parts.mantissa = parts.mantissa * 10 + static_cast<uint64_t>(text[at] - '0');
            parts.exponent += exponent_step;
        }
        return at > first;
    };
    if (!digits(0)) return std::nullopt;
    if (at < text.size() && text[at] == '.') {
        ++at;
        if (!digits(-1)) return std::nullopt;
    }
    parts.is_short = count <= 19;
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        const bool negative = at < text.size() && text[at] == '-';
        if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
        const size_t first = at;
        int64_t power = 0;
        for (; at < text.size() && is_digit(text[at]); ++at)
            power = std::min<int64_t>(power * 10 + text[at] - '0', 1 << 20);
        if (at == first) return std::nullopt;
        parts.exponent += negative ? -power : power;
    }
    if (at != text.size()) return std::nullopt;
    return parts;
}

bool is_not_finite(std::string_view text) {
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    constexpr std::array<std::string_view, 3> names{"nan", "inf", "infinity"};
    return std::ranges::any_of(names, [&](std::string_view name) {
        return std::ranges::equal(text, name, [](char a, char b) { return (a | 0x20) == b; });
    });
}

/// mantissa / 5^power · 2^-power, rounded to odd: cut to 53 bits, of which the last is set if anything was lost. Such
/// a number lies on the same side of every multiple of its second last bit as the value. Second: whether it is exact.
std::pair<double, bool> to_odd_double(uint64_t mantissa, int power) {
    if (mantissa == 0) return {0, true};
    uint64_t divisor = 1;
    for (int j = 0; j < power; ++j) divisor *= 5;
    const int zeros = std::countl_zero(mantissa);
    const auto dividend = static_cast<Wide>(mantissa << zeros) << 64;
    const Wide quotient = dividend / divisor;  // of 64 bits at least
    const bool divides = quotient * divisor == dividend;
    const auto high = static_cast<uint64_t>(quotient >> 64);
    const int bits = high != 0 ? 128 - std::countl_zero(high) : 64;
    constexpr int kept = 53;
    const int drop = bits - kept;
    auto code = static_cast<uint64_t>(quotient >> drop);
    const bool exact = divides && (quotient & ((static_cast<Wide>(1) << drop) - 1)) == 0;
    if (!exact) code |= 1;
    return {std::ldexp(static_cast<double>(code), drop - 64 - zeros - power), exact};
}

/// 5^27 is the last power below 2^63.
constexpr int64_t most_places = 27;

std::optional<Rational> exact_value(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    auto value = Rational::from_decimal(text);
    return value && negative ? -*value : value;
}

}  // namespace

Decimals::Decimals(Shape shape, int finest)
    : shape_(std::move(shape)), elements_(std::max<int64_t>(1, element_count(shape_))), finest_(finest) {}

bool Decimals::add(std::string_view text) {
    const auto parts = parts_of(text);
    double value = no_double;
    if (!parts) {
        if (!is_not_finite(text)) return false;
    } else if (parts->is_short && parts->exponent <= 0 && parts->exponent >= -most_places) {
        const auto [odd, exact] = to_odd_double(parts->mantissa, static_cast<int>(-parts->exponent));
        // In units of 2^-finest - 1 it has two bits to spare, so that it is on the same side of each half.
        if (exact || odd < std::ldexp(1.0, 50 - finest_)) value = parts->negative ? -odd : odd;
    } else if (const auto exact = exact_value(text)) {
        if (exact->is_dyadic()) value = exact->numerator().to_double().value_or(no_double);
    } else {
        return false;  // more digits, or a larger exponent, than anybody means
    }
    text_ += text;
    ends_.push_back(text_.size());
    doubles_.push_back(value);
    return true;
}

Decimals Decimals::slice(int64_t first, int64_t count) const {
    Decimals some(shape_, finest_);
    for (int64_t sample = first; sample < first + count; ++sample)
        for (int64_t element = 0; element < elements_; ++element) some.add(text(sample, element));
    return some;
}

std::string_view Decimals::text(int64_t sample, int64_t element) const {
    const auto index = static_cast<size_t>(sample * elements_ + element);
    const size_t begin = index == 0 ? 0 : ends_[index - 1];
    return std::string_view(text_).substr(begin, ends_[index] - begin);
}

std::optional<Dyadic> Decimals::at(int64_t sample, int64_t element) const {
    const auto value = exact_value(text(sample, element));
    if (!value) return std::nullopt;
    if (value->is_dyadic()) return value->numerator();
    // Between two neighbours of a grid that is finer than all roundings and their halves. The value is there, and so is
    // the point in the middle; 80 bits for those who want to know how large it is.
    const int64_t f = std::max<int64_t>(int64_t{finest_} + 1, 80);
    return Dyadic(value->floor_scaled(f) * Int(2) + Int(1), -f - 1);
}

std::string to_decimal(const Dyadic& value) {
    if (value.exponent() >= 0) return (value.mantissa() << value.exponent()).to_string();
    const int64_t places = -value.exponent();
    Int digits = abs(value.mantissa());  // n / 2^e = n·5^e / 10^e
    Int power = 5;
    for (int64_t rest = places; rest > 0; rest >>= 1, power *= power)
        if ((rest & 1) != 0) digits *= power;
    std::string text = digits.to_string();
    const auto count = static_cast<size_t>(places);
    if (text.size() <= count) text = std::string(count + 1 - text.size(), '0') + text;
    const size_t point = text.size() - count;
    return (value.is_negative() ? "-" : "") + text.substr(0, point) + "." + text.substr(point);
}

}  // namespace dal
