#include "dal/support/int.hpp"

#include <bit>
#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>

#include "dal/support/check.hpp"
#include "dal/support/hash.hpp"

namespace dal {

using boost::multiprecision::cpp_int;

namespace {

__extension__ typedef __int128 Wide;  // holds any sum, difference or product of two int64_t

static_assert(sizeof(boost::multiprecision::limb_type) == 8, "words of Int are limbs of cpp_int");

std::span<const boost::multiprecision::limb_type> limbs(const cpp_int& value) {
    return {value.backend().limbs(), value.backend().size()};
}

uint64_t magnitude_of(int64_t value) {
    return value < 0 ? ~static_cast<uint64_t>(value) + 1 : static_cast<uint64_t>(value);
}

}  // namespace

struct Int::Big {
    cpp_int value;
};

/// The only bridge between Int and cpp_int: widening on the way in, canonical form on the way out.
struct IntAccess {
    static cpp_int widen(const Int& a) { return a.big_ ? a.big_->value : cpp_int(a.small_); }
    static const cpp_int& big(const Int& a) { return a.big_->value; }

    /// a op b for any mix of sizes, at least one of them big.
    template <class Op>
    static Int apply(const Int& a, const Int& b, Op op) {
        cpp_int result = !a.big_   ? op(cpp_int(a.small_), b.big_->value)
                         : !b.big_ ? op(a.big_->value, cpp_int(b.small_))
                                   : op(a.big_->value, b.big_->value);
        return make(std::move(result));
    }

    static Int make(cpp_int value) {
        const auto words = limbs(value);
        const bool negative = value.backend().sign();
        constexpr uint64_t edge = uint64_t{1} << 63;  // magnitude of the lowest int64_t
        if (words.size() == 1 && (words[0] < edge || (negative && words[0] == edge)))
            return static_cast<int64_t>(negative ? ~words[0] + 1 : words[0]);
        Int result;
        result.big_ = new Int::Big{std::move(value)};
        return result;
    }

    static Int make(Wide value) {
        if (value >= std::numeric_limits<int64_t>::min() && value <= std::numeric_limits<int64_t>::max())
            return static_cast<int64_t>(value);
        return make(cpp_int(value));
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
    DAL_CHECK(exponent < (int64_t{1} << 31), "exponent " + std::to_string(exponent));
    return IntAccess::make(cpp_int(cpp_int(1) << static_cast<unsigned>(exponent)));
}

std::optional<Int> Int::from_decimal(std::string_view text) {
    const bool negative = text.starts_with('-');
    const std::string_view digits = text.substr(negative ? 1 : 0);
    if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
    // In chunks of 18 digits, which are exact in int64_t.
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
    // cpp_int is sign-magnitude; -v = ~v + 1, with the carry going up through the words.
    const bool negative = big_negative();
    const auto magnitude = limbs(big_->value);
    bool carry = negative;
    for (size_t j = 0; j < count; ++j) {
        const uint64_t word = j < magnitude.size() ? magnitude[j] : 0;
        words[j] = (negative ? ~word : word) + (carry ? 1 : 0);
        carry = carry && words[j] == 0;
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
    if (!big_) return std::bit_width(magnitude_of(small_));
    const auto words = limbs(big_->value);
    return static_cast<int64_t>(words.size()) * 64 - std::countl_zero(words.back());
}

int64_t Int::trailing_zeros() const noexcept {
    if (!big_) return small_ == 0 ? 0 : std::countr_zero(static_cast<uint64_t>(small_));
    const auto words = limbs(big_->value);
    size_t at = 0;
    while (words[at] == 0) ++at;  // a big value is not 0
    return static_cast<int64_t>(at) * 64 + std::countr_zero(words[at]);
}

bool Int::bit(int64_t index) const {
    DAL_CHECK(index >= 0, "bit " + std::to_string(index));
    if (!big_) return index >= 64 ? small_ < 0 : ((small_ >> index) & 1) != 0;
    const auto words = limbs(big_->value);
    const auto word = static_cast<size_t>(index / 64);
    const bool magnitude = word < words.size() && (words[word] >> (index % 64) & 1) != 0;
    // -v = ~v + 1 changes exactly the bits above the lowest one.
    return big_negative() && index > trailing_zeros() ? !magnitude : magnitude;
}

size_t Int::hash() const noexcept {
    if (!big_) return spread(static_cast<uint64_t>(small_));
    return hash_value(big_->value);
}

bool Int::big_negative() const noexcept { return big_->value.backend().sign(); }
bool Int::big_odd() const noexcept { return (limbs(big_->value)[0] & 1) != 0; }

Int Int::operator-() const {
    if (!big_ && small_ != std::numeric_limits<int64_t>::min()) return -small_;
    return IntAccess::make(-IntAccess::widen(*this));
}

Int Int::add_slow(const Int& a, const Int& b) {
    if (!a.big_ && !b.big_) return IntAccess::make(Wide{a.small_} + b.small_);
    return IntAccess::apply(a, b, [](const cpp_int& x, const cpp_int& y) { return cpp_int(x + y); });
}

Int Int::sub_slow(const Int& a, const Int& b) {
    if (!a.big_ && !b.big_) return IntAccess::make(Wide{a.small_} - b.small_);
    return IntAccess::apply(a, b, [](const cpp_int& x, const cpp_int& y) { return cpp_int(x - y); });
}

Int Int::mul_slow(const Int& a, const Int& b) {
    if (!a.big_ && !b.big_) return IntAccess::make(Wide{a.small_} * b.small_);
    return IntAccess::apply(a, b, [](const cpp_int& x, const cpp_int& y) { return cpp_int(x * y); });
}

int Int::compare_slow(const Int& a, const Int& b) noexcept {
    // A big value lies outside int64_t, so its sign decides against a small one.
    if (!a.big_) return b.big_negative() ? 1 : -1;
    if (!b.big_) return a.big_negative() ? -1 : 1;
    return a.big_->value.compare(b.big_->value);
}

Int Int::shift_left_slow(const Int& a, int64_t amount) {
    DAL_CHECK(amount >= 0, "shift by " + std::to_string(amount));
    if (a.is_zero()) return {};
    DAL_CHECK(amount < (int64_t{1} << 31), "shift by " + std::to_string(amount));
    return IntAccess::make(cpp_int(IntAccess::widen(a) << static_cast<unsigned>(amount)));
}

Int Int::shift_right_slow(const Int& a, int64_t amount) {
    DAL_CHECK(amount >= 0, "shift by " + std::to_string(amount));
    if (!a.big_) return a.small_ >> 63;
    if (amount > a.bit_length()) return a.is_negative() ? -1 : 0;
    const auto n = static_cast<unsigned>(amount);
    if (!a.is_negative()) return IntAccess::make(cpp_int(IntAccess::big(a) >> n));
    // floor(-m / 2^n) = -((m - 1) >> n) - 1. Not cpp_int's own shift of negatives, which loses the sign
    // of -(2^64 + 1) >> 1 in Boost 1.74.
    const cpp_int below = -IntAccess::big(a) - 1;
    return IntAccess::make(cpp_int(-cpp_int(below >> n) - 1));
}

Int Int::floor_div(const Int& a, const Int& b) {
    DAL_CHECK(!b.is_zero(), "division by zero");
    if (!a.big_ && !b.big_ && b.small_ != -1) {  // -1: the lowest int64_t has no negative
        const int64_t quotient = a.small_ / b.small_;
        const int64_t remainder = a.small_ % b.small_;
        return remainder != 0 && (remainder < 0) != (b.small_ < 0) ? quotient - 1 : quotient;
    }
    cpp_int quotient;
    cpp_int remainder;
    divide_qr(IntAccess::widen(a), IntAccess::widen(b), quotient, remainder);
    if (remainder != 0 && (remainder < 0) != b.is_negative()) quotient -= 1;
    return IntAccess::make(std::move(quotient));
}

Int Int::floor_mod(const Int& a, const Int& b) {
    if (!a.big_ && !b.big_ && b.small_ > 0) {
        const int64_t remainder = a.small_ % b.small_;
        return remainder < 0 ? remainder + b.small_ : remainder;
    }
    return a - floor_div(a, b) * b;
}

Int Int::gcd(const Int& a, const Int& b) {
    if (!a.big_ && !b.big_) return std::gcd(magnitude_of(a.small_), magnitude_of(b.small_));
    return IntAccess::make(cpp_int(boost::multiprecision::gcd(IntAccess::widen(a), IntAccess::widen(b))));
}

}  // namespace dal
