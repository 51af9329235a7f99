// Data movement: operands of any kind that has a shape.
#include "dal/sema/tensor_ops.hpp"
#include "dal/support/codes/shape_codes.hpp"
#include "dal/support/codes/size_codes.hpp"

namespace dal::sema {
namespace {

Formats moved(Movement movement, std::span<const Placed> operands) {
    std::vector<Format> formats;
    formats.reserve(movement.sources.size());
    for (const Source& source : movement.sources) {
        const auto& from = *std::get<Formats>(operands[source.operand].value).formats;
        formats.push_back(from[from.size() == 1 ? 0 : static_cast<size_t>(source.element)]);
    }
    return {std::move(movement.shape), std::make_shared<const std::vector<Format>>(std::move(formats))};
}

}  // namespace

bool TensorOps::need_tensor(const Placed& value) {
    if (is_tensor(value.value) || is_real(value.value)) return true;
    wrong_kind(value, "a tensor");
    return false;
}

Value TensorOps::move(const char* name, MovementResult movement, std::span<const Placed> operands, const Span& span) {
    bool formats = true;
    bool constant = true;
    bool rational = true;
    for (const Placed& operand : operands) {
        if (is_poison(operand.value)) return Poison{};
        formats = formats && std::holds_alternative<Formats>(operand.value);
        constant = constant && !std::holds_alternative<Variable>(operand.value);
        rational = rational && std::holds_alternative<Constant>(operand.value);
    }
    if (!movement.ok()) return report(error(code::bad_shape, span, movement.problem()));
    if (element_count(movement->shape) == 0)
        return report(error(code::bad_extent, span, "the result has shape " + to_string(movement->shape))
                          .with_rule("every axis of a tensor has at least one element"));
    if (!check_size(movement->shape, span) || !charge(element_count(movement->shape), span)) return Poison{};
    const auto traced = [&](Value value, const std::vector<Source>& from) {
        if (written_) written_->moved(value, from, operands);
        open_.moved(value, from, operands);
        return value;
    };
    const bool is_traced = written_ || open_.has_parameters();
    const std::vector<Source> sources = is_traced ? movement->sources : std::vector<Source>{};
    if (formats) return traced(moved(std::move(*movement), operands), sources);
    for (const Placed& operand : operands)
        if (!need_tensor(operand)) return Poison{};
    if (rational) {
        std::vector<Constant> constants;
        constants.reserve(operands.size());
        for (const Placed& operand : operands) constants.push_back(std::get<Constant>(operand.value));
        return traced(dal::moved(std::move(*movement), constants), sources);
    }
    if (constant) {
        std::vector<RealTensor> reals;
        reals.reserve(operands.size());
        for (const Placed& operand : operands) {
            const auto* known = std::get_if<Constant>(&operand.value);
            reals.push_back(known ? RealTensor::of(*known) : std::get<RealTensor>(operand.value));
        }
        return traced(std::visit([](auto tensor) -> Value { return tensor; },
                                 normalized(dal::moved(std::move(movement->shape), movement->sources, reals))),
                      sources);
    }
    std::vector<NodeId> nodes;
    nodes.reserve(operands.size());
    for (const Placed& operand : operands) {
        const auto node = node_of(operand);
        if (!node) return Poison{};
        nodes.push_back(*node);
    }
    return Variable{
        program_.graph.move(name, std::move(movement->shape), std::move(movement->sources), std::move(nodes), span)};
}

}  // namespace dal::sema
