// Data movement: new shapes of the same elements. Works on tensors, real constants and formats.
#include <algorithm>
#include <functional>

#include "dal/sema/builtins/builtins.hpp"
#include "dal/sema/tensor_ops.hpp"
#include "dal/support/codes/call_codes.hpp"
#include "dal/support/codes/shape_codes.hpp"
#include "dal/support/codes/size_codes.hpp"

namespace dal::sema {
namespace {

/// Whether it has elements to be moved; reports otherwise.
bool movable(TensorOps& e, const Placed& x) { return std::holds_alternative<Formats>(x.value) || e.need_tensor(x); }

Value move_one(TensorOps& e, const char* name, MovementResult movement, const Placed& x, const Span& span) {
    return e.move(name, std::move(movement), std::span(&x, 1), span);
}

std::optional<int64_t> axis_argument(TensorOps& e, const std::optional<Placed>& axis, int64_t otherwise = 0) {
    return axis ? e.integer(*axis, "an axis") : std::optional(otherwise);
}

/// Whether a tensor may become `factor` times as large; reports otherwise.
bool can_grow(TensorOps& e, const Placed& x, int64_t factor, const Span& span) {
    const Shape& shape = e.shape_of(x.value);
    return e.check_size({element_count(shape), std::max<int64_t>(factor, 1)}, span);
}

Value call_reshape(TensorOps& e, const BuiltinCall& call) {
    if (!movable(e, call[0])) return Poison{};
    auto to = e.shape_argument(call[1], 1);
    if (!to) return Poison{};
    return move_one(e, "reshape", reshape(e.shape_of(call[0].value), std::move(*to)), call[0], call.span);
}

Value call_flatten(TensorOps& e, const BuiltinCall& call) {
    if (!movable(e, call[0])) return Poison{};
    return move_one(e, "reshape", reshape(e.shape_of(call[0].value), {-1}), call[0], call.span);
}

Value call_transpose(TensorOps& e, const BuiltinCall& call) {
    if (!movable(e, call[0])) return Poison{};
    auto axes = call.arguments[1] ? e.integers(call[1], "an axis") : std::optional(std::vector<int64_t>{});
    if (!axes) return Poison{};
    const auto rank = e.shape_of(call[0].value).size();
    if (call.arguments[1] && axes->empty() && rank > 0)  // without the argument, all are reversed
        return e.report(error(code::bad_shape, call[1].span, "no axes for " + std::to_string(rank))
                            .with_rule("each axis is named once; without `axes` all are reversed"));
    return move_one(e, "transpose", transpose(e.shape_of(call[0].value), std::move(*axes)), call[0], call.span);
}

Value call_gather(TensorOps& e, const BuiltinCall& call) {
    if (!movable(e, call[0])) return Poison{};
    const auto positions = e.integers(call[1], "a position");
    const auto axis = axis_argument(e, call.arguments[2]);
    if (!positions || !axis) return Poison{};
    if (positions->empty()) return e.wrong_kind(call[1], "positions: an integer, or an array of them");
    const Shape& shape = e.shape_of(call[0].value);
    const Shape& positions_shape = e.shape_of(call[1].value);
    const int64_t rank = static_cast<int64_t>(shape.size());
    if (*axis >= -rank && *axis < rank) {  // else gather says what is wrong
        const int64_t extent = shape[static_cast<size_t>(*axis < 0 ? *axis + rank : *axis)];
        if (!e.check_size({element_count(shape) / extent, element_count(positions_shape)}, call.span)) return Poison{};
    }
    return move_one(e, "gather", gather(shape, *positions, positions_shape, *axis), call[0], call.span);
}

/// The tensors that concat and stack are given: several arguments, a list, or the items of one tensor, which `tensor`
/// is then.
struct Parts {
    std::vector<Placed> items;
    std::vector<Shape> shapes;
    std::optional<Placed> tensor;
};

bool is_empty_list(const Value& value) {
    const auto* list = std::get_if<List>(&value);
    return list && list->items->items.empty();
}

std::optional<Parts> parts(TensorOps& e, const BuiltinCall& call, const std::string& name) {
    Parts result;
    if (call.rest.empty()) {
        e.report(error(code::bad_arguments, call.span, "this call of `" + name + "` has nothing to join")
                     .with_rule("it is `" + name + "(a, b, axis: 0)`, or `" + name + "([a, b], axis: 0)`"));
        return std::nullopt;
    }
    const auto* list = std::get_if<List>(&call.rest.front().value);
    if (call.rest.size() == 1 && list) {
        result.items = list->items->items;
        if (result.items.empty()) {
            e.report(error(code::bad_extent, call.rest.front().span, name + " of an empty list")
                         .with_rule("every axis of a tensor has at least one element"));
            return std::nullopt;
        }
    } else if (call.rest.size() == 1) {
        const Placed& x = call.rest.front();
        if (!movable(e, x)) return std::nullopt;
        Shape shape = e.shape_of(x.value);
        if (shape.empty()) {
            e.report(error(code::bad_shape, x.span, name + " of a scalar")
                         .with_rule("it joins several tensors: `" + name + "(a, b)`"));
            return std::nullopt;
        }
        const auto count = static_cast<size_t>(shape.front());
        shape.erase(shape.begin());
        result.shapes.assign(count, shape);
        result.tensor = x;
        return result;
    } else {
        result.items.assign(call.rest.begin(), call.rest.end());
        // An empty list adds nothing to tensors: the start of a `fold`, say.
        const auto adds = [](const Placed& item) { return !is_empty_list(item.value); };
        if (name == "concat" && std::any_of(call.rest.begin(), call.rest.end(), adds))
            std::erase_if(result.items, std::not_fn(adds));
    }
    for (const Placed& item : result.items) {
        if (is_poison(item.value) || !movable(e, item)) return std::nullopt;
        result.shapes.push_back(e.shape_of(item.value));
    }
    return result;
}

/// concat or stack.
template <class Join>
Value join(TensorOps& e, const BuiltinCall& call, const char* name, Join&& make) {
    const auto axis = axis_argument(e, call.arguments[1]);
    const auto joined = parts(e, call, name);
    if (!axis || !joined) return Poison{};
    int64_t elements = 0;
    for (const Shape& shape : joined->shapes) elements += element_count(shape);
    if (!e.check_size({elements}, call.span)) return Poison{};
    MovementResult movement = make(joined->shapes, *axis);
    if (!joined->tensor) return e.move(name, std::move(movement), joined->items, call.span);
    if (movement.ok())  // the items are parts of one operand
        for (Source& source : movement->sources)
            source = {0, source.operand * element_count(joined->shapes.front()) + source.element};
    return move_one(e, name, std::move(movement), *joined->tensor, call.span);
}

Value call_concat(TensorOps& e, const BuiltinCall& call) {
    return join(e, call, "concat", [](std::span<const Shape> shapes, int64_t axis) { return concat(shapes, axis); });
}
Value call_stack(TensorOps& e, const BuiltinCall& call) {
    return join(e, call, "stack", [](std::span<const Shape> shapes, int64_t axis) { return stack(shapes, axis); });
}

/// One integer for each axis, or one for all.
std::optional<std::vector<int64_t>> per_axis(TensorOps& e, const Placed& value, size_t axes, std::string_view what) {
    auto list = e.integers(value, what);
    if (!list) return std::nullopt;
    const auto* constant = std::get_if<Constant>(&value.value);
    if (constant && constant->is_scalar()) list->assign(axes, constant->at(0).to_int64().value_or(0));
    if (list->size() == axes) return list;
    e.report(
        error(code::bad_shape, value.span,
              std::to_string(list->size()) + " numbers for " + std::to_string(axes) + (axes == 1 ? " axis" : " axes"))
            .with_rule("there is one number for all axes, or one for each"));
    return std::nullopt;
}

Value call_pad(TensorOps& e, const BuiltinCall& call) {
    const Placed& x = call[0];
    if (!movable(e, x)) return Poison{};
    const Shape& shape = e.shape_of(x.value);
    const auto before = per_axis(e, call[1], shape.size(), "padding");
    const auto after = call.arguments[2] ? per_axis(e, call[2], shape.size(), "padding") : before;
    if (!before || !after) return Poison{};
    Shape padded = shape;
    for (size_t axis = 0; axis < shape.size(); ++axis)
        if ((*before)[axis] >= 0 && (*after)[axis] >= 0 &&
            (__builtin_add_overflow(padded[axis], (*before)[axis], &padded[axis]) ||
             __builtin_add_overflow(padded[axis], (*after)[axis], &padded[axis])))
            padded[axis] = INT64_MAX;
    if (!e.check_size(padded, call.span)) return Poison{};
    const Placed value = call.arguments[3].value_or(Placed{Constant::scalar(0), call.span});
    if (!movable(e, value)) return Poison{};
    if (!e.shape_of(value.value).empty())
        return e.report(
            error(code::bad_shape, value.span, "padding with a tensor of shape " + to_string(e.shape_of(value.value)))
                .with_rule("the value to pad with is a scalar"));
    const Placed operands[] = {x, value};
    return e.move("pad", pad(shape, *before, *after), operands, call.span);
}

/// repeat and tile.
template <class Make>
Value times(TensorOps& e, const BuiltinCall& call, const char* name, Make&& make) {
    if (!movable(e, call[0])) return Poison{};
    const auto count = e.integer(call[1], "a count");
    const auto axis = axis_argument(e, call.arguments[2]);
    if (!count || !axis || !can_grow(e, call[0], *count, call.span)) return Poison{};
    return move_one(e, name, make(e.shape_of(call[0].value), *count, *axis), call[0], call.span);
}

Value call_repeat(TensorOps& e, const BuiltinCall& call) {
    return times(e, call, "repeat", [](const Shape& x, int64_t count, int64_t axis) { return repeat(x, count, axis); });
}
Value call_tile(TensorOps& e, const BuiltinCall& call) {
    return times(e, call, "tile", [](const Shape& x, int64_t count, int64_t axis) { return tile(x, count, axis); });
}

Value call_flip(TensorOps& e, const BuiltinCall& call) {
    const auto axis = axis_argument(e, call.arguments[1]);
    if (!axis || !movable(e, call[0])) return Poison{};
    return move_one(e, "flip", flip(e.shape_of(call[0].value), *axis), call[0], call.span);
}

Value call_broadcast_to(TensorOps& e, const BuiltinCall& call) {
    const auto to = e.shape_argument(call[1]);
    if (!to || !movable(e, call[0])) return Poison{};
    return move_one(e, "broadcast_to", broadcast_to(e.shape_of(call[0].value), *to), call[0], call.span);
}

Value call_windows(TensorOps& e, const BuiltinCall& call) {
    const Placed& x = call[0];
    if (!movable(e, x)) return Poison{};
    const auto sizes = e.integers(call[1], "the size of a window");
    if (!sizes) return Poison{};
    std::vector<int64_t> axes;
    if (call.arguments[4]) {
        auto given = e.integers(call[4], "an axis");
        if (!given) return Poison{};
        axes = std::move(*given);
    } else {
        for (size_t axis = 0; axis < sizes->size(); ++axis) axes.push_back(static_cast<int64_t>(axis));
    }
    const auto extents = per_axis(e, call[1], axes.size(), "the size of a window");
    const Placed one{Constant::scalar(1), call.span};
    const auto strides = per_axis(e, call.arguments[2].value_or(one), axes.size(), "a stride");
    const auto dilations = per_axis(e, call.arguments[3].value_or(one), axes.size(), "a dilation");
    if (!extents || !strides || !dilations) return Poison{};
    Shape result = e.shape_of(x.value);
    const auto rank = static_cast<int64_t>(result.size());
    for (size_t j = 0; j < axes.size(); ++j) {
        const int64_t axis = axes[j] < 0 ? axes[j] + rank : axes[j];
        if (axis < 0 || axis >= rank || (*extents)[j] < 1 || (*strides)[j] < 1 || (*dilations)[j] < 1) continue;
        const int64_t room = result[static_cast<size_t>(axis)] - 1;
        if ((*extents)[j] - 1 > room / (*dilations)[j]) continue;  // windows says what is wrong with these
        result[static_cast<size_t>(axis)] = (room - ((*extents)[j] - 1) * (*dilations)[j]) / (*strides)[j] + 1;
        result.push_back((*extents)[j]);
    }
    if (!e.check_size(result, call.span)) return Poison{};
    return move_one(e, "windows", windows(e.shape_of(x.value), axes, *extents, *strides, *dilations), x, call.span);
}

}  // namespace

const std::vector<Builtin>& movement_builtins() {
    static const std::vector<Builtin> list{
        {"reshape", {"x", "shape"}, "the same elements in row-major order; one extent may be -1", call_reshape},
        {"flatten", {"x"}, "one axis: reshape(x, [-1])", call_flatten},
        {"transpose", {"x", {"axes", "reversed"}}, "axis j of the result is axis axes[j] of x", call_transpose},
        {"gather", {"x", "positions", {"axis", "0"}}, "the elements at constant positions along an axis", call_gather},
        {"concat", {rest("x"), {"axis", "0"}}, "tensors behind each other along an axis; also of a list", call_concat},
        {"stack", {rest("x"), {"axis", "0"}}, "tensors of one shape along a new axis; also of a list", call_stack},
        {"pad",
         {"x", "before", {"after", "before"}, {"value", "0"}},
         "more elements around; one count, or one per axis",
         call_pad},
        {"repeat", {"x", "count", {"axis", "0"}}, "each element count times: [a, a, b, b]", call_repeat},
        {"tile", {"x", "count", {"axis", "0"}}, "the whole count times: [a, b, a, b]", call_tile},
        {"flip", {"x", {"axis", "0"}}, "the elements along an axis in reverse order", call_flip},
        {"broadcast_to", {"x", "shape"}, "x stretched to a shape", call_broadcast_to},
        {"windows",
         {"x", "size", {"stride", "1"}, {"dilation", "1"}, {"axes", "the first"}},
         "sliding windows over some axes, which follow as new last axes",
         call_windows},
    };
    return list;
}

}  // namespace dal::sema
