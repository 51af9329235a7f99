// Exact numbers for C++ programs: rationals, and real numbers such as exp(1) that stay exact until somebody rounds
// them. What tables are computed with, and constants. A `double` is taken as the dyadic number that it is: Number(0.1)
// is 3602879701896397/2^55; write 0.1_exact or Number("0.1") for one tenth. Not for running programs: it is slow.
#pragma once

#include <compare>
#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "dal/edsl/error.hpp"
#include "dal/numeric/kif.hpp"

namespace dal {
class Real;
}

namespace dal::edsl {

struct NumberOperand;

class Number {
  public:
    Number();  ///< 0
    template <std::integral T>
    Number(T value) : Number(Rational(Dyadic(Int(value)))) {}  // NOLINT(google-explicit-constructor)
    /// Exactly the value of the double. Error bad_constant: NaN or infinite.
    Number(double value, Location at = Location::current());      // NOLINT(google-explicit-constructor)
    Number(Rational value);                                       // NOLINT(google-explicit-constructor)
    Number(Dyadic value) : Number(Rational(std::move(value))) {}  // NOLINT(google-explicit-constructor)
    /// "0.1", "-1.5e-3", "2/3". Error bad_constant on other text.
    explicit Number(std::string_view text, Location at = Location::current());
    explicit Number(const char* text, Location at = Location::current()) : Number(std::string_view(text), at) {}
    explicit Number(const Real& value);

    /// The value, if it is known to be rational.
    [[nodiscard]] std::optional<Rational> rational() const;
    /// Correctly rounded to a format. Error cannot_decide when 16,384 bits do not tell how.
    [[nodiscard]] Dyadic quantized(const Format& format, Location at = Location::current()) const;
    /// The rational itself, or some digits with "…".
    [[nodiscard]] std::string to_string() const;
    [[nodiscard]] const Real& real() const noexcept { return *real_; }

    // Errors: undefined_value, division_by_zero; comparisons cannot_decide.
    friend Number operator+(const NumberOperand& a, const NumberOperand& b);
    friend Number operator-(const NumberOperand& a, const NumberOperand& b);
    friend Number operator*(const NumberOperand& a, const NumberOperand& b);
    friend Number operator/(const NumberOperand& a, const NumberOperand& b);
    friend Number operator-(const NumberOperand& a);
    friend bool operator==(const NumberOperand& a, const NumberOperand& b);
    friend std::strong_ordering operator<=>(const NumberOperand& a, const NumberOperand& b);

  private:
    std::shared_ptr<const Real> real_;
};

/// An operand with the line of its expression, made implicitly.
struct NumberOperand {
    template <class T>
        requires std::convertible_to<T, Number>
    NumberOperand(T&& from, Location where = Location::current())  // NOLINT(google-explicit-constructor)
        : value(to_number(std::forward<T>(from), where)), at(where) {}
    Number value;
    Location at;

  private:
    template <class T>
    static Number to_number(T&& from, Location where) {
        if constexpr (std::floating_point<std::remove_cvref_t<T>>)
            return Number(static_cast<double>(from), where);
        else
            return std::forward<T>(from);
    }
};

// Errors: undefined_value where the function has no value.
Number exp(const Number& x, Location at = Location::current());
Number exp2(const Number& x, Location at = Location::current());
Number log(const Number& x, Location at = Location::current());
Number log2(const Number& x, Location at = Location::current());
Number sqrt(const Number& x, Location at = Location::current());
Number sin(const Number& x, Location at = Location::current());
Number cos(const Number& x, Location at = Location::current());
Number tan(const Number& x, Location at = Location::current());
Number asin(const Number& x, Location at = Location::current());
Number acos(const Number& x, Location at = Location::current());
Number atan(const Number& x, Location at = Location::current());
Number sinh(const Number& x, Location at = Location::current());
Number cosh(const Number& x, Location at = Location::current());
Number tanh(const Number& x, Location at = Location::current());
Number sigmoid(const Number& x, Location at = Location::current());  ///< 1 / (1 + exp(-x))
Number erf(const Number& x, Location at = Location::current());
Number pow(const Number& a, const Number& b, Location at = Location::current());
Number atan2(const Number& y, const Number& x, Location at = Location::current());
Number abs(const Number& x, Location at = Location::current());
Number min(const Number& a, const Number& b, Location at = Location::current());
Number max(const Number& a, const Number& b, Location at = Location::current());
Number pi();
Number e();  ///< of exp: 2.71828…

inline namespace literals {
/// 0.1_exact is one tenth, not the double next to it.
inline Number operator""_exact(const char* digits) { return Number(std::string_view(digits)); }
}  // namespace literals

}  // namespace dal::edsl
