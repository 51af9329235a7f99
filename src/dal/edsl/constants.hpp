// Functions of constant tensors, element by element: real functions, whose results stay exact until they are quantized,
// and rounding to integers. Single numbers have the same functions in number.hpp. Errors: those of the language
// (not_constant, undefined_value), at the line of the call.
#pragma once

#include "dal/edsl/tensor.hpp"

namespace dal::edsl {

/// A tensor, or what becomes one, but no number: `exp(2.5)` is for C++, `exp(Number("2.5"))` for number.hpp.
struct TensorOperand : Operand {
    template <class T>
        requires(std::convertible_to<T, Tensor> && !std::convertible_to<T, Number>)
    TensorOperand(T&& from, Location where = Location::current())  // NOLINT(google-explicit-constructor)
        : Operand(std::forward<T>(from), where) {}
};

Tensor exp(const TensorOperand& x, Location at = Location::current());
Tensor exp2(const TensorOperand& x, Location at = Location::current());
Tensor log(const TensorOperand& x, Location at = Location::current());
Tensor log2(const TensorOperand& x, Location at = Location::current());
Tensor sqrt(const TensorOperand& x, Location at = Location::current());
Tensor sin(const TensorOperand& x, Location at = Location::current());
Tensor cos(const TensorOperand& x, Location at = Location::current());
Tensor tan(const TensorOperand& x, Location at = Location::current());
Tensor asin(const TensorOperand& x, Location at = Location::current());
Tensor acos(const TensorOperand& x, Location at = Location::current());
Tensor atan(const TensorOperand& x, Location at = Location::current());
Tensor sinh(const TensorOperand& x, Location at = Location::current());
Tensor cosh(const TensorOperand& x, Location at = Location::current());
Tensor tanh(const TensorOperand& x, Location at = Location::current());
Tensor sigmoid(const TensorOperand& x, Location at = Location::current());  ///< 1 / (1 + exp(-x))
Tensor erf(const TensorOperand& x, Location at = Location::current());
/// The second one may be a number.
Tensor pow(const TensorOperand& a, const Operand& b, Location at = Location::current());
Tensor atan2(const TensorOperand& y, const Operand& x, Location at = Location::current());

Tensor floor(const TensorOperand& x, Location at = Location::current());
Tensor ceil(const TensorOperand& x, Location at = Location::current());
Tensor round(const TensorOperand& x, Location at = Location::current());  ///< to nearest, ties to even

}  // namespace dal::edsl
