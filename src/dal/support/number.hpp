// Exact numbers. Dyadic is n·2^e: every value that a program computes. Rational adds an odd
// denominator: constants such as 0.1 until somebody asks for a format. Both are canonical, so that
// equality is structural.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "dal/support/int.hpp"

namespace dal {

/// mantissa · 2^exponent with an odd mantissa, or 0 · 2^0.
class Dyadic {
  public:
    Dyadic() = default;
    Dyadic(Int mantissa, int64_t exponent = 0);  // NOLINT(google-explicit-constructor)
    Dyadic(int value) : Dyadic(Int(value)) {}    // NOLINT(google-explicit-constructor)
    /// Exact; nothing for NaN and infinities.
    static std::optional<Dyadic> from_double(double value);

    [[nodiscard]] const Int& mantissa() const noexcept { return mantissa_; }
    [[nodiscard]] int64_t exponent() const noexcept { return exponent_; }
    [[nodiscard]] bool is_zero() const noexcept { return mantissa_.is_zero(); }
    [[nodiscard]] bool is_negative() const noexcept { return mantissa_.is_negative(); }
    /// The value as n with value = n·2^-f, if it is a multiple of 2^-f.
    [[nodiscard]] std::optional<Int> code(int64_t f) const;
    /// The double with exactly this value, if there is one.
    [[nodiscard]] std::optional<double> to_double() const;
    /// Exact decimal text ("-0.40625"); past 40 digits n·2^e as "mantissa*2^exponent".
    [[nodiscard]] std::string to_string() const;
    /// For people: exact if that takes few digits, else rounded to nine, with a mark: "0.0756206321…", "1.25…e+60";
    /// "3*2^-70" if that is short.
    [[nodiscard]] std::string shown() const;

    /// value · 2^amount; any sign.
    [[nodiscard]] Dyadic shifted(int64_t amount) const;
    Dyadic operator-() const { return {-mantissa_, exponent_}; }
    friend Dyadic operator+(const Dyadic& a, const Dyadic& b);
    friend Dyadic operator-(const Dyadic& a, const Dyadic& b) { return a + -b; }
    friend Dyadic operator*(const Dyadic& a, const Dyadic& b) {
        return {a.mantissa_ * b.mantissa_, a.exponent_ + b.exponent_};
    }
    friend bool operator==(const Dyadic& a, const Dyadic& b) noexcept = default;
    friend std::strong_ordering operator<=>(const Dyadic& a, const Dyadic& b);

  private:
    Int mantissa_;
    int64_t exponent_ = 0;
};

/// numerator / denominator with an odd positive denominator, coprime.
class Rational {
  public:
    Rational() = default;
    Rational(Dyadic value) : numerator_(std::move(value)) {}    // NOLINT(google-explicit-constructor)
    Rational(int value) : numerator_(value) {}                  // NOLINT(google-explicit-constructor)
    Rational(const Dyadic& numerator, const Int& denominator);  ///< denominator ≠ 0
    /// Parses an unsigned decimal literal: digits, optional fraction and exponent, '_' after a first
    /// digit ("12", "0.1", "1_000.5e-3"). Nothing on other text, |exponent| > 10000 or more than
    /// 10000 digits: nobody means them, and arithmetic on them would take minutes.
    static std::optional<Rational> from_decimal(std::string_view text);

    [[nodiscard]] const Dyadic& numerator() const noexcept { return numerator_; }
    [[nodiscard]] const Int& denominator() const noexcept { return denominator_; }
    [[nodiscard]] bool is_dyadic() const noexcept { return denominator_ == Int(1); }
    [[nodiscard]] bool is_zero() const noexcept { return numerator_.is_zero(); }
    [[nodiscard]] bool is_negative() const noexcept { return numerator_.is_negative(); }
    /// The value as an integer of 64 bits, if it is one.
    [[nodiscard]] std::optional<int64_t> to_int64() const;
    /// floor(value · 2^f).
    [[nodiscard]] Int floor_scaled(int64_t f) const;
    /// This if it is a multiple of 2^-f, else the middle between the two around it: a number that is in the same order
    /// with all multiples of 2^-f, and so is rounded to fewer than f fractional bits as this is, in every mode.
    [[nodiscard]] Dyadic stand_in(int64_t f) const;
    [[nodiscard]] std::string to_string() const;
    /// For people: see Dyadic::shown; a fraction stays one if it is short.
    [[nodiscard]] std::string shown() const;

    Rational operator-() const;
    friend Rational operator+(const Rational& a, const Rational& b);
    friend Rational operator-(const Rational& a, const Rational& b) { return a + -b; }
    friend Rational operator*(const Rational& a, const Rational& b);
    friend Rational operator/(const Rational& a, const Rational& b);  ///< b ≠ 0
    friend bool operator==(const Rational& a, const Rational& b) noexcept = default;
    friend std::strong_ordering operator<=>(const Rational& a, const Rational& b);

  private:
    Dyadic numerator_;
    Int denominator_ = 1;
};

}  // namespace dal
