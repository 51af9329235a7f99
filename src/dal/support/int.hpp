// Exact integers of any size. Values that fit 64 bits live inline and cost about as much as
// int64_t; larger ones use a Boost.Multiprecision integer that stays hidden behind int.cpp, so that
// this header is cheap to include. Used wherever dal needs to be exact: codes, interval ends, weights.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace dal {

class Int {
  public:
    Int() noexcept = default;
    Int(int value) noexcept : small_(value) {}                                 // NOLINT(google-explicit-constructor)
    Int(long value) noexcept : small_(value) {}                                // NOLINT(google-explicit-constructor)
    Int(long long value) noexcept : small_(value) {}                           // NOLINT(google-explicit-constructor)
    Int(unsigned value) noexcept : small_(static_cast<int64_t>(value)) {}      // NOLINT(google-explicit-constructor)
    Int(unsigned long value);                                                  // NOLINT(google-explicit-constructor)
    Int(unsigned long long value) : Int(static_cast<unsigned long>(value)) {}  // NOLINT(google-explicit-constructor)
    Int(const Int& other) : small_(other.small_), big_(other.big_ ? clone(other.big_) : nullptr) {}
    Int(Int&& other) noexcept : small_(other.small_), big_(std::exchange(other.big_, nullptr)) {}
    Int& operator=(const Int& other) {
        if (this != &other) *this = Int(other);
        return *this;
    }
    Int& operator=(Int&& other) noexcept {
        small_ = other.small_;
        std::swap(big_, other.big_);
        return *this;
    }
    ~Int() {
        if (big_) destroy(big_);
    }

    /// 2^exponent; exponent ≥ 0.
    static Int pow2(int64_t exponent);
    /// Parses an optional '-' and decimal digits; nothing on any other text. Quadratic in the digits.
    static std::optional<Int> from_decimal(std::string_view text);
    /// The integer whose two's-complement form is `count` 64-bit words, least significant first.
    static Int from_words(const uint64_t* words, size_t count);

    /// Writes the low `count` 64-bit words of the two's-complement form, least significant first.
    void to_words(uint64_t* words, size_t count) const;
    [[nodiscard]] bool fits_int64() const noexcept { return big_ == nullptr; }
    /// The value; only if fits_int64() (checked).
    [[nodiscard]] int64_t to_int64() const;
    /// Nearest double, ties to even; infinite when out of range. For display and estimates only.
    [[nodiscard]] double to_double() const;
    [[nodiscard]] std::string to_string() const;

    [[nodiscard]] bool is_zero() const noexcept { return !big_ && small_ == 0; }
    [[nodiscard]] bool is_negative() const noexcept { return big_ ? big_negative() : small_ < 0; }
    [[nodiscard]] bool is_odd() const noexcept { return big_ ? big_odd() : (small_ & 1) != 0; }
    [[nodiscard]] int sign() const noexcept { return is_zero() ? 0 : is_negative() ? -1 : 1; }
    /// Bits of |value|: 0 for 0, 1 for ±1, 8 for ±255.
    [[nodiscard]] int64_t bit_length() const noexcept;
    /// Number of trailing zero bits of |value|; 0 for 0.
    [[nodiscard]] int64_t trailing_zeros() const noexcept;
    /// Bit `index` of the two's-complement form (sign-extended without end); index ≥ 0.
    [[nodiscard]] bool bit(int64_t index) const;
    [[nodiscard]] size_t hash() const noexcept;

    Int operator-() const;
    Int& operator+=(const Int& b) {
        int64_t r;
        if (!big_ && !b.big_ && !__builtin_add_overflow(small_, b.small_, &r)) [[likely]]
            small_ = r;
        else
            *this = add_slow(*this, b);
        return *this;
    }
    Int& operator-=(const Int& b) {
        int64_t r;
        if (!big_ && !b.big_ && !__builtin_sub_overflow(small_, b.small_, &r)) [[likely]]
            small_ = r;
        else
            *this = sub_slow(*this, b);
        return *this;
    }
    Int& operator*=(const Int& b) {
        int64_t r;
        if (!big_ && !b.big_ && !__builtin_mul_overflow(small_, b.small_, &r)) [[likely]]
            small_ = r;
        else
            *this = mul_slow(*this, b);
        return *this;
    }
    Int& operator<<=(int64_t amount) { return *this = *this << amount; }
    Int& operator>>=(int64_t amount) { return *this = *this >> amount; }

    friend Int operator+(Int a, const Int& b) { return a += b; }
    friend Int operator-(Int a, const Int& b) { return a -= b; }
    friend Int operator*(Int a, const Int& b) { return a *= b; }
    /// Exact; amount ≥ 0.
    friend Int operator<<(const Int& a, int64_t amount) {
        if (!a.big_ && static_cast<uint64_t>(amount) < 63) [[likely]] {
            const auto r = static_cast<int64_t>(static_cast<uint64_t>(a.small_) << amount);
            if (r >> amount == a.small_) [[likely]]
                return r;
        }
        return shift_left_slow(a, amount);
    }
    /// Rounds toward minus infinity; amount ≥ 0.
    friend Int operator>>(const Int& a, int64_t amount) {
        if (!a.big_ && static_cast<uint64_t>(amount) < 64) [[likely]]
            return a.small_ >> amount;
        return shift_right_slow(a, amount);
    }

    friend bool operator==(const Int& a, const Int& b) noexcept {
        return !a.big_ && !b.big_ ? a.small_ == b.small_ : compare_slow(a, b) == 0;
    }
    friend std::strong_ordering operator<=>(const Int& a, const Int& b) noexcept {
        return !a.big_ && !b.big_ ? a.small_ <=> b.small_ : compare_slow(a, b) <=> 0;
    }

    /// Floor division and its remainder (0 ≤ remainder < |divisor| for a positive divisor); divisor ≠ 0.
    static Int floor_div(const Int& a, const Int& b);
    static Int floor_mod(const Int& a, const Int& b);
    /// Greatest common divisor, not negative; gcd(0, 0) = 0.
    static Int gcd(const Int& a, const Int& b);

  private:
    struct Big;  // wraps boost::multiprecision::cpp_int
    friend struct IntAccess;

    static Big* clone(const Big* big);
    static void destroy(Big* big) noexcept;
    static Int add_slow(const Int& a, const Int& b);
    static Int sub_slow(const Int& a, const Int& b);
    static Int mul_slow(const Int& a, const Int& b);
    static Int shift_left_slow(const Int& a, int64_t amount);
    static Int shift_right_slow(const Int& a, int64_t amount);
    static int compare_slow(const Int& a, const Int& b) noexcept;
    [[nodiscard]] bool big_negative() const noexcept;
    [[nodiscard]] bool big_odd() const noexcept;

    int64_t small_ = 0;   // the value, if big_ is null
    Big* big_ = nullptr;  // owned; only for values outside int64_t (canonical)
};

inline Int abs(const Int& a) { return a.is_negative() ? -a : a; }
inline const Int& min(const Int& a, const Int& b) { return b < a ? b : a; }
inline const Int& max(const Int& a, const Int& b) { return a < b ? b : a; }

}  // namespace dal

template <>
struct std::hash<dal::Int> {
    size_t operator()(const dal::Int& a) const noexcept { return a.hash(); }
};
