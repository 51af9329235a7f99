// Tensors of real constants: exp(1), tanh([0.5, 1]), pi / 4 and what is computed with them. They have no type and no
// wires; quantizing makes a Constant of them. A tensor whose elements all are rational is a Constant (normalized), so
// that sqrt(4) is just 2. Functions here know nothing of names or places; shapes were checked by the caller.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "dal/graph/graph.hpp"
#include "dal/numeric/real.hpp"
#include "dal/sema/values/constant.hpp"

namespace dal {

/// A tensor of real numbers, row-major. Copies share the elements.
struct RealTensor {
    Shape shape;
    std::shared_ptr<const std::vector<Real>> values;

    [[nodiscard]] int64_t size() const { return static_cast<int64_t>(values->size()); }
    [[nodiscard]] const Real& at(int64_t element) const { return (*values)[static_cast<size_t>(element)]; }
    [[nodiscard]] bool is_scalar() const { return shape.empty(); }
    static RealTensor scalar(Real value);
    static RealTensor of(Shape shape, std::vector<Real> values);
    static RealTensor of(const Constant& constant);
};

/// What a computation with real constants gives.
using RealOrConstant = std::variant<Constant, RealTensor>;
/// `tensor`, as a Constant if every element is known to be rational.
RealOrConstant normalized(RealTensor tensor);

/// Why there is no result, and the element of the result that has none.
struct RealElementProblem {
    RealProblem problem;
    int64_t element;
};
template <class T>
using RealTensorResult = tl::expected<T, RealElementProblem>;

enum class RealOp : uint8_t { add, sub, mul, div, pow, atan2, min, max };

/// Element-wise with broadcasting; the shapes must broadcast to `shape`.
RealTensorResult<RealTensor> elementwise(RealOp op, const RealTensor& a, const RealTensor& b, const Shape& shape);
RealTensorResult<RealTensor> apply(RealFunction function, const RealTensor& a);
RealTensorResult<RealTensor> negated(const RealTensor& a);
RealTensorResult<RealTensor> absolute(const RealTensor& a);
/// 1 where a and b are in the relation, else 0; broadcasting.
RealTensorResult<Constant> compared(Relation relation, const RealTensor& a, const RealTensor& b, const Shape& shape);
/// Sum of products, of one operand or more; `shape` is that of the result.
RealTensorResult<RealTensor> einsum(const EinsumSpec& spec, std::span<const RealTensor> operands, Shape shape);
/// Correctly rounded.
RealTensorResult<Constant> quantized(const RealTensor& a, const FormatMap& formats);
/// Rationals that are in the same order as these with all multiples of 2^-f (Rational::stand_in).
RealTensorResult<std::vector<Rational>> stand_ins(const RealTensor& a, int f);
/// Data movement (graph/movement.hpp).
RealTensor moved(Shape shape, std::span<const Source> sources, std::span<const RealTensor> operands);

/// The smallest number of integer bits, and 8 significant bits of the largest element: a format to suggest.
Kif suggested_format(const RealTensor& a);

}  // namespace dal
