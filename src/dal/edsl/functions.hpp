// The functions of the language on Tensors, under the names that they have there. Shapes broadcast as NumPy's; every
// result is exact. Axes count from 0, negative ones from the end. What each means: docs/language.md. Errors are those
// of the language (bad_shape, bad_einsum, wrong_kind, not_constant, …), at the line of the call.
#pragma once

#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "dal/edsl/places.hpp"
#include "dal/edsl/tensor.hpp"

namespace dal::edsl {

/// Several tensors: {a, b + 1, c}, or a vector of them.
class Tensors {
  public:
    Tensors(std::initializer_list<Operand> list) : list_(list) {}                  // NOLINT
    Tensors(const std::vector<Tensor>& list) : list_(list.begin(), list.end()) {}  // NOLINT
    [[nodiscard]] const std::vector<Operand>& list() const noexcept { return list_; }

  private:
    std::vector<Operand> list_;
};

/// One axis or several; none said: all.
class Axes {
  public:
    Axes() = default;
    template <std::integral T>
    Axes(T axis) : list_{static_cast<int64_t>(axis)} {}          // NOLINT(google-explicit-constructor)
    Axes(std::initializer_list<int64_t> axes) : list_(axes) {}   // NOLINT(google-explicit-constructor)
    Axes(std::vector<int64_t> axes) : list_(std::move(axes)) {}  // NOLINT(google-explicit-constructor)
    [[nodiscard]] const std::vector<int64_t>& list() const noexcept { return list_; }

  private:
    std::vector<int64_t> list_;
};

/// What a reduction goes over: all axes, or these; `keep` leaves them with extent 1.
struct Over {
    Axes axis{};
    bool keep = false;
};

// Formats and names.

Tensor quantize(const Operand& x, const Formats& formats, Location at = Location::current());
/// To the format that the innermost With has for a place: quantize(x), quantize(w, Place::weight). Error: no_format.
Tensor quantize(const Operand& x, Place place = Place::data, Location at = Location::current());
/// Gives a tensor its name in graphs, types and Verilog: `let name = value` of the language. Names in a program are
/// distinct; those made inside a Scope begin with its name. Error: duplicate_name.
Tensor let(const std::string& name, const Operand& value, Location at = Location::current());
/// `let name: format = value`: check() fails with does_not_fit if some value may not be one of the format.
Tensor let(const std::string& name, const Formats& format, const Operand& value, Location at = Location::current());

// Sums of products. einsum("i,io->o", x, w): any number of operands, constant or not.

Tensor einsum(std::string_view equation, const Tensors& operands, Location at = Location::current());
Tensor einsum(std::string_view equation, const Operand& x, Location at = Location::current());
Tensor einsum(std::string_view equation, const Operand& a, const Operand& b, Location at = Location::current());
Tensor einsum(std::string_view equation, const Operand& a, const Operand& b, const Operand& c,
              Location at = Location::current());
/// `a @ b` of the language: a product of vectors and matrices.
Tensor matmul(const Operand& a, const Operand& b, Location at = Location::current());

// Element by element.

Tensor relu(const Operand& x, Location at = Location::current());
Tensor abs(const Operand& x, Location at = Location::current());
Tensor sign(const Operand& x, Location at = Location::current());         ///< -1, 0 or 1
Tensor is_negative(const Operand& x, Location at = Location::current());  ///< 1 or 0
Tensor min(const Operand& a, const Operand& b, Location at = Location::current());
Tensor max(const Operand& a, const Operand& b, Location at = Location::current());
Tensor clip(const Operand& x, const Operand& low, const Operand& high, Location at = Location::current());
/// if_true where the condition is not 0, else if_false.
Tensor select(const Operand& condition, const Operand& if_true, const Operand& if_false,
              Location at = Location::current());

// Bits of two's complement numbers.

/// floor(x / 2^low) mod 2^count.
Tensor bits(const Operand& x, int64_t low, int64_t count, Location at = Location::current());
Tensor bit(const Operand& x, int64_t position, Location at = Location::current());
/// The unsigned number whose bits are along the last axis, the least significant first.
Tensor from_bits(const Operand& bits, Location at = Location::current());
/// Bits 0 … count-1 of an integer, along a new last axis.
Tensor to_bits(const Operand& x, int64_t count, Location at = Location::current());

// Reductions. sum(x), max(x, {.axis = 0}), any(x, {.axis = {0, 1}, .keep = true}). `argmax` and `argmin` give the first
// position among equals.

Tensor sum(const Operand& x, const Over& over = {}, Location at = Location::current());
Tensor mean(const Operand& x, const Over& over = {}, Location at = Location::current());
Tensor prod(const Operand& x, const Over& over = {}, Location at = Location::current());
Tensor min(const Operand& x, const Over& over = {}, Location at = Location::current());
Tensor max(const Operand& x, const Over& over = {}, Location at = Location::current());
Tensor any(const Operand& x, const Over& over = {}, Location at = Location::current());
Tensor all(const Operand& x, const Over& over = {}, Location at = Location::current());
Tensor argmin(const Operand& x, const Over& over = {}, Location at = Location::current());
Tensor argmax(const Operand& x, const Over& over = {}, Location at = Location::current());
struct SortOptions {
    int64_t axis = -1;
    bool descending = false;
};
Tensor sort(const Operand& x, SortOptions options = {}, Location at = Location::current());
/// Sums up to and with each element.
Tensor cumsum(const Operand& x, int64_t axis = -1, Location at = Location::current());

// Data movement; `real` tensors can be moved too.

/// One extent may be -1: what is left.
Tensor reshape(const Operand& x, const Shape& to, Location at = Location::current());
Tensor flatten(const Operand& x, Location at = Location::current());
/// Axis j of the result is axis axes[j] of x; all reversed without axes.
Tensor transpose(const Operand& x, const Axes& axes = {}, Location at = Location::current());
Tensor gather(const Operand& x, const Operand& positions, int64_t axis = 0, Location at = Location::current());
Tensor concat(const Tensors& tensors, int64_t axis = 0, Location at = Location::current());
Tensor stack(const Tensors& tensors, int64_t axis = 0, Location at = Location::current());
/// before[j] and after[j] elements of `value` around axis j.
Tensor pad(const Operand& x, const std::vector<int64_t>& before, const std::vector<int64_t>& after,
           const Operand& value = 0, Location at = Location::current());
/// The same number of zeros before and after.
Tensor pad(const Operand& x, const std::vector<int64_t>& around, Location at = Location::current());
/// [a, b] becomes [a, a, b, b].
Tensor repeat(const Operand& x, int64_t count, int64_t axis = 0, Location at = Location::current());
/// [a, b] becomes [a, b, a, b].
Tensor tile(const Operand& x, int64_t count, int64_t axis = 0, Location at = Location::current());
Tensor flip(const Operand& x, int64_t axis = 0, Location at = Location::current());
Tensor broadcast_to(const Operand& x, const Shape& to, Location at = Location::current());
struct WindowOptions {
    std::vector<int64_t> stride{};    ///< per window axis; empty: 1
    std::vector<int64_t> dilation{};  ///< per window axis; empty: 1
    std::vector<int64_t> axes{};      ///< empty: the first ones
};
/// Sliding windows: x[h, w, c] with size {kh, kw} becomes [h', w', c, kh, kw].
Tensor windows(const Operand& x, const std::vector<int64_t>& size, const WindowOptions& options = {},
               Location at = Location::current());

// Constants.

Tensor zeros(const Shape& shape, Location at = Location::current());
Tensor ones(const Shape& shape, Location at = Location::current());
Tensor full(const Shape& shape, const Operand& value, Location at = Location::current());
Tensor iota(int64_t count, Location at = Location::current());
/// 0, 1, 2, … in row-major order.
Tensor iota(const Shape& shape, Location at = Location::current());
Tensor eye(int64_t size, Location at = Location::current());

}  // namespace dal::edsl
