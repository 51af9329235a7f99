// Arithmetic on real numbers: sums and products in canonical form, domains of functions.
#include "dal/numeric/real.hpp"

#include <algorithm>

#include "dal/numeric/real_enclosure.hpp"
#include "dal/numeric/real_node.hpp"

namespace dal {
namespace real {
namespace {

constexpr size_t max_parts = 64;          // a longer sum or product becomes one part of the next
constexpr int64_t max_power_bits = 8192;  // a larger power of a rational is not written out
constexpr int quick_bits = 256;           // to simplify: giving up is no error
constexpr uint32_t max_root = 1024;       // higher roots are exp(log(a) / n)
constexpr int64_t max_exponent = 1'000'000'000'000;

using Problem = RealProblem::Kind;

tl::unexpected<RealProblem> fail(Problem kind, std::string message, std::string rule = "") {
    return tl::unexpected(problem(kind, std::move(message), std::move(rule)));
}

/// Numbers too long to go on with: a sum of 1 and 2^-20000 is one.
bool is_small(const Rational& value) {
    return value.numerator().mantissa().bit_length() <= max_real_bits &&
           value.denominator().bit_length() <= max_real_bits && value.numerator().exponent() <= 4 * max_real_bits &&
           value.numerator().exponent() >= -4 * max_real_bits;
}

/// A sum under construction.
class Sum {
  public:
    void add(const Rational& coefficient, const Real& real) {
        if (coefficient.is_zero()) return;
        if (const Rational* value = as_rational(real)) {
            constant_ = constant_ + coefficient * *value;
            return;
        }
        const SumNode* sum = as_sum(real);
        if (!sum || sum->terms.size() > max_parts) {
            term(coefficient, real);
            return;
        }
        constant_ = constant_ + coefficient * sum->constant;
        for (const Term& part : sum->terms) term(coefficient * part.coefficient, part.real);
    }

    RealResult<Real> result() && {
        std::erase_if(terms_, [](const Term& part) { return part.coefficient.is_zero(); });
        const bool small = is_small(constant_) && std::all_of(terms_.begin(), terms_.end(), [](const Term& part) {
                               return is_small(part.coefficient);
                           });
        if (!small)
            return fail(Problem::too_large,
                        "a rational number of more than " + std::to_string(max_real_bits) + " bits");
        return make_sum(std::move(constant_), std::move(terms_));
    }

  private:
    void term(const Rational& coefficient, const Real& real) {
        for (Term& known : terms_)
            if (same(known.real, real)) {
                known.coefficient = known.coefficient + coefficient;
                return;
            }
        terms_.push_back({coefficient, real});
    }

    Rational constant_;
    std::vector<Term> terms_;
};

RealResult<Real> scaled(const Rational& factor, const Real& real) {
    Sum sum;
    sum.add(factor, real);
    return std::move(sum).result();
}

RealResult<Real> combined(const Rational& a, const Real& x, const Rational& b, const Real& y) {
    Sum sum;
    sum.add(a, x);
    sum.add(b, y);
    return std::move(sum).result();
}

/// A real number as coefficient · rest, where the rest is 1 for a rational.
struct Scaled {
    Rational coefficient;
    Real rest;
};
Scaled split(const Real& real) {
    if (const Rational* value = as_rational(real)) return {*value, Real(Rational(1))};
    const SumNode* sum = as_sum(real);
    if (sum && sum->terms.size() == 1 && sum->constant.is_zero())
        return {sum->terms.front().coefficient, sum->terms.front().real};
    return {Rational(1), real};
}

const OperationNode* as_root_of_rational(const Real& real) {
    if (real.node().kind != Kind::root) return nullptr;
    const auto& node = static_cast<const OperationNode&>(real.node());
    return as_rational(node.a) ? &node : nullptr;
}

std::optional<Rational> rational_power(const Rational& base, int64_t n) {
    const Rational b = n < 0 ? Rational(1) / base : base;
    const int64_t count = n < 0 ? -n : n;
    const Dyadic& numerator = b.numerator();
    const int64_t bits = std::max(
        {numerator.mantissa().bit_length(), b.denominator().bit_length(), numerator.exponent(), -numerator.exponent()});
    if (count > max_power_bits || bits * count > max_power_bits) return std::nullopt;
    Rational result = 1;
    for (int64_t bit = 63; bit >= 0; --bit) {
        result = result * result;
        if ((count >> bit) & 1) result = result * b;
    }
    return result;
}

/// A product under construction; no factor is rational, unless it is a power too large to be written out.
class Product {
  public:
    RealResult<void> multiply(const Real& real, int64_t exponent) {
        const Scaled parts = split(real);
        if (parts.coefficient != Rational(1)) {
            if (const auto value = rational_power(parts.coefficient, exponent))
                coefficient_ = coefficient_ * *value;
            else
                factor(Real(parts.coefficient), exponent);
        }
        if (as_rational(parts.rest)) return {};
        if (const ProductNode* product = as_product(parts.rest); product && product->factors.size() <= max_parts) {
            for (const Factor& part : product->factors) {
                int64_t power = 0;
                if (__builtin_mul_overflow(part.exponent, exponent, &power)) power = max_exponent + 1;
                if (auto done = base(part.base, power); !done) return done;
            }
            return {};
        }
        return base(parts.rest, exponent);
    }

    RealResult<Real> result() && {
        if (!exponent_.empty()) {
            Sum sum;
            for (const Term& term : exponent_) sum.add(term.coefficient, term.real);
            auto power = std::move(sum).result().and_then([](const Real& x) { return apply(RealFunction::exp, x); });
            if (!power) return power;
            if (!as_rational(*power)) factor(*power, 1);
        }
        for (size_t j = 0; j < factors_.size(); ++j) reduce_root(j);
        std::erase_if(factors_, [](const Factor& part) { return part.exponent == 0; });
        for (const Factor& part : factors_)
            if (part.exponent > max_exponent || part.exponent < -max_exponent)
                return fail(Problem::too_large, "a power with an exponent of more than 10^12");
        const Rational coefficient = coefficient_;
        return make_product(std::move(factors_)).and_then([&](const Real& rest) { return scaled(coefficient, rest); });
    }

  private:
    RealResult<void> base(const Real& real, int64_t exponent) {
        if (exponent > max_exponent || exponent < -max_exponent)
            return fail(Problem::too_large, "a power with an exponent of more than 10^12");
        if (const Real* power = argument_of(RealFunction::exp, real))
            exponent_.push_back({Rational(Dyadic(Int(exponent))), *power});
        else
            factor(real, exponent);
        return {};
    }

    void factor(const Real& real, int64_t exponent) {
        for (Factor& known : factors_) {
            if (same(known.base, real)) {
                known.exponent += exponent;
                return;
            }
            // sqrt(2) · sqrt(3) is sqrt(6).
            const OperationNode* a = as_root_of_rational(known.base);
            const OperationNode* b = as_root_of_rational(real);
            if (a && b && a->n == b->n && known.exponent == 1 && exponent == 1) {
                const Rational radicand = *as_rational(a->a) * *as_rational(b->a);
                auto joined = is_small(radicand) ? root(Real(radicand), a->n) : RealResult<Real>(Real());
                if (!is_small(radicand) || !joined) continue;
                const Scaled parts = split(*joined);
                coefficient_ = coefficient_ * parts.coefficient;
                known = {parts.rest, as_rational(parts.rest) ? 0 : 1};
                return;
            }
        }
        factors_.push_back({real, exponent});
    }

    /// sqrt(2)^3 is 2 · sqrt(2), and 1 / sqrt(2) is sqrt(2) / 2.
    void reduce_root(size_t j) {
        const OperationNode* node = as_root_of_rational(factors_[j].base);
        if (!node) return;
        const auto n = static_cast<int64_t>(node->n);
        const int64_t exponent = factors_[j].exponent;
        const int64_t whole = exponent >= 0 ? exponent / n : -((-exponent + n - 1) / n);
        const auto value = rational_power(*as_rational(node->a), whole);
        if (whole == 0 || !value) return;
        factors_[j].exponent = exponent - whole * n;
        coefficient_ = coefficient_ * *value;
    }

    Rational coefficient_ = 1;
    std::vector<Factor> factors_;
    std::vector<Term> exponent_;  ///< of e
};

}  // namespace

RealResult<Real> integer_power(const Real& a, int64_t n) {
    if (n == 0) return Real(Rational(1));
    Product product;
    if (auto done = product.multiply(a, n); !done) return tl::unexpected(done.error());
    return std::move(product).result();
}

RealResult<Real> root(const Real& a, uint32_t n) {
    if (const Real* power = argument_of(RealFunction::exp, a))
        return scaled(Rational(1) / Rational(static_cast<int>(n)), *power).and_then([](const Real& x) {
            return apply(RealFunction::exp, x);
        });
    const Rational* value = as_rational(a);
    if (!value) return make_operation(Kind::root, a, Real(), n);
    if (value->is_zero()) return Real();
    // value = number · 2^(n·whole) / divisor^n, with an integer number.
    const int64_t exponent = value->numerator().exponent();
    const int64_t whole = exponent >= 0 ? exponent / n : -((-exponent + n - 1) / n);
    Int number = value->numerator().mantissa() << (exponent - whole * n);
    Int divisor = 1;
    if (const auto exact = exact_root(value->denominator(), n)) {
        divisor = *exact;
    } else {
        const auto power = rational_power(Rational(Dyadic(value->denominator())), static_cast<int64_t>(n) - 1);
        if (!power) return make_operation(Kind::root, a, Real(), n);
        number = number * *power->numerator().code(0);
        divisor = value->denominator();
    }
    const Rational outside(Dyadic(Int(1), whole), divisor);
    if (const auto exact = exact_root(number, n)) return Real(outside * Rational(Dyadic(*exact)));
    // Square factors of small primes, so that sqrt(12) and 2 · sqrt(3) are the same.
    Int factor = 1;
    constexpr uint32_t low_degree = 8;
    for (const int prime : {2, 3, 5, 7, 11, 13}) {
        if (n > low_degree) break;
        Int power = prime;
        for (uint32_t j = 1; j < n; ++j) power *= prime;
        while (Int::floor_mod(number, power).is_zero()) {
            number = Int::floor_div(number, power);
            factor *= prime;
        }
    }
    return make_operation(Kind::root, Real(Rational(Dyadic(number))), Real(), n).and_then([&](const Real& rest) {
        return scaled(outside * Rational(Dyadic(factor)), rest);
    });
}

namespace {

/// a^b for a rational b that is no integer, or any other number.
RealResult<Real> general_power(const Real& a, const Real& b) {
    const auto sign_of_base = sign(a);
    if (!sign_of_base) return tl::unexpected(sign_of_base.error());
    if (*sign_of_base < 0)
        return fail(Problem::domain, "`pow` of " + a.to_string() + " and " + b.to_string(),
                    "a negative number has powers with integers only");
    if (*sign_of_base == 0) {
        const auto sign_of_exponent = sign(b);
        if (!sign_of_exponent) return tl::unexpected(sign_of_exponent.error());
        if (*sign_of_exponent > 0) return Real();
        return fail(Problem::division_by_zero, "`pow` of 0 and " + b.to_string());
    }
    if (const Rational* exponent = as_rational(b)) {
        const auto n = Rational(Dyadic(exponent->denominator())).to_int64();
        const int64_t twos = -exponent->numerator().exponent();
        // The denominator is n · 2^twos.
        if (n && *n <= max_root && twos <= 10 && *n << std::max<int64_t>(twos, 0) <= max_root) {
            const int64_t degree = *n << std::max<int64_t>(twos, 0);
            if (const auto times = (*exponent * Rational(Dyadic(Int(degree)))).to_int64())
                return root(a, static_cast<uint32_t>(degree)).and_then([&](const Real& x) {
                    return integer_power(x, *times);
                });
        }
    }
    return apply(RealFunction::log, a)
        .and_then([&](const Real& logarithm) { return mul(b, logarithm); })
        .and_then([](const Real& x) { return apply(RealFunction::exp, x); });
}

}  // namespace
}  // namespace real

using real::fail;
using Problem = RealProblem::Kind;

RealResult<Real> add(const Real& a, const Real& b) { return real::combined(1, a, 1, b); }
RealResult<Real> sub(const Real& a, const Real& b) { return real::combined(1, a, -1, b); }
RealResult<Real> neg(const Real& a) { return real::scaled(-1, a); }

RealResult<Real> mul(const Real& a, const Real& b) {
    if (const Rational* factor = real::as_rational(a)) return real::scaled(*factor, b);
    if (const Rational* factor = real::as_rational(b)) return real::scaled(*factor, a);
    real::Product product;
    for (const Real* part : {&a, &b})
        if (auto done = product.multiply(*part, 1); !done) return tl::unexpected(done.error());
    return std::move(product).result();
}

RealResult<Real> div(const Real& a, const Real& b) {
    const auto divisor = sign(b);
    if (!divisor) return tl::unexpected(divisor.error());
    if (*divisor == 0) return fail(Problem::division_by_zero, a.to_string() + " / 0");
    if (const Rational* value = real::as_rational(b)) return real::scaled(Rational(1) / *value, a);
    real::Product product;
    if (auto done = product.multiply(b, -1); !done) return tl::unexpected(done.error());
    if (const Rational* factor = real::as_rational(a))
        return std::move(product).result().and_then([&](const Real& x) { return real::scaled(*factor, x); });
    if (auto done = product.multiply(a, 1); !done) return tl::unexpected(done.error());
    return std::move(product).result();
}

RealResult<Real> abs(const Real& a) {
    const auto known = real::sign_within(a, real::quick_bits);
    if (!known) return real::make_operation(real::Kind::abs, a);
    return *known < 0 ? neg(a) : a;
}

RealResult<Real> min(const Real& a, const Real& b) {
    return sub(a, b).and_then([&](const Real& difference) -> RealResult<Real> {
        const auto order = real::sign_within(difference, real::quick_bits);
        if (!order) return real::make_operation(real::Kind::min, a, b);
        return *order <= 0 ? a : b;
    });
}

RealResult<Real> max(const Real& a, const Real& b) {
    return sub(a, b).and_then([&](const Real& difference) -> RealResult<Real> {
        const auto order = real::sign_within(difference, real::quick_bits);
        if (!order) return real::make_operation(real::Kind::max, a, b);
        return *order >= 0 ? a : b;
    });
}

RealResult<Real> pow(const Real& a, const Real& b) {
    const Rational* exponent = real::as_rational(b);
    const auto n = exponent ? exponent->to_int64() : std::nullopt;
    if (!n) return real::general_power(a, b);
    if (*n < 0) {
        const auto base = sign(a);
        if (!base) return tl::unexpected(base.error());
        if (*base == 0) return fail(Problem::division_by_zero, "`pow` of 0 and " + b.to_string());
    }
    if (*n > 0)
        if (const Rational* base = real::as_rational(a); base && base->is_zero()) return Real();
    return real::integer_power(a, *n);
}

RealResult<Real> atan2(const Real& y, const Real& x) {
    const auto side = sign(x);
    const auto height = sign(y);
    if (!side) return tl::unexpected(side.error());
    if (!height) return tl::unexpected(height.error());
    if (*side == 0 && *height == 0) return fail(Problem::domain, "`atan2` of 0 and 0", "the point (0, 0) has no angle");
    if (*side == 0) return real::scaled(Rational(*height) / Rational(2), Real::pi());
    return div(y, x)
        .and_then([](const Real& slope) { return apply(RealFunction::atan, slope); })
        .and_then([&](const Real& angle) {
            return *side > 0 ? RealResult<Real>(angle) : real::combined(1, angle, *height < 0 ? -1 : 1, Real::pi());
        });
}

}  // namespace dal
