// Data movement: `x[…]`, and moving operands of any kind that has a shape.
#include "dal/sema/elaborator.hpp"
#include "dal/support/codes/constant_codes.hpp"
#include "dal/support/codes/kind_codes.hpp"
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

/// Reports `object[position]`, with a selection that does what was meant.
Poison variable_position(Elaborator& e, const Placed& object, const Placed& position, const Shape& shape) {
    Diagnostic d =
        error(code::not_constant, position.span, "`" + e.source_text(position.span) + "` depends on an input")
            .with_rule("a position is a constant integer");
    const auto* index = std::get_if<Variable>(&position.value);
    if (!shape.empty() && e.graph()[index->node].shape.empty() && is_tensor(object.value)) {
        const std::string matches = e.source_text(position.span) + " == iota(" + std::to_string(shape.front()) + ")";
        std::string axes;
        for (size_t axis = 1; axis < shape.size(); ++axis) axes += ", _";
        d.help.push_back("choose by comparing: `sum(select(" +
                         (axes.empty() ? matches : "(" + matches + ")[:" + axes + "]") + ", " +
                         e.source_text(object.span) + ", 0)" + (axes.empty() ? "" : ", axis: 0") + ")`");
    }
    return e.report(std::move(d));
}

}  // namespace

bool Elaborator::need_tensor(const Placed& value) {
    if (is_tensor(value.value) || is_real(value.value)) return true;
    wrong_kind(value, "a tensor");
    return false;
}

Value Elaborator::move(const char* name, MovementResult movement, std::span<const Placed> operands, const Span& span) {
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

Value Elaborator::index(const ast::Index& index, const Placed& object, const Scope& scope, const Span& span) {
    if (is_poison(object.value)) return Poison{};
    const bool is_list = std::holds_alternative<List>(object.value);
    if (!is_list && !is_tensor(object.value) && !is_real(object.value) &&
        !std::holds_alternative<Formats>(object.value))
        return wrong_kind(object, "a tensor or a list, to be indexed");
    struct Gather {
        Placed positions;
        int64_t axis;
    };
    std::optional<Gather> gather;
    std::vector<dal::Subscript> subscripts;
    bool ok = true;
    int64_t axes_before = 0;  // of the result, before the subscript at hand
    int64_t axes_left = is_list ? 1 : static_cast<int64_t>(shape_of(object.value).size());
    for (const ast::Subscript& subscript : index.subscripts)
        axes_left -= subscript.kind == ast::Subscript::Kind::at || subscript.kind == ast::Subscript::Kind::slice;
    for (const ast::Subscript& subscript : index.subscripts) {
        dal::Subscript part;
        const auto bound = [&](ast::ExprId id) -> std::optional<int64_t> {
            if (id == ast::ExprId::none) return std::nullopt;
            const auto value = integer(placed(id, scope), "a bound of a slice");
            ok = ok && value;
            return value;
        };
        switch (subscript.kind) {
            case ast::Subscript::Kind::at: {
                const Placed position = placed(subscript.first, scope);
                const auto* constant = std::get_if<Constant>(&position.value);
                if (constant && !constant->is_scalar()) {
                    if (gather) {
                        report(error(code::wrong_kind, position.span, "a second list of positions")
                                   .with_place(gather->positions.span, "the first one")
                                   .with_rule("one axis at a time is indexed by a list of positions"));
                        return Poison{};
                    }
                    gather = {position, axes_before++};
                    break;
                }
                if (std::holds_alternative<Variable>(position.value) && index.subscripts.size() == 1 && !is_list)
                    return variable_position(*this, object, position, shape_of(object.value));
                const auto at = integer(position, "a position");
                ok = ok && at;
                part.kind = dal::Subscript::Kind::at;
                part.position = at.value_or(0);
                break;
            }
            case ast::Subscript::Kind::slice:
                part.first = bound(subscript.first);
                part.last = bound(subscript.last);
                part.step = bound(subscript.step).value_or(1);
                ++axes_before;
                break;
            case ast::Subscript::Kind::all:
                part.kind = dal::Subscript::Kind::all;
                axes_before += axes_left;
                break;
            case ast::Subscript::Kind::new_axis:
                part.kind = dal::Subscript::Kind::new_axis;
                ++axes_before;
                break;
        }
        subscripts.push_back(part);
    }
    if (!ok) return Poison{};
    if (is_list) {
        const auto& items = std::get<List>(object.value).items->items;
        const auto count = static_cast<int64_t>(items.size());
        if (subscripts.size() != 1 || gather || subscripts[0].kind != dal::Subscript::Kind::at)
            return report(
                error(code::wrong_kind, span, "a list has one item at a time")
                    .with_rule("values of different shapes or kinds are a list; it is indexed by one integer"));
        const int64_t position = subscripts[0].position < 0 ? subscripts[0].position + count : subscripts[0].position;
        if (position < 0 || position >= count)
            return report(
                error(code::bad_shape, span,
                      "position " + std::to_string(subscripts[0].position) + " of a list of " + std::to_string(count)));
        return items[static_cast<size_t>(position)].value;
    }
    const Placed operands[] = {object};
    const bool plain = gather && subscripts.size() == 1;
    Placed result = object;
    if (!plain) {
        MovementResult part = subscript(shape_of(object.value), subscripts);
        // There are no tensors without elements; `shape(x)[d:]` with nothing behind `d` is a shape all the same.
        if (part.ok() && element_count(part->shape) == 0 && !gather)
            return List{std::make_shared<const ListItems>(ListItems{})};
        result.value = move("index", std::move(part), operands, span);
    }
    if (!gather || is_poison(result.value)) return result.value;
    const auto positions = integers(gather->positions, "a position");
    if (!positions) return Poison{};
    const Placed sliced[] = {result};
    return move("gather",
                dal::gather(shape_of(result.value), *positions, shape_of(gather->positions.value), gather->axis),
                sliced, span);
}

}  // namespace dal::sema
