// Operators that reduce axes, compare, choose, or do without straight lines: they need rounded operands.
#include <algorithm>

#include "dal/import/onnx/operators.hpp"

namespace dal::importer::onnx {
namespace {

/// Sample axes that a reduction works over: all if none are named.
Result<std::vector<int64_t>> axes_of(Builder& builder, const Node& node, size_t rank) {
    std::optional<std::vector<int64_t>> axes = node.integers("axes");
    if (const Constant* constant = builder.constant(node, 1))
        axes = constant->integers();
    else if (builder.has_input(node, 1))
        return refuse(node, "its axes are no constants");
    if (!axes || axes->empty()) return refuse(node, "reduces the axis of the batch too", "name the axes");
    for (int64_t& axis : *axes) {
        const auto own = builder.axis(node, axis, rank);
        if (!own) return failure(own.error());
        axis = *own;
    }
    std::ranges::sort(*axes);
    axes->erase(std::unique(axes->begin(), axes->end()), axes->end());
    return *axes;
}

void reduce_shape(Flow& flow, const std::vector<int64_t>& axes, bool keep) {
    Shape shape;
    for (size_t axis = 0; axis < flow.shape.size(); ++axis) {
        const bool is_reduced = std::ranges::find(axes, static_cast<int64_t>(axis)) != axes.end();
        if (!is_reduced)
            shape.push_back(flow.shape[axis]);
        else if (keep)
            shape.push_back(1);
    }
    flow.shape = shape;
}

Result<void> reduce(Builder& builder, const Node& node) {
    auto x = builder.flow(node, 0);
    if (!x) return failure(x.error());
    builder.to_model_layout(*x);
    const auto axes = axes_of(builder, node, x->shape.size());
    if (!axes) return failure(axes.error());
    if (auto plain = builder.require_plain(*x, node); !plain) return plain;
    int64_t count = 1;
    for (const int64_t axis : *axes) count *= x->shape[static_cast<size_t>(axis)];
    const bool keep = node.integer("keepdims", 1) != 0;
    const bool is_sum = node.type == "ReduceSum" || node.type == "ReduceMean";
    const std::string function = is_sum ? "sum" : node.type == "ReduceMax" ? "max" : "min";
    Builder::call(*x, function,
                  "axis: " + (axes->size() == 1 ? std::to_string(axes->front()) : to_string(*axes)) +
                      (keep ? ", keep: true" : ""));
    if (is_sum) {
        x->low = x->low * Dyadic(Int(count));
        x->high = x->high * Dyadic(Int(count));
    }
    reduce_shape(*x, *axes, keep);
    if (node.type == "ReduceMean") x->steps.push_back(Step::scale(Real(Rational(1) / Rational(Dyadic(Int(count))))));
    x->layer = builder.layer_name(node);
    builder.set(node, 0, std::move(*x));
    return {};
}

Result<void> arg(Builder& builder, const Node& node) {
    auto x = builder.flow(node, 0);
    if (!x) return failure(x.error());
    if (node.integer("select_last_index", 0) != 0) return refuse(node, "takes the last of equal elements");
    builder.to_model_layout(*x);
    const auto axis = builder.axis(node, node.integer("axis", 0), x->shape.size());
    if (!axis) return failure(axis.error());
    // A positive factor that all elements have does not move the largest.
    const bool is_factor =
        x->steps.size() == 1 && x->steps[0].kind == Step::Kind::affine && x->steps[0].factor.size() == 1;
    if (is_factor && sign(x->steps[0].factor[0]).value_or(0) > 0) x->steps.clear();
    if (auto plain = builder.require_plain(*x, node); !plain) return plain;
    const int64_t extent = x->shape[static_cast<size_t>(*axis)];
    Builder::call(*x, node.type == "ArgMax" ? "argmax" : "argmin", "axis: " + std::to_string(*axis));
    const bool keep = node.integer("keepdims", 1) != 0;
    reduce_shape(*x, {*axis}, keep);
    if (keep) Builder::call(*x, "reshape", to_string(x->shape));
    x->f = 0;
    x->low = Dyadic();
    x->high = Dyadic(Int(extent - 1));
    x->layer = builder.layer_name(node);
    builder.set(node, 0, std::move(*x));
    return {};
}

/// abs, sign, floor, ceil, round.
Result<void> plain_function(Builder& builder, const Node& node) {
    auto x = builder.flow(node, 0);
    if (!x) return failure(x.error());
    if (auto plain = builder.require_plain(*x, node); !plain) return plain;
    const Dyadic most = std::max(x->low.is_negative() ? -x->low : x->low, x->high.is_negative() ? -x->high : x->high);
    std::string function = "abs";
    if (node.type == "Sign") {
        function = "sign";
        x->low = Dyadic(-1);
        x->high = Dyadic(1);
        x->f = 0;
    } else if (node.type == "Abs") {
        x->low = Dyadic();
        x->high = most;
    } else {
        function = node.type == "Floor" ? "floor" : node.type == "Ceil" ? "ceil" : "round";
        x->low = Dyadic(Rational(x->low).floor_scaled(0));
        x->high = Dyadic(-Rational(-x->high).floor_scaled(0));
        x->f = 0;
    }
    Builder::call(*x, function);
    builder.set(node, 0, std::move(*x));
    return {};
}

/// Operands as texts in the same layout; constants broadcast.
struct Operands {
    std::vector<Flow> flows;
    std::vector<std::string> texts;
    Shape shape;
};

Result<Operands> take_all(Builder& builder, const Node& node) {
    Operands all;
    std::optional<Shape> shape;
    size_t rank = 0;
    for (size_t at = 0; at < node.inputs.size(); ++at)
        if (builder.is_variable(node, at)) {
            const auto x = builder.flow(node, at);
            if (!x) return failure(x.error());
            rank = std::max(rank, x->shape.size());
        }
    for (size_t at = 0; at < node.inputs.size(); ++at) {
        Flow flow;
        if (const Constant* constant = builder.constant(node, at)) {
            const auto values = without_batch(*constant, rank);
            if (!values || values->values.empty()) return refuse(node, "its constant does not fit");
            const auto [low, high] = std::ranges::minmax(values->values);
            flow.low = *Dyadic::from_double(low);
            flow.high = *Dyadic::from_double(high);
            for (const double value : values->values)
                if (value != 0) flow.f = std::max(flow.f, static_cast<int>(-Dyadic::from_double(value)->exponent()));
            flow.shape = values->shape;
            all.texts.push_back(
                builder.program().constant(builder.layer_name(node) + "_constant", {values->shape, values->values}));
        } else {
            auto x = builder.flow(node, at);
            if (!x) return failure(x.error());
            if (auto plain = builder.require_plain(*x, node); !plain) return failure(plain.error());
            builder.to_model_layout(*x);
            if (x->shape.size() != rank) return refuse(node, "its operands have different numbers of axes");
            all.texts.push_back(builder.operand(*x, x->layer));
            flow = std::move(*x);
        }
        shape = shape ? common_shape(*shape, flow.shape) : flow.shape;
        if (!shape) return refuse(node, "its operands do not fit");
        all.flows.push_back(std::move(flow));
    }
    if (all.flows.empty()) return refuse(node, "has no operands");
    all.shape = *shape;
    return all;
}

Result<void> extreme(Builder& builder, const Node& node) {
    // With one number: a limit, which may wait for a quantizer.
    if (node.inputs.size() == 2) {
        for (size_t at = 0; at < 2; ++at) {
            const Constant* constant = builder.constant(node, at);
            const auto number = constant == nullptr ? std::nullopt : constant->scalar();
            if (!number) continue;
            auto x = builder.flow(node, 1 - at);
            if (!x) return failure(x.error());
            if (!x->rounding)
                if (auto known = builder.require_format(*x, node); !known) return known;
            const Rational limit(*Dyadic::from_double(*number));
            x->steps.push_back(node.type == "Max" ? Step::clip(limit, std::nullopt) : Step::clip(std::nullopt, limit));
            builder.set(node, 0, std::move(*x));
            return {};
        }
    }
    auto all = take_all(builder, node);
    if (!all) return failure(all.error());
    const bool is_max = node.type == "Max";
    Flow y;
    std::string text;
    y.low = all->flows[0].low;
    y.high = all->flows[0].high;
    for (size_t at = 0; at < all->flows.size(); ++at) {
        const Flow& each = all->flows[at];
        text += (at == 0 ? "" : ", ") + all->texts[at];
        y.low = is_max ? std::max(y.low, each.low) : std::min(y.low, each.low);
        y.high = is_max ? std::max(y.high, each.high) : std::min(y.high, each.high);
        y.f = std::max(y.f, each.f);
    }
    if (all->flows.size() == 1) return refuse(node, "has one operand");
    y.expression = {std::string(is_max ? "max(" : "min(") + text + ")", Expression::Form::call};
    y.shape = all->shape;
    builder.set(node, 0, std::move(y));
    return {};
}

Result<void> comparison(Builder& builder, const Node& node) {
    auto all = take_all(builder, node);
    if (!all) return failure(all.error());
    if (all->texts.size() != 2) return refuse(node, "has not two operands");
    const std::string sign = node.type == "Greater"          ? ">"
                             : node.type == "GreaterOrEqual" ? ">="
                             : node.type == "Less"           ? "<"
                             : node.type == "LessOrEqual"    ? "<="
                             : node.type == "And"            ? "&"
                             : node.type == "Or"             ? "|"
                                                             : "==";
    Flow y;
    y.expression = {"(" + all->texts[0] + " " + sign + " " + all->texts[1] + ")", Expression::Form::call};
    y.shape = all->shape;
    y.high = Dyadic(1);
    builder.set(node, 0, std::move(y));
    return {};
}

Result<void> where(Builder& builder, const Node& node) {
    auto all = take_all(builder, node);
    if (!all) return failure(all.error());
    if (all->texts.size() != 3) return refuse(node, "has not three operands");
    Flow y;
    y.expression = {"select(" + all->texts[0] + ", " + all->texts[1] + ", " + all->texts[2] + ")",
                    Expression::Form::call};
    y.shape = all->shape;
    y.low = std::min(all->flows[1].low, all->flows[2].low);
    y.high = std::max(all->flows[1].high, all->flows[2].high);
    y.f = std::max(all->flows[1].f, all->flows[2].f);
    builder.set(node, 0, std::move(y));
    return {};
}

Result<void> softmax(Builder& /*builder*/, const Node& node) {
    return refuse(node, "is not the last step: the sum of its exponentials has no format in the model",
                  "`--define` a function of your own, for instance with nn.softmax");
}

constexpr OperatorEntry entries[] = {{"ReduceSum", reduce},
                                     {"ReduceMean", reduce},
                                     {"ReduceMax", reduce},
                                     {"ReduceMin", reduce},
                                     {"ArgMax", arg},
                                     {"ArgMin", arg},
                                     {"Abs", plain_function},
                                     {"Sign", plain_function},
                                     {"Floor", plain_function},
                                     {"Ceil", plain_function},
                                     {"Round", plain_function},
                                     {"Min", extreme},
                                     {"Max", extreme},
                                     {"Greater", comparison},
                                     {"GreaterOrEqual", comparison},
                                     {"Less", comparison},
                                     {"LessOrEqual", comparison},
                                     {"Equal", comparison},
                                     {"And", comparison},
                                     {"Or", comparison},
                                     {"Where", where},
                                     {"Softmax", softmax},
                                     {"LogSoftmax", softmax}};

}  // namespace

std::span<const OperatorEntry> reduction_operators() { return entries; }

}  // namespace dal::importer::onnx
