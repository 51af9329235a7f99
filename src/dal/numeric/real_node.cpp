#include "dal/numeric/real_node.hpp"

#include <algorithm>

#include "dal/support/check.hpp"
#include "dal/support/hash.hpp"

namespace dal::real {
namespace {

size_t hash_of(const Rational& value) {
    return add_to_hash(
        add_to_hash(value.numerator().mantissa().hash(), static_cast<size_t>(value.numerator().exponent())),
        value.denominator().hash());
}

int sign_of(const Rational& value) { return value.is_zero() ? 0 : value.is_negative() ? -1 : 1; }

/// The sign of a sum whose parts have these signs, if that is known: 0 stands for an unknown one here.
class SumSign {
  public:
    void part(int sign) {
        if (first_) sign_ = sign;
        if (sign != sign_) sign_ = 0;
        first_ = false;
    }
    [[nodiscard]] int8_t result() const { return static_cast<int8_t>(sign_); }

  private:
    bool first_ = true;
    int sign_ = 0;
};

int sign_of_function(RealFunction function, const Real& a) {
    switch (function) {
        case RealFunction::exp:
        case RealFunction::exp2:
        case RealFunction::cosh: return 1;
        case RealFunction::asin:
        case RealFunction::atan:
        case RealFunction::sinh:
        case RealFunction::tanh:
        case RealFunction::erf: return a.node().known_sign;
        case RealFunction::log:
        case RealFunction::log2:
            if (const Rational* value = as_rational(a))
                return *value < Rational(1) ? -1 : *value == Rational(1) ? 0 : 1;
            return 0;
        case RealFunction::sin:
        case RealFunction::cos:
        case RealFunction::tan:
        case RealFunction::acos: return 0;
        case RealFunction::sqrt:
        case RealFunction::sigmoid: break;
    }
    internal_error("function", __FILE__, __LINE__, "a function that has no node");
}

int sign_of_operation(Kind kind, const Real& a, const Real& b) {
    const int sign = a.node().known_sign;
    switch (kind) {
        case Kind::root: return sign;
        case Kind::abs: return sign == 0 ? 0 : 1;
        case Kind::min:
        case Kind::max: return sign == b.node().known_sign ? sign : 0;
        case Kind::rational:
        case Kind::pi:
        case Kind::sum:
        case Kind::product:
        case Kind::function: break;
    }
    internal_error("kind", __FILE__, __LINE__, "no operation");
}

RealResult<Real> checked(std::shared_ptr<const Real::Node> node) {
    if (node->depth <= max_depth) return Real(std::move(node));
    return tl::unexpected(problem(RealProblem::Kind::too_large, "an expression of real numbers that is more than " +
                                                                    std::to_string(max_depth) + " operations deep"));
}

uint16_t above(uint16_t depth, const Real& operand) {
    return std::max(depth, static_cast<uint16_t>(operand.node().depth + 1));
}

bool same(const Real& a, const Real& b, int& budget) {
    const Real::Node& x = a.node();
    const Real::Node& y = b.node();
    if (&x == &y) return true;
    if (x.hash != y.hash || x.kind != y.kind || --budget < 0) return false;
    switch (x.kind) {
        case Kind::rational: return *as_rational(a) == *as_rational(b);
        case Kind::pi: return true;
        case Kind::sum: {
            const SumNode& s = *as_sum(a);
            const SumNode& t = *as_sum(b);
            return s.constant == t.constant && std::equal(s.terms.begin(), s.terms.end(), t.terms.begin(),
                                                          t.terms.end(), [&](const Term& p, const Term& q) {
                                                              return p.coefficient == q.coefficient &&
                                                                     same(p.real, q.real, budget);
                                                          });
        }
        case Kind::product: {
            const ProductNode& s = *as_product(a);
            const ProductNode& t = *as_product(b);
            return std::equal(s.factors.begin(), s.factors.end(), t.factors.begin(), t.factors.end(),
                              [&](const Factor& p, const Factor& q) {
                                  return p.exponent == q.exponent && same(p.base, q.base, budget);
                              });
        }
        case Kind::root:
        case Kind::abs:
        case Kind::min:
        case Kind::max:
        case Kind::function: {
            const auto& s = static_cast<const OperationNode&>(x);
            const auto& t = static_cast<const OperationNode&>(y);
            return s.function == t.function && s.n == t.n && same(s.a, t.a, budget) && same(s.b, t.b, budget);
        }
    }
    internal_error("kind", __FILE__, __LINE__, "no such kind");
}

std::shared_ptr<const Real::Node> rational_node(Rational value) {
    auto node = std::make_shared<RationalNode>();
    node->kind = Kind::rational;
    node->known_sign = static_cast<int8_t>(sign_of(value));
    node->hash = add_to_hash(1, hash_of(value));
    node->value = std::move(value);
    return node;
}

}  // namespace

RealProblem problem(RealProblem::Kind kind, std::string message, std::string rule) {
    return {kind, std::move(message), std::move(rule)};
}

bool same(const Real& a, const Real& b) {
    int budget = 1000;
    return same(a, b, budget);
}

RealResult<Real> make_sum(Rational constant, std::vector<Term> terms) {
    if (terms.empty()) return Real(std::move(constant));
    if (terms.size() == 1 && constant.is_zero() && terms.front().coefficient == Rational(1))
        return std::move(terms.front().real);
    // Any order gives the same number; this one makes equal sums equal.
    std::sort(terms.begin(), terms.end(),
              [](const Term& a, const Term& b) { return a.real.node().hash < b.real.node().hash; });
    auto node = std::make_shared<SumNode>();
    node->kind = Kind::sum;
    node->hash = add_to_hash(2, hash_of(constant));
    SumSign sign;
    if (!constant.is_zero()) sign.part(sign_of(constant));
    for (const Term& term : terms) {
        node->depth = above(node->depth, term.real);
        node->hash = add_to_hash(add_to_hash(node->hash, hash_of(term.coefficient)), term.real.node().hash);
        sign.part(sign_of(term.coefficient) * term.real.node().known_sign);
    }
    node->known_sign = sign.result();
    node->constant = std::move(constant);
    node->terms = std::move(terms);
    return checked(std::move(node));
}

RealResult<Real> make_product(std::vector<Factor> factors) {
    if (factors.empty()) return Real(Rational(1));
    if (factors.size() == 1 && factors.front().exponent == 1) return std::move(factors.front().base);
    std::sort(factors.begin(), factors.end(),
              [](const Factor& a, const Factor& b) { return a.base.node().hash < b.base.node().hash; });
    auto node = std::make_shared<ProductNode>();
    node->kind = Kind::product;
    node->hash = 3;
    int sign = 1;
    for (const Factor& factor : factors) {
        node->depth = above(node->depth, factor.base);
        node->hash =
            add_to_hash(add_to_hash(node->hash, static_cast<size_t>(factor.exponent)), factor.base.node().hash);
        const int base_sign = factor.base.node().known_sign;
        sign *= factor.exponent % 2 == 0 ? base_sign * base_sign : base_sign;
    }
    node->known_sign = static_cast<int8_t>(sign);
    node->factors = std::move(factors);
    return checked(std::move(node));
}

RealResult<Real> make_operation(Kind kind, Real a, Real b, uint32_t n) {
    auto node = std::make_shared<OperationNode>();
    node->kind = kind;
    node->n = n;
    node->known_sign = static_cast<int8_t>(sign_of_operation(kind, a, b));
    node->depth = above(above(0, a), b);
    node->hash = add_to_hash(add_to_hash(add_to_hash(4 + static_cast<size_t>(kind), n), a.node().hash), b.node().hash);
    node->a = std::move(a);
    node->b = std::move(b);
    return checked(std::move(node));
}

RealResult<Real> make_function(RealFunction function, Real a) {
    auto node = std::make_shared<OperationNode>();
    node->kind = Kind::function;
    node->function = function;
    node->known_sign = static_cast<int8_t>(sign_of_function(function, a));
    node->depth = above(0, a);
    node->hash = add_to_hash(100 + static_cast<size_t>(function), a.node().hash);
    node->a = std::move(a);
    return checked(std::move(node));
}

}  // namespace dal::real

namespace dal {

Real::Real() {
    static const std::shared_ptr<const Node> zero = real::rational_node(Rational(0));
    node_ = zero;
}

Real::Real(Rational value) : node_(real::rational_node(std::move(value))) {}

Real Real::pi() {
    static const std::shared_ptr<const Node> node = [] {
        auto pi = std::make_shared<Node>();
        pi->kind = Node::Kind::pi;
        pi->known_sign = 1;
        pi->hash = 5;
        return pi;
    }();
    return Real(node);
}

std::optional<Rational> Real::rational() const {
    if (const Rational* value = real::as_rational(*this)) return *value;
    return std::nullopt;
}

}  // namespace dal
