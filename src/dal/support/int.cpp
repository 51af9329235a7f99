#include "dal/support/int.hpp"

#include <bit>
#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <limits>

#include "dal/support/check.hpp"

namespace dal {

using boost::multiprecision::cpp_int;

struct Int::Big {
    cpp_int value;
};

/// The only bridge between Int and cpp_int: widening on the way in, canonical form on the way out.
struct IntAccess {
    static cpp_int widen(const Int& a) { return a.big_ ? a.big_->value : cpp_int(a.small_); }
    static const cpp_int& big(const Int& a) { return a.big_->value; }

    static Int make(cpp_int value) {
        static const cpp_int low(std::numeric_limits<int64_t>::min());
        static const cpp_int high(std::numeric_limits<int64_t>::max());
        if (value >= low && value <= high) return static_cast<int64_t>(value);
        Int result;
        result.big_ = new Int::Big{std::move(value)};
        return result;
    }
};

Int::Int(unsigned long value) {
    if (value <= static_cast<unsigned long>(std::numeric_limits<int64_t>::max()))
        small_ = static_cast<int64_t>(value);
    else
        big_ = new Big{cpp_int(value)};
}

Int::Big* Int::clone(const Big* big) { return new Big{*big}; }
void Int::destroy(Big* big) noexcept { delete big; }

Int Int::pow2(int64_t exponent) {
    DAL_CHECK(exponent >= 0, "exponent " + std::to_string(exponent));
    if (exponent < 63) return int64_t{1} << exponent;
    return IntAccess::make(cpp_int(1) << static_cast<unsigned>(exponent));
}

std::optional<Int> Int::from_decimal(std::string_view text) {
    const bool negative = text.starts_with('-');
    const std::string_view digits = text.substr(negative ? 1 : 0);
    if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
    // Halving keeps the conversion of very long literals below quadratic in practice: chunks of 18
    // digits are exact in int64_t.
    cpp_int value = 0;
    for (size_t at = 0; at < digits.size();) {
        const size_t n = std::min<size_t>(18, digits.size() - at);
        int64_t chunk = 0;
        int64_t scale = 1;
        for (size_t j = 0; j < n; ++j) {
            chunk = chunk * 10 + (digits[at + j] - '0');
            scale *= 10;
        }
        value = value * scale + chunk;
        at += n;
    }
    return IntAccess::make(negative ? cpp_int(-value) : std::move(value));
}

Int Int::from_words(const uint64_t* words, size_t count) {
    if (count == 0) return {};
    if (count == 1) return static_cast<int64_t>(words[0]);
    const bool negative = (words[count - 1] >> 63) != 0;
    cpp_int value = 0;
    for (size_t j = count; j-- > 0;) value = (value << 64) | words[j];
    if (negative) value -= cpp_int(1) << static_cast<unsigned>(64 * count);
    return IntAccess::make(std::move(value));
}

void Int::to_words(uint64_t* words, size_t count) const {
    if (!big_) {
        for (size_t j = 0; j < count; ++j)
            words[j] = j == 0 ? static_cast<uint64_t>(small_) : (small_ < 0 ? ~uint64_t{0} : 0);
        return;
    }
    // Two's complement by hand: cpp_int is sign-magnitude. -v = ~(v - 1).
    const bool negative = big_negative();
    cpp_int magnitude = negative ? cpp_int(-big_->value - 1) : big_->value;
    for (size_t j = 0; j < count; ++j) {
        const auto word = static_cast<uint64_t>(magnitude & std::numeric_limits<uint64_t>::max());
        words[j] = negative ? ~word : word;
        magnitude >>= 64;
    }
}

int64_t Int::to_int64() const {
    DAL_CHECK(!big_, to_string() + " does not fit 64 bits");
    return small_;
}

double Int::to_double() const {
    if (!big_) return static_cast<double>(small_);
    // Keep 64 leading bits with a sticky bit, so that one rounding (to even) decides.
    const int64_t bits = bit_length();
    const int64_t shift = bits - 64;
    const cpp_int magnitude = big_negative() ? cpp_int(-big_->value) : big_->value;
    if (shift <= 0) {
        const auto value = static_cast<double>(static_cast<uint64_t>(magnitude));
        return big_negative() ? -value : value;
    }
    cpp_int top = magnitude >> static_cast<unsigned>(shift);
    auto leading = static_cast<uint64_t>(top);
    if ((top << static_cast<unsigned>(shift)) != magnitude) leading |= 1;
    const double value = std::ldexp(static_cast<double>(leading), static_cast<int>(std::min<int64_t>(shift, 100000)));
    return big_negative() ? -value : value;
}

std::string Int::to_string() const { return big_ ? big_->value.str() : std::to_string(small_); }

int64_t Int::bit_length() const noexcept {
    if (!big_) {
        const uint64_t magnitude = small_ < 0 ? ~static_cast<uint64_t>(small_) + 1 : static_cast<uint64_t>(small_);
        return 64 - std::countl_zero(magnitude);
    }
    return static_cast<int64_t>(msb(big_negative() ? cpp_int(-big_->value) : big_->value)) + 1;
}

int64_t Int::trailing_zeros() const noexcept {
    if (!big_) return small_ == 0 ? 0 : std::countr_zero(static_cast<uint64_t>(small_));
    return static_cast<int64_t>(lsb(big_negative() ? cpp_int(-big_->value) : big_->value));
}

bool Int::bit(int64_t index) const {
    if (!big_) return index >= 64 ? small_ < 0 : ((small_ >> index) & 1) != 0;
    if (!big_negative()) return bit_test(big_->value, static_cast<unsigned>(index));
    return !bit_test(cpp_int(-big_->value - 1), static_cast<unsigned>(index));
}

size_t Int::hash() const noexcept {
    if (!big_) return std::hash<int64_t>()(small_) * 0x9E3779B97F4A7C15U;
    return hash_value(big_->value);
}

bool Int::big_negative() const noexcept { return big_->value < 0; }
bool Int::big_odd() const noexcept { return bit_test(big_negative() ? cpp_int(-big_->value) : big_->value, 0); }

Int Int::operator-() const {
    if (!big_ && small_ != std::numeric_limits<int64_t>::min()) return -small_;
    return IntAccess::make(-IntAccess::widen(*this));
}

Int Int::add_slow(const Int& a, const Int& b) { return IntAccess::make(IntAccess::widen(a) + IntAccess::widen(b)); }
Int Int::sub_slow(const Int& a, const Int& b) { return IntAccess::make(IntAccess::widen(a) - IntAccess::widen(b)); }
Int Int::mul_slow(const Int& a, const Int& b) { return IntAccess::make(IntAccess::widen(a) * IntAccess::widen(b)); }
int Int::compare_slow(const Int& a, const Int& b) noexcept { return IntAccess::widen(a).compare(IntAccess::widen(b)); }

Int operator<<(const Int& a, int64_t amount) {
    DAL_CHECK(amount >= 0, "shift by " + std::to_string(amount));
    if (a.is_zero()) return {};
    if (a.fits_int64() && a.bit_length() + amount < 63) return a.to_int64() * (int64_t{1} << amount);
    DAL_CHECK(amount < (int64_t{1} << 31), "shift by " + std::to_string(amount));
    return IntAccess::make(IntAccess::widen(a) << static_cast<unsigned>(amount));
}

Int operator>>(const Int& a, int64_t amount) {
    DAL_CHECK(amount >= 0, "shift by " + std::to_string(amount));
    if (a.fits_int64()) return a.to_int64() >> std::min<int64_t>(amount, 63);
    if (amount > a.bit_length()) return a.is_negative() ? -1 : 0;
    return IntAccess::make(IntAccess::widen(a) >> static_cast<unsigned>(amount));
}

Int Int::floor_div(const Int& a, const Int& b) {
    DAL_CHECK(!b.is_zero(), "division by zero");
    cpp_int quotient;
    cpp_int remainder;
    divide_qr(IntAccess::widen(a), IntAccess::widen(b), quotient, remainder);
    if (remainder != 0 && (remainder < 0) != b.is_negative()) quotient -= 1;
    return IntAccess::make(std::move(quotient));
}

Int Int::floor_mod(const Int& a, const Int& b) { return a - floor_div(a, b) * b; }

Int Int::gcd(const Int& a, const Int& b) {
    return IntAccess::make(boost::multiprecision::gcd(IntAccess::widen(a), IntAccess::widen(b)));
}

}  // namespace dal
