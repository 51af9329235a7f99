// What a Real is made of. Internal to real*.cpp. Canonical as far as that is cheap: sums are one node with rational
// coefficients, products one node with integer exponents, so that x - x and x / x are found to be 0 and 1.
#pragma once

#include <utility>
#include <vector>

#include "dal/numeric/real.hpp"

namespace dal {

class Real::Node {
  public:
    enum class Kind : uint8_t {
        rational,
        pi,
        sum,       ///< SumNode
        product,   ///< ProductNode
        root,      ///< OperationNode: a^(1/n), a ≥ 0, n ≥ 2
        abs,       ///< OperationNode: a
        min,       ///< OperationNode: a, b
        max,       ///< OperationNode: a, b
        function,  ///< OperationNode: function(a), none of sqrt and sigmoid
    };
    Kind kind;
    RealFunction function = RealFunction::exp;  ///< of Kind::function
    int8_t known_sign = 0;                      ///< 1 or -1 if that is the value's sign; 0: not known (or 0)
    uint16_t depth = 0;                         ///< longest way to a leaf
    size_t hash = 0;                            ///< equal for equal structures
};

namespace real {

using Kind = Real::Node::Kind;

/// Expressions are at most so deep: walks over them may recurse.
inline constexpr int max_depth = 1000;

struct RationalNode : Real::Node {
    Rational value;
};
struct Term {
    Rational coefficient;  ///< not 0
    Real real;             ///< neither rational nor a sum, unless that has too many terms to be merged
};
/// constant + Σ coefficient · real, with at least one term; more than 1 · real.
struct SumNode : Real::Node {
    Rational constant;
    std::vector<Term> terms;
};
struct Factor {
    Real base;         ///< not 0 if the exponent is negative
    int64_t exponent;  ///< not 0
};
/// Π base^exponent with at least one factor; more than base^1.
struct ProductNode : Real::Node {
    std::vector<Factor> factors;
};
struct OperationNode : Real::Node {
    uint32_t n = 0;
    Real a;
    Real b;
};

inline const Rational* as_rational(const Real& real) {
    return real.node().kind == Kind::rational ? &static_cast<const RationalNode&>(real.node()).value : nullptr;
}
inline const SumNode* as_sum(const Real& real) {
    return real.node().kind == Kind::sum ? static_cast<const SumNode*>(&real.node()) : nullptr;
}
inline const ProductNode* as_product(const Real& real) {
    return real.node().kind == Kind::product ? static_cast<const ProductNode*>(&real.node()) : nullptr;
}
/// The argument, if `real` is this function of it.
inline const Real* argument_of(RealFunction function, const Real& real) {
    const Real::Node& node = real.node();
    return node.kind == Kind::function && node.function == function ? &static_cast<const OperationNode&>(node).a
                                                                    : nullptr;
}

/// Whether two expressions have the same structure (then they are equal numbers). Gives up, with false, on very large
/// ones.
bool same(const Real& a, const Real& b);

// Nodes; the arguments were simplified by the caller.
RealResult<Real> make_sum(Rational constant, std::vector<Term> terms);
RealResult<Real> make_product(std::vector<Factor> factors);
RealResult<Real> make_operation(Kind kind, Real a, Real b = Real(), uint32_t n = 0);
RealResult<Real> make_function(RealFunction function, Real a);

RealProblem problem(RealProblem::Kind kind, std::string message, std::string rule = "");

/// The sign if enclosures of at most `bits` bits tell.
std::optional<int> sign_within(const Real& a, int bits);

/// a^n for an integer n, a ≠ 0 if n < 0 (checked by the caller).
RealResult<Real> integer_power(const Real& a, int64_t n);
/// The n-th root of a ≥ 0 (checked by the caller), n ≥ 2.
RealResult<Real> root(const Real& a, uint32_t n);

}  // namespace real
}  // namespace dal
