// Constant tensors and their exact arithmetic: what a program computes before it meets a variable. Functions
// here know nothing of names or places; shapes were checked by the caller.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dal/array/array.hpp"
#include "dal/graph/einsum.hpp"
#include "dal/graph/graph.hpp"
#include "dal/graph/movement.hpp"
#include "dal/support/number.hpp"

namespace dal {

/// A tensor of exact numbers, row-major. Copies share the elements.
struct Constant {
    Shape shape;
    std::shared_ptr<const std::vector<Rational>> values;
    /// What the elements were quantized to; null once anything was computed with them.
    std::shared_ptr<const FormatMap> formats = nullptr;
    /// The elements as they would be without quantizers; null if they are the same, or nobody asked for them.
    std::shared_ptr<const std::vector<Rational>> meant = nullptr;
    /// Whether it was computed from floating-point numbers of a file, and nobody chose a format for it.
    bool is_float = false;

    [[nodiscard]] int64_t size() const { return static_cast<int64_t>(values->size()); }
    [[nodiscard]] const Rational& at(int64_t element) const { return (*values)[static_cast<size_t>(element)]; }
    [[nodiscard]] bool is_scalar() const { return shape.empty(); }
    static Constant scalar(Rational value);
    static Constant of(Shape shape, std::vector<Rational> values);
    /// The same as it would be without quantizers.
    [[nodiscard]] Constant as_meant() const { return {shape, meant ? meant : values}; }
};

/// Numbers beyond 2^±this, or with longer parts, are refused: nobody means them, and they would take all memory.
inline constexpr int64_t max_constant_bits = 8192;
/// Whether a value is small enough to compute with.
bool is_reasonable(const Rational& value);

/// Comparisons give 1 or 0. Bitwise ones are on two's complement numbers of unlimited length, aligned at the binary
/// point. `mod` is a - b·floor(a / b).
enum class ConstantOp : uint8_t {
    add,
    sub,
    mul,
    div,
    mod,
    min,
    max,
    eq,
    ne,
    lt,
    le,
    gt,
    ge,
    bit_and,
    bit_or,
    bit_xor,
};

// What is computed with constants is computed with what they are meant to be, too, except where that decides something:
// in comparisons, conditions and on bits.

/// Element-wise with broadcasting; the shapes must broadcast, divisors (of div and mod) must not be 0, operands of
/// bitwise operations must be dyadic.
Constant elementwise(ConstantOp op, const Constant& a, const Constant& b, const Shape& shape);
Constant negated(const Constant& a);
Constant absolute(const Constant& a);
Constant shifted(const Constant& a, int amount);
Constant relu(const Constant& a);
/// To integers.
Constant rounded(const Constant& a, Round round);
/// `if_true` where the condition is not 0; all broadcast to `shape`.
Constant selected(const Constant& condition, const Constant& if_true, const Constant& if_false, const Shape& shape);
/// Sum of products; `shape` is that of the result.
Constant einsum(const EinsumSpec& spec, std::span<const Constant> operands, Shape shape);
/// Forgets what was meant.
Constant quantized(const Constant& a, const FormatMap& formats);
Constant moved(Movement movement, std::span<const Constant> operands);

/// Along an axis.
Constant sorted(const Constant& a, size_t axis, bool descending);

/// Exact; nothing for an array with NaN or infinities, see first_non_number.
std::optional<Constant> from_array(const Array& array);
int64_t first_non_number(const Array& array);

/// First element that is no multiple of a power of two, if any.
std::optional<int64_t> first_non_dyadic(const Constant& a);
bool is_dyadic(const Constant& a);
/// The most bits of a numerator or denominator.
int64_t most_bits(const Constant& a);
/// What arithmetic on numbers of more than 128 bits costs, in units of a small number's: it is quadratic in their size.
int64_t excess_work(const Constant& a);
/// First element that is_reasonable refuses, if any.
std::optional<int64_t> first_unreasonable(const Constant& a);
/// First element that is not a value of its format, if any.
std::optional<int64_t> first_misfit(const Constant& a, const FormatMap& formats);
/// The smallest number of integer bits, and a number of fractional bits that keeps about 8 significant ones of the
/// largest element: a format to suggest.
Kif suggested_format(const Constant& a);

}  // namespace dal
