#include "dal/edsl/number.hpp"

#include "dal/edsl/session.hpp"
#include "dal/numeric/real.hpp"
#include "dal/sema/builtins/real_functions.hpp"
#include "dal/support/check.hpp"
#include "dal/support/codes/constant_codes.hpp"

namespace dal::edsl {
namespace {

[[noreturn]] void refuse(const RealProblem& problem, const Location& at) {
    Session session({}, at);
    sema::report_real(session.elaborator(), {problem, 0}, {}, session.span());
    session.finish();
    internal_error("problem", __FILE__, __LINE__, "a problem of a real number that was not reported");
}

template <class T>
T need(RealResult<T> result, const Location& at) {
    if (!result) refuse(result.error(), at);
    return std::move(*result);
}

Number number(RealResult<Real> result, const Location& at) { return Number(need(std::move(result), at)); }

Rational from_double(double value, const Location& at) {
    const auto exact = Dyadic::from_double(value);
    if (!exact)
        fail(error(code::bad_constant, {}, "the constant is not a finite number")
                 .with_rule("constants are finite numbers"),
             at);
    return *exact;
}

Rational from_text(std::string_view text, const Location& at) {
    const bool negative = text.starts_with('-');
    const std::string_view magnitude = text.substr(negative ? 1 : 0);
    const size_t bar = magnitude.find('/');
    auto value = Rational::from_decimal(magnitude.substr(0, bar));
    if (bar != std::string_view::npos) {
        const auto divisor = Rational::from_decimal(magnitude.substr(bar + 1));
        value = value && divisor && !divisor->is_zero() ? std::optional(*value / *divisor) : std::nullopt;
    }
    if (!value)
        fail(error(code::bad_constant, {}, in_quotes(text) + " is not a number")
                 .with_rule("numbers are written `12`, `-0.1`, `1.5e-3`, or as a quotient of two, `2/3`; with at most "
                            "10,000 digits and exponents from -10,000 to 10,000"),
             at);
    return negative ? -*value : *value;
}

}  // namespace

Number::Number() : real_(std::make_shared<const Real>()) {}
Number::Number(Rational value) : real_(std::make_shared<const Real>(std::move(value))) {}
Number::Number(const Real& value) : real_(std::make_shared<const Real>(value)) {}
Number::Number(double value, Location at) : Number(from_double(value, at)) {}
Number::Number(std::string_view text, Location at) : Number(from_text(text, at)) {}

std::optional<Rational> Number::rational() const { return real_->rational(); }
std::string Number::to_string() const { return real_->to_string(); }

Dyadic Number::quantized(const Format& format, Location at) const {
    return {need(quantize_code(*real_, format), at), -static_cast<int64_t>(format.kif.f)};
}

Number operator+(const NumberOperand& a, const NumberOperand& b) {
    return number(dal::add(a.value.real(), b.value.real()), a.at);
}
Number operator-(const NumberOperand& a, const NumberOperand& b) {
    return number(dal::sub(a.value.real(), b.value.real()), a.at);
}
Number operator*(const NumberOperand& a, const NumberOperand& b) {
    return number(dal::mul(a.value.real(), b.value.real()), a.at);
}
Number operator/(const NumberOperand& a, const NumberOperand& b) {
    return number(dal::div(a.value.real(), b.value.real()), a.at);
}
Number operator-(const NumberOperand& a) { return number(dal::neg(a.value.real()), a.at); }
std::strong_ordering operator<=>(const NumberOperand& a, const NumberOperand& b) {
    return need(dal::compare(a.value.real(), b.value.real()), a.at) <=> 0;
}
bool operator==(const NumberOperand& a, const NumberOperand& b) { return (a <=> b) == 0; }

#define DAL_NUMBER_FUNCTION(name) \
    Number name(const Number& x, Location at) { return number(dal::apply(RealFunction::name, x.real()), at); }
DAL_NUMBER_FUNCTION(exp)
DAL_NUMBER_FUNCTION(exp2)
DAL_NUMBER_FUNCTION(log)
DAL_NUMBER_FUNCTION(log2)
DAL_NUMBER_FUNCTION(sqrt)
DAL_NUMBER_FUNCTION(sin)
DAL_NUMBER_FUNCTION(cos)
DAL_NUMBER_FUNCTION(tan)
DAL_NUMBER_FUNCTION(asin)
DAL_NUMBER_FUNCTION(acos)
DAL_NUMBER_FUNCTION(atan)
DAL_NUMBER_FUNCTION(sinh)
DAL_NUMBER_FUNCTION(cosh)
DAL_NUMBER_FUNCTION(tanh)
DAL_NUMBER_FUNCTION(sigmoid)
DAL_NUMBER_FUNCTION(erf)
#undef DAL_NUMBER_FUNCTION

Number pow(const Number& a, const Number& b, Location at) { return number(dal::pow(a.real(), b.real()), at); }
Number atan2(const Number& y, const Number& x, Location at) { return number(dal::atan2(y.real(), x.real()), at); }
Number abs(const Number& x, Location at) { return number(dal::abs(x.real()), at); }
Number min(const Number& a, const Number& b, Location at) { return number(dal::min(a.real(), b.real()), at); }
Number max(const Number& a, const Number& b, Location at) { return number(dal::max(a.real(), b.real()), at); }
Number pi() { return Number(Real::pi()); }
Number e() { return exp(Number(1)); }

}  // namespace dal::edsl
