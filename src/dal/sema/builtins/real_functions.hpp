// Real constants in the language: operators with a real constant as an operand, and what the built-in functions exp,
// sin, pow, … (real_builtins of builtins.hpp) call. They compute with constants only: an operand that depends on an
// input is an error that says what to do instead. All functions report what is wrong and return Poison then; a result
// that is rational is a Constant.
#pragma once

#include "dal/sema/values/value.hpp"

namespace dal::sema {

class TensorOps;

/// The format that the elements of a variable surely have: of a `quantize` or a port, perhaps moved.
std::optional<Format> written_format(TensorOps& e, const Variable& variable);

/// The values of `pi` and `e`.
Value real_pi();
Value real_e();

/// Whether a value is a real constant that is not rational.
bool is_real_constant(const Value& value);
/// Whether one of two operands is: then the operator is one of those below.
inline bool is_real_constant(const Value& a, const Value& b) { return is_real_constant(a) || is_real_constant(b); }

/// + - * /, comparisons, `<<` and `>>`; other operators are reported.
Value real_binary(TensorOps& e, ast::BinaryOp op, const Placed& left, const Placed& right, const Span& span);
/// min, max, pow, atan2, and the arithmetic of real_binary, element-wise.
Value real_elementwise(TensorOps& e, RealOp op, const Placed& left, const Placed& right, const Span& span);
Value real_negate(TensorOps& e, const Placed& operand, const Span& span);
Value real_abs(TensorOps& e, const Placed& operand, const Span& span);
/// One of the functions of one argument, of a Constant or a real constant.
Value real_apply(TensorOps& e, RealFunction function, const Placed& x, const Span& span);
/// `formats` were broadcast to the shape of x, which is a real constant.
Value real_quantize(TensorOps& e, const Placed& x, const FormatMap& formats, const Span& span);

/// Reports that a real constant stands where it would become part of the graph: "quantize it".
Poison real_meets_variable(TensorOps& e, const Placed& real);
/// Reports a problem with an element of a tensor of this shape.
Poison report_real(TensorOps& e, const RealElementProblem& problem, const Shape& shape, const Span& span);

}  // namespace dal::sema
