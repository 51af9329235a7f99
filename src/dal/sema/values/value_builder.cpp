#include "dal/sema/values/value_builder.hpp"

#include "dal/sema/builtins/real_functions.hpp"
#include "dal/support/codes/shape_codes.hpp"

namespace dal::sema {

Placed ValueBuilder::checked(sema::Value value, const Shape& shape) {
    if (!is_poison(value)) return {std::move(value), span_};
    failed_ = true;
    return {Constant::of(shape, std::vector<Rational>(static_cast<size_t>(element_count(shape)))), span_};
}

Placed ValueBuilder::binary(ConstantOp op, const Placed& a, const Placed& b) {
    const Shape shape = *broadcast(this->shape(a), this->shape(b));
    if (is_real_constant(a.value, b.value) && op != ConstantOp::min && op != ConstantOp::max)
        return checked(real_elementwise(ops_, op == ConstantOp::add ? RealOp::add : RealOp::mul, a, b, span_), shape);
    return checked(ops_.elementwise(op, a, b, span_), shape);
}

Placed ValueBuilder::compare(Relation relation, const Placed& a, const Placed& b) {
    const Shape shape = *broadcast(this->shape(a), this->shape(b));
    const auto op = [&] {
        switch (relation) {
            case Relation::eq: return ast::BinaryOp::eq;
            case Relation::ne: return ast::BinaryOp::ne;
            case Relation::lt: return ast::BinaryOp::lt;
            case Relation::le: return ast::BinaryOp::le;
        }
        return ast::BinaryOp::eq;
    }();
    return checked(ops_.binary(op, a, b, span_), shape);
}

Placed ValueBuilder::select(const Placed& condition, const Placed& if_true, const Placed& if_false) {
    const Shape shape = *broadcast(*broadcast(this->shape(if_true), this->shape(if_false)), this->shape(condition));
    return checked(ops_.select(condition, if_true, if_false, span_), shape);
}

Placed ValueBuilder::einsum(EinsumSpec spec, const std::vector<Placed>& operands) {
    std::vector<Shape> shapes;
    shapes.reserve(operands.size());
    for (const Placed& operand : operands) shapes.push_back(shape(operand));
    const Shape shape = *einsum_shape(spec, shapes, span_);
    return checked(ops_.einsum({Text{spec.to_string()}, span_}, operands, span_), shape);
}

Placed ValueBuilder::move(const std::string& name, Movement movement, const std::vector<Placed>& operands) {
    // Nothing moves: the one axis that is reduced was in front already.
    if (operands.size() == 1 && movement.shape == shape(operands.front())) {
        bool same = true;
        for (size_t j = 0; same && j < movement.sources.size(); ++j)
            same = movement.sources[j].element == static_cast<int64_t>(j);
        if (same) return operands.front();
    }
    const Shape shape = movement.shape;
    return checked(ops_.move(name.c_str(), std::move(movement), operands, span_), shape);
}

sema::Value ValueBuilder::result(Composed<Placed> composed) {
    if (failed_) return Poison{};
    if (!composed) return ops_.report(error(code::bad_shape, span_, composed.error()));
    return std::move(composed->value);
}

static_assert(ComposeBuilder<ValueBuilder>);

}  // namespace dal::sema
