// Operators that move elements of variables. Real numbers of an input may be moved before they are rounded.
#include <algorithm>
#include <numeric>

#include "dal/import/onnx/operators.hpp"

namespace dal::importer::onnx {
namespace {

bool is_uniform(const Step& step) { return checked_count(step.shape) == 1; }

/// An operand in the order of axes that the model has; formats and steps of single elements become text first.
Result<Flow> take(Builder& builder, const Node& node, size_t input) {
    auto flow = builder.flow(node, input);
    if (!flow) return flow;
    if (flow->rounding && flow->rounding->size() > 1) builder.round(*flow, flow->layer);
    if (!std::ranges::all_of(flow->steps, is_uniform)) {
        builder.round(*flow, flow->layer);
        if (auto settled = builder.settle(*flow, node); !settled) return failure(settled.error());
    }
    builder.to_model_layout(*flow);
    return flow;
}

Result<void> put_reshaped(Builder& builder, const Node& node, Flow flow, const Shape& shape) {
    if (shape != flow.shape) {
        if (shape.size() == 1 && flow.shape.size() > 1)
            Builder::call(flow, "flatten");
        else
            Builder::call(flow, "reshape", to_string(shape));
    }
    flow.shape = shape;
    builder.set(node, 0, std::move(flow));
    return {};
}

Result<void> flatten(Builder& builder, const Node& node) {
    auto x = take(builder, node, 0);
    if (!x) return failure(x.error());
    if (node.integer("axis", 1) != 1 && node.integer("axis", 1) != -static_cast<int64_t>(x->shape.size()))
        return refuse(node, "keeps more axes than that of the batch, or fewer");
    const Shape flat{element_count(x->shape)};
    return put_reshaped(builder, node, std::move(*x), flat);
}

Result<void> reshape(Builder& builder, const Node& node) {
    auto x = take(builder, node, 0);
    if (!x) return failure(x.error());
    std::optional<std::vector<int64_t>> wanted;
    if (const Constant* shape = builder.constant(node, 1))
        wanted = shape->integers();
    else if (node.find("shape") != nullptr)
        wanted = node.integers("shape");
    if (!wanted || wanted->empty() || wanted->size() > 17) return refuse(node, "its shape is no constant of the model");
    Shape full = x->shape;
    full.insert(full.begin(), builder.batch());
    const int64_t all = element_count(full);
    int64_t known = 1;
    size_t open = wanted->size();
    for (size_t at = 0; at < wanted->size(); ++at) {
        int64_t& extent = (*wanted)[at];
        if (extent == 0 && node.integer("allowzero", 0) == 0) {
            if (at >= full.size()) return refuse(node, "copies an extent that its operand does not have");
            extent = full[at];
        }
        if (extent == -1 && open == wanted->size()) {
            open = at;
            continue;
        }
        if (extent <= 0 || known > all / extent) return refuse(node, "its shape does not fit its operand");
        known *= extent;
    }
    if (open < wanted->size()) {
        if (all % known != 0) return refuse(node, "its shape does not fit its operand");
        (*wanted)[open] = all / known;
        known = all;
    }
    if (known != all) return refuse(node, "its shape does not fit its operand");
    if (wanted->front() != builder.batch())
        return refuse(node, "puts elements of one sample into the axis of the batch", "a program computes one sample");
    const Shape sample(wanted->begin() + 1, wanted->end());
    return put_reshaped(builder, node, std::move(*x), sample);
}

Result<void> transpose(Builder& builder, const Node& node) {
    auto x = builder.flow(node, 0);
    if (!x) return failure(x.error());
    const size_t rank = x->shape.size();
    std::vector<int64_t> order(rank + 1);
    std::iota(order.rbegin(), order.rend(), 0);
    order = node.integers("perm", order);
    std::vector<int64_t> sorted = order;
    std::ranges::sort(sorted);
    for (size_t at = 0; at < sorted.size(); ++at)
        if (sorted[at] != static_cast<int64_t>(at) || sorted.size() != rank + 1)
            return refuse(node, "its order of axes is none of its operand");
    if (order.front() != 0) return refuse(node, "moves the axis of the batch", "a program computes one sample");
    std::vector<int64_t> axes;
    for (size_t at = 1; at < order.size(); ++at) axes.push_back(order[at] - 1);
    // From channels first to channels last, where the program has it so already.
    std::vector<int64_t> last(rank);
    for (size_t at = 0; at < rank; ++at) last[at] = static_cast<int64_t>((at + 1) % std::max<size_t>(rank, 1));
    if (x->is_channels_last && axes == last && x->steps.empty() && !x->rounding) {
        x->shape = x->program_shape();
        x->is_channels_last = false;
        builder.set(node, 0, std::move(*x));
        return {};
    }
    x = take(builder, node, 0);
    if (!x) return failure(x.error());
    Shape shape;
    for (const int64_t axis : axes) shape.push_back(x->shape[static_cast<size_t>(axis)]);
    if (!std::ranges::is_sorted(axes)) Builder::call(*x, "transpose", to_string(axes));
    x->shape = shape;
    builder.set(node, 0, std::move(*x));
    return {};
}

/// Axes of an attribute or an operand, of a shape of `rank` axes with the batch.
Result<std::vector<int64_t>> axes_of(Builder& builder, const Node& node, size_t input, size_t rank) {
    std::optional<std::vector<int64_t>> axes;
    if (const Constant* constant = builder.constant(node, input))
        axes = constant->integers();
    else if (builder.has_input(node, input))
        return refuse(node, "its axes are no constants");
    else
        axes = node.integers("axes");
    if (!axes || axes->size() > 32) return refuse(node, "its axes are no integers");
    for (int64_t& axis : *axes) {
        if (axis < 0) axis += static_cast<int64_t>(rank);
        if (axis < 0 || axis >= static_cast<int64_t>(rank))
            return refuse(node, "has an axis that its operand does not have");
    }
    std::ranges::sort(*axes);
    axes->erase(std::unique(axes->begin(), axes->end()), axes->end());
    return *axes;
}

Result<void> squeeze(Builder& builder, const Node& node) {
    auto x = take(builder, node, 0);
    if (!x) return failure(x.error());
    auto axes = axes_of(builder, node, 1, x->shape.size() + 1);
    if (!axes) return failure(axes.error());
    Shape shape;
    for (size_t axis = 0; axis < x->shape.size(); ++axis) {
        const bool named = std::ranges::find(*axes, static_cast<int64_t>(axis) + 1) != axes->end();
        if (named && x->shape[axis] != 1) return refuse(node, "removes an axis with more than one element");
        if (!named && !(axes->empty() && x->shape[axis] == 1)) shape.push_back(x->shape[axis]);
    }
    if (!axes->empty() && axes->front() == 0) return refuse(node, "removes the axis of the batch");
    return put_reshaped(builder, node, std::move(*x), shape);
}

Result<void> unsqueeze(Builder& builder, const Node& node) {
    auto x = take(builder, node, 0);
    if (!x) return failure(x.error());
    std::optional<std::vector<int64_t>> count;
    if (const Constant* constant = builder.constant(node, 1)) count = constant->integers();
    const size_t more = count ? count->size() : node.integers("axes").size();
    if (more > 16) return refuse(node, "adds too many axes");
    auto axes = axes_of(builder, node, 1, x->shape.size() + 1 + more);
    if (!axes) return failure(axes.error());
    if (axes->empty() || axes->front() == 0 || axes->size() != more)
        return refuse(node, "adds an axis in front of the batch");
    Shape shape;
    size_t next = 0;
    for (size_t axis = 1; axis < x->shape.size() + 1 + more; ++axis) {
        const bool is_new = std::ranges::find(*axes, static_cast<int64_t>(axis)) != axes->end();
        shape.push_back(is_new ? 1 : x->shape[next++]);
    }
    return put_reshaped(builder, node, std::move(*x), shape);
}

Result<void> concat(Builder& builder, const Node& node) {
    std::vector<Flow> parts;
    std::string text;
    const std::string name = builder.layer_name(node);
    size_t rank = 0;
    for (size_t at = 0; at < node.inputs.size(); ++at)
        if (builder.is_variable(node, at)) {
            auto x = builder.flow(node, at);
            if (!x) return failure(x.error());
            rank = x->shape.size();
        }
    const auto axis = builder.axis(node, node.integer("axis", 1), rank);
    if (!axis) return failure(axis.error());
    Flow y;
    y.layer = name;
    std::string real_input;
    bool is_real = true;
    for (size_t at = 0; at < node.inputs.size(); ++at) {
        Flow part;
        if (const Constant* constant = builder.constant(node, at)) {
            const auto values = without_batch(*constant, rank);
            if (!values || values->shape.size() != rank || values->values.empty())
                return refuse(node, "joins a constant that does not fit");
            part.shape = values->shape;
            part.expression = {builder.program().array(name + "_constant", {values->shape, values->values}),
                               Expression::Form::name};
            const auto [low, high] = std::ranges::minmax(values->values);
            part.low = *Dyadic::from_double(low);
            part.high = *Dyadic::from_double(high);
            for (const double value : values->values)
                if (value != 0) part.f = std::max(part.f, static_cast<int>(-Dyadic::from_double(value)->exponent()));
            is_real = false;
        } else {
            auto x = take(builder, node, at);
            if (!x) return failure(x.error());
            builder.round(*x, x->layer);
            if (auto settled = builder.settle(*x, node); !settled) return settled;
            is_real = is_real && !x->real_input.empty();
            if (!x->real_input.empty()) real_input = x->real_input;
            part = std::move(*x);
        }
        if (part.shape.size() != rank) return refuse(node, "its operands have different numbers of axes");
        if (parts.empty()) {
            y.shape = part.shape;
            y.low = part.low;
            y.high = part.high;
        } else {
            for (size_t each = 0; each < rank; ++each)
                if (static_cast<int64_t>(each) != *axis && part.shape[each] != y.shape[each])
                    return refuse(node, "its operands do not fit");
            y.shape[static_cast<size_t>(*axis)] += part.shape[static_cast<size_t>(*axis)];
            y.low = std::min(y.low, part.low);
            y.high = std::max(y.high, part.high);
        }
        y.f = std::max(y.f, part.f);
        text += (text.empty() ? "" : ", ") + builder.operand(part, part.layer);
        parts.push_back(std::move(part));
    }
    if (parts.empty()) return refuse(node, "joins nothing");
    if (!real_input.empty() && !is_real)
        return refuse(node, "joins real numbers of an input with others", "give the format of the input: `--input`");
    y.real_input = real_input;
    y.expression = {"concat([" + text + "]" + (*axis == 0 ? "" : ", axis: " + std::to_string(*axis)) + ")",
                    Expression::Form::call};
    builder.set(node, 0, std::move(y));
    return {};
}

/// x[…, a:b:s, …] along some axes.
void take_slice(Builder& builder, Flow& flow, const std::vector<std::string>& parts) {
    builder.bind(flow, flow.layer);
    std::string text = flow.expression.text + "[";
    size_t last = parts.size();
    while (last > 1 && parts[last - 1] == ":") --last;
    for (size_t at = 0; at < last; ++at) text += (at == 0 ? "" : ", ") + parts[at];
    flow.expression = {text + "]", Expression::Form::call};
}

Result<void> split(Builder& builder, const Node& node) {
    auto x = take(builder, node, 0);
    if (!x) return failure(x.error());
    const auto axis = builder.axis(node, node.integer("axis", 0), x->shape.size());
    if (!axis) return failure(axis.error());
    const int64_t extent = x->shape[static_cast<size_t>(*axis)];
    std::vector<int64_t> sizes = node.integers("split");
    if (const Constant* given = builder.constant(node, 1)) sizes = given->integers().value_or(std::vector<int64_t>{});
    const auto outputs = static_cast<int64_t>(node.outputs.size());
    if (sizes.empty()) {
        const int64_t each = (extent + outputs - 1) / std::max<int64_t>(outputs, 1);
        for (int64_t at = 0; at < outputs; ++at) sizes.push_back(std::min(each, extent - at * each));
    }
    int64_t sum = 0;
    for (const int64_t size : sizes) {
        if (size < 1 || size > extent) return refuse(node, "has a part without elements");
        sum += size;
    }
    if (sum != extent || static_cast<int64_t>(sizes.size()) != outputs)
        return refuse(node, "its parts are not all of its operand");
    builder.bind(*x, x->layer);
    int64_t from = 0;
    for (size_t at = 0; at < sizes.size(); ++at) {
        Flow part = *x;
        std::vector<std::string> indices(x->shape.size(), ":");
        indices[static_cast<size_t>(*axis)] = std::to_string(from) + ":" + std::to_string(from + sizes[at]);
        take_slice(builder, part, indices);
        part.shape[static_cast<size_t>(*axis)] = sizes[at];
        from += sizes[at];
        builder.set(node, at, std::move(part));
    }
    return {};
}

Result<void> slice(Builder& builder, const Node& node) {
    auto x = take(builder, node, 0);
    if (!x) return failure(x.error());
    const auto numbers = [&](size_t input, const char* attribute) -> std::optional<std::vector<int64_t>> {
        if (builder.has_input(node, input)) {
            const Constant* constant = builder.constant(node, input);
            return constant == nullptr ? std::nullopt : constant->integers();
        }
        return node.integers(attribute);
    };
    const auto starts = numbers(1, "starts");
    const auto ends = numbers(2, "ends");
    auto axes = numbers(3, "axes");
    auto steps = numbers(4, "steps");
    if (!starts || !ends || !axes || !steps) return refuse(node, "its limits are no constants");
    if (axes->empty())
        for (size_t at = 0; at < starts->size(); ++at) axes->push_back(static_cast<int64_t>(at));
    if (steps->empty()) steps->assign(starts->size(), 1);
    if (ends->size() != starts->size() || axes->size() != starts->size() || steps->size() != starts->size())
        return refuse(node, "has not one start, end and axis for each");
    std::vector<std::string> parts(x->shape.size(), ":");
    Shape shape = x->shape;
    for (size_t at = 0; at < starts->size(); ++at) {
        const int64_t all = static_cast<int64_t>(x->shape.size()) + 1;
        const int64_t full_axis = (*axes)[at] < 0 ? (*axes)[at] + all : (*axes)[at];
        if (full_axis == 0 && (*starts)[at] == 0 && (*ends)[at] >= builder.batch() && (*steps)[at] == 1) continue;
        const auto axis = builder.axis(node, (*axes)[at], x->shape.size());
        if (!axis) return failure(axis.error());
        const auto place = static_cast<size_t>(*axis);
        const int64_t extent = x->shape[place];
        const int64_t step = (*steps)[at];
        if (step < 1) return refuse(node, "goes backwards, or nowhere");
        const auto inside = [&](int64_t v) { return std::clamp<int64_t>(v < 0 ? v + extent : v, 0, extent); };
        const int64_t from = inside((*starts)[at]);
        const int64_t to = inside((*ends)[at]);
        if (from >= to) return refuse(node, "keeps no element");
        parts[place] = std::to_string(from) + ":" + std::to_string(to) + (step == 1 ? "" : ":" + std::to_string(step));
        shape[place] = (to - from + step - 1) / step;
    }
    if (shape != x->shape) take_slice(builder, *x, parts);
    x->shape = shape;
    builder.set(node, 0, std::move(*x));
    return {};
}

Result<void> gather(Builder& builder, const Node& node) {
    auto x = take(builder, node, 0);
    if (!x) return failure(x.error());
    const Constant* indices = builder.constant(node, 1);
    auto positions = indices == nullptr ? std::nullopt : indices->integers();
    if (!positions || positions->empty() || positions->size() > 65536)
        return refuse(node, "its positions are no constants");
    const auto axis = builder.axis(node, node.integer("axis", 0), x->shape.size());
    if (!axis) return failure(axis.error());
    const auto place = static_cast<size_t>(*axis);
    Tensor numbers{indices->shape, {}};
    for (int64_t position : *positions) {
        if (position < 0) position += x->shape[place];
        if (position < 0 || position >= x->shape[place]) return refuse(node, "has a position outside of its operand");
        numbers.values.push_back(static_cast<double>(position));
    }
    const bool is_one = indices->shape.empty();
    const std::string text = is_one ? std::to_string(static_cast<int64_t>(numbers.values.front()))
                                    : builder.program().array(builder.layer_name(node) + "_positions", numbers);
    Builder::call(*x, "gather", text + (*axis == 0 ? "" : ", axis: " + std::to_string(*axis)));
    Shape shape(x->shape.begin(), x->shape.begin() + *axis);
    shape.insert(shape.end(), indices->shape.begin(), indices->shape.end());
    shape.insert(shape.end(), x->shape.begin() + *axis + 1, x->shape.end());
    x->shape = shape;
    builder.set(node, 0, std::move(*x));
    return {};
}

Result<void> pad(Builder& builder, const Node& node) {
    auto x = take(builder, node, 0);
    if (!x) return failure(x.error());
    if (node.text("mode", "constant") != "constant") return refuse(node, "repeats elements at the edge");
    std::optional<std::vector<int64_t>> pads = node.integers("pads");
    double value = node.real("value", 0);
    if (const Constant* given = builder.constant(node, 1)) pads = given->integers();
    if (const Constant* given = builder.constant(node, 2))
        value = given->scalar().value_or(0);
    else if (builder.has_input(node, 2))
        return refuse(node, "its value is no constant");
    if (builder.has_input(node, 3)) return refuse(node, "pads chosen axes", "export it with pads for all axes");
    const size_t rank = x->shape.size();
    if (!pads || pads->size() != 2 * (rank + 1) || (*pads)[0] != 0 || (*pads)[rank + 1] != 0)
        return refuse(node, "has not two numbers for each axis, and 0 for the batch");
    std::vector<int64_t> before;
    std::vector<int64_t> after;
    Shape shape = x->shape;
    for (size_t axis = 0; axis < rank; ++axis) {
        before.push_back((*pads)[axis + 1]);
        after.push_back((*pads)[axis + rank + 2]);
        if (before.back() < 0 || after.back() < 0 || before.back() > (1 << 20) || after.back() > (1 << 20))
            return refuse(node, "cuts off elements, or adds too many");
        shape[axis] += before.back() + after.back();
    }
    if (checked_count(shape).value_or(most_elements) >= most_elements) return refuse(node, "adds too many elements");
    // Zeros may be put around before straight lines through 0 are applied.
    if (auto plain = builder.require_plain(*x, node); !plain) return plain;
    Builder::call(
        *x, "pad",
        to_string(before) + ", " + to_string(after) +
            (value == 0 ? "" : ", value: " + builder.program().constant(x->layer + "_padding", {{}, {value}})));
    const Dyadic number = *Dyadic::from_double(value);
    x->low = std::min(x->low, number);
    x->high = std::max(x->high, number);
    if (!number.is_zero()) x->f = std::max(x->f, static_cast<int>(-number.exponent()));
    x->shape = shape;
    builder.set(node, 0, std::move(*x));
    return {};
}

constexpr OperatorEntry entries[] = {{"Flatten", flatten}, {"Reshape", reshape},     {"Transpose", transpose},
                                     {"Squeeze", squeeze}, {"Unsqueeze", unsqueeze}, {"Concat", concat},
                                     {"Split", split},     {"Slice", slice},         {"Gather", gather},
                                     {"Pad", pad}};

}  // namespace

std::span<const OperatorEntry> movement_operators() { return entries; }

}  // namespace dal::importer::onnx
