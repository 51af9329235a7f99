// Real numbers, exactly: expressions over rationals with the elementary functions (exp, sin, sqrt, …). Nothing is
// rounded until somebody asks a question, and then it is answered rigorously: enclosures [lo, hi] of more and more
// bits, until all numbers in between give the same answer. So no result depends on a math library. For constants and
// tables only: a question costs microseconds. Values that are rational are recognized where algebra shows it
// (log2(8), sqrt(2)·sqrt(2), sin(pi/6)); where it does not, a question about a tie ends as `undecided`.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "dal/numeric/kif.hpp"

namespace dal {

/// Enclosures have at most this many bits; a question that they do not answer is `undecided`.
inline constexpr int max_real_bits = 16384;

/// Why there is no result; to become a diagnostic of whoever knows the place.
struct RealProblem {
    enum class Kind : uint8_t {
        domain,            ///< log(-1), asin(2), …
        division_by_zero,  ///< 1 / 0, 0 ^ -1
        undecided,         ///< max_real_bits bits do not tell
        too_large,         ///< a rational of more than max_real_bits bits, or too deep an expression
    };
    Kind kind;
    std::string message;  ///< the observed fact: "`log` of -1"
    std::string rule;     ///< "`log` is of numbers above 0"; may be empty
};
template <class T>
using RealResult = tl::expected<T, RealProblem>;

/// The functions of one argument.
enum class RealFunction : uint8_t {
    exp,
    exp2,
    log,
    log2,
    sqrt,
    sin,
    cos,
    tan,
    asin,
    acos,
    atan,
    sinh,
    cosh,
    tanh,
    sigmoid,  ///< 1 / (1 + exp(-x))
    erf,
};
inline constexpr int real_function_count = 16;
/// "exp", "sigmoid", …: the name in the language.
std::string_view to_string(RealFunction function) noexcept;

/// A real number: an immutable expression; copies share it.
class Real {
  public:
    class Node;  // internal to real*.cpp

    Real();                // 0
    Real(Rational value);  // NOLINT(google-explicit-constructor)
    explicit Real(std::shared_ptr<const Node> node) : node_(std::move(node)) {}
    static Real pi();

    /// The value, if it is known to be rational.
    [[nodiscard]] std::optional<Rational> rational() const;
    /// The rational itself, or some digits with "…": "2.71828182846…".
    [[nodiscard]] std::string to_string() const;
    [[nodiscard]] const Node& node() const noexcept { return *node_; }
    [[nodiscard]] const std::shared_ptr<const Node>& shared() const noexcept { return node_; }

  private:
    std::shared_ptr<const Node> node_;
};

// Arithmetic. Operations simplify, so that equal numbers often are equal expressions.

RealResult<Real> add(const Real& a, const Real& b);
RealResult<Real> sub(const Real& a, const Real& b);
RealResult<Real> mul(const Real& a, const Real& b);
RealResult<Real> div(const Real& a, const Real& b);
RealResult<Real> neg(const Real& a);
RealResult<Real> abs(const Real& a);
RealResult<Real> min(const Real& a, const Real& b);
RealResult<Real> max(const Real& a, const Real& b);
RealResult<Real> apply(RealFunction function, const Real& a);
/// a^b; 0^0 is 1; a negative `a` needs an integer b.
RealResult<Real> pow(const Real& a, const Real& b);
/// The angle of the point (x, y) in (-pi, pi]; not of (0, 0).
RealResult<Real> atan2(const Real& y, const Real& x);

// Questions.

/// -1, 0 or 1.
RealResult<int> sign(const Real& a);
/// Whether a is less than (-1), equal to (0) or greater than (1) b.
RealResult<int> compare(const Real& a, const Real& b);
/// The integer nearest to a·2^f in the sense of `round`: quantize.hpp's round_code, for reals.
RealResult<Int> round_code(const Real& a, int f, Round round);
/// The code n of the result n·2^-f: quantize.hpp's quantize_code, for reals. Numbers too large for any computer are
/// fine, except with `wrap`, which needs all their bits.
RealResult<Int> quantize_code(const Real& a, const Format& format);

}  // namespace dal
