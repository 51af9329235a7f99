// Makes compositions (graph/compose.hpp) of Values, so that constants are folded and variables become nodes. What goes
// wrong is reported once; `result` tells whether anything did. Internal to this layer.
#pragma once

#include "dal/graph/compose.hpp"
#include "dal/sema/tensor_ops.hpp"

namespace dal::sema {

class ValueBuilder {
  public:
    using Value = Placed;
    ValueBuilder(TensorOps& ops, const Span& span) : ops_(ops), span_(span) {}

    [[nodiscard]] const Shape& shape(const Placed& x) const { return ops_.shape_of(x.value); }
    Placed constant(Shape shape, std::vector<Dyadic> values) {
        return {Constant::of(std::move(shape), {values.begin(), values.end()}), span_};
    }
    Placed min(const Placed& a, const Placed& b) { return binary(ConstantOp::min, a, b); }
    Placed max(const Placed& a, const Placed& b) { return binary(ConstantOp::max, a, b); }
    Placed mul(const Placed& a, const Placed& b) { return binary(ConstantOp::mul, a, b); }
    Placed add(const Placed& a, const Placed& b) { return binary(ConstantOp::add, a, b); }
    Placed compare(Relation relation, const Placed& a, const Placed& b);
    Placed select(const Placed& condition, const Placed& if_true, const Placed& if_false);
    Placed einsum(EinsumSpec spec, const std::vector<Placed>& operands);
    Placed move(const std::string& name, Movement movement, const std::vector<Placed>& operands);

    /// What was composed, or Poison if something on the way was reported, or the arguments were wrong (reported now).
    sema::Value result(Composed<Placed> composed);

  private:
    Placed binary(ConstantOp op, const Placed& a, const Placed& b);
    /// `value`, or zeros of this shape after a report.
    Placed checked(sema::Value value, const Shape& shape);

    TensorOps& ops_;
    Span span_;
    bool failed_ = false;
};

}  // namespace dal::sema
