// Operators that move values, and those that do nothing at inference.
#include <algorithm>
#include <numeric>

#include "dal/import/torch/operators.hpp"

namespace dal::importer::torch {
namespace {

/// The first tensor operand, as it is.
Result<void> same(Graph& graph, const Node& node) {
    const std::string_view operand = node.tensor("self").empty() ? "input" : "self";
    if (const Tensor* constant = graph.constant(node.tensor(operand))) {
        graph.set(node.name(), *constant);
        return {};
    }
    auto flow = graph.any(node, operand);
    if (!flow) return failure(std::move(flow.error()));
    graph.move(node, std::move(*flow));
    return {};
}

Result<void> dropout(Graph& graph, const Node& node) {
    if (node.truth("train", false) && node.number("p").value_or(0) != 0)
        return Graph::refuse(node, "it is in training", "`model.eval()` before the export");
    return same(graph, node);
}

/// To the shape of the result: reshape, view, flatten, squeeze, unsqueeze.
Result<void> reshape(Graph& graph, const Node& node) {
    if (const Tensor* constant = graph.constant(node.tensor("self"))) {
        Tensor result = *constant;
        Shape shape = node.integers("size").empty() ? node.integers("shape") : node.integers("size");
        const int64_t known = std::accumulate(shape.begin(), shape.end(), int64_t{1}, [](int64_t all, int64_t extent) {
            return extent > 0 && extent <= (1 << 24) && all <= (1 << 24) ? all * extent : all;
        });
        for (int64_t& extent : shape)
            if (extent == -1) extent = result.size() / known;
        if (shape.empty() || element_count(shape) != result.size())
            return Graph::refuse(node, "reshapes a constant in a way that is not known");
        result.shape = std::move(shape);
        graph.set(node.name(), std::move(result));
        return {};
    }
    const auto x = graph.first(node, "self");
    if (!x) return failure(x.error());
    const auto shape = graph.result_shape(node);
    if (!shape) return failure(shape.error());
    if (element_count(*shape) != element_count(x->shape)) return Graph::refuse(node, "it mixes the samples of a batch");
    Value result = *x;
    result.shape = *shape;
    if (*shape != x->shape) result.text = "reshape(" + x->text + ", " + to_string(*shape) + ")";
    if (shape->size() == 1 && *shape != x->shape) result.text = "flatten(" + x->text + ")";
    graph.move(node, {std::move(result), false});
    return {};
}

/// An order of axes, batch first, as one without.
Result<void> reorder(Graph& graph, const Node& node, std::vector<int64_t> axes) {
    if (const Tensor* constant = graph.constant(node.tensor("self"))) {
        if (axes.size() != 2 || constant->shape.size() != 2 || axes != std::vector<int64_t>{1, 0})
            return Graph::refuse(node, "reorders a constant that is no matrix");
        Tensor result{{constant->shape[1], constant->shape[0]}, {}};
        for (int64_t c = 0; c < constant->shape[1]; ++c)
            for (int64_t r = 0; r < constant->shape[0]; ++r)
                result.values.push_back(constant->values[static_cast<size_t>(r * constant->shape[1] + c)]);
        graph.set(node.name(), std::move(result));
        return {};
    }
    const auto x = graph.first(node, "self");
    if (!x) return failure(x.error());
    std::vector<bool> seen(axes.size());
    if (axes.size() != x->shape.size() + 1 || axes.empty() || axes[0] != 0)
        return Graph::refuse(node, "it moves the batch");
    Value result = *x;
    std::string order;
    for (size_t at = 1; at < axes.size(); ++at) {
        const int64_t axis = axes[at];
        if (axis < 1 || axis >= static_cast<int64_t>(axes.size()) || seen[static_cast<size_t>(axis)])
            return Graph::refuse(node, "its order of axes is none");
        seen[static_cast<size_t>(axis)] = true;
        result.shape[at - 1] = x->shape[static_cast<size_t>(axis) - 1];
        order += (order.empty() ? "" : ", ") + std::to_string(axis - 1);
    }
    result.text = "transpose(" + x->text + ", [" + order + "])";
    graph.move(node, {std::move(result), false});
    return {};
}

/// How many axes the operand has, the batch counted.
size_t rank_of(Graph& graph, const Node& node) {
    if (const Tensor* constant = graph.constant(node.tensor("self"))) return constant->shape.size();
    const auto x = graph.any(node, "self");
    return x ? x->value.shape.size() + 1 : 0;
}

Result<void> permute(Graph& graph, const Node& node) {
    Shape axes = node.integers("dims");
    for (int64_t& axis : axes)
        if (axis < 0) axis += static_cast<int64_t>(axes.size());
    return reorder(graph, node, axes);
}

Result<void> exchange(Graph& graph, const Node& node) {
    const auto rank = static_cast<int64_t>(rank_of(graph, node));
    std::vector<int64_t> axes(static_cast<size_t>(rank));
    std::iota(axes.begin(), axes.end(), 0);
    int64_t a = node.integer("dim0", 0);
    int64_t b = node.integer("dim1", 1);
    if (a < 0) a += rank;
    if (b < 0) b += rank;
    if (a < 0 || b < 0 || a >= rank || b >= rank) return Graph::refuse(node, "its axes are not there");
    std::swap(axes[static_cast<size_t>(a)], axes[static_cast<size_t>(b)]);
    return reorder(graph, node, axes);
}

Result<void> concatenate(Graph& graph, const Node& node) {
    const std::vector<Json>& operands = node.operand("tensors")["as_tensors"].items();
    const auto shape = graph.result_shape(node);
    if (!shape) return failure(shape.error());
    const auto rank = static_cast<int64_t>(shape->size()) + 1;
    int64_t axis = node.integer("dim", 0);
    if (axis < 0) axis += rank;
    if (axis < 1 || axis >= rank || operands.empty()) return Graph::refuse(node, "it joins samples of a batch");
    std::string text;
    for (const Json& operand : operands) {
        const std::string& name = operand["name"].string();
        auto part = graph.named(node, name);
        if (!part) return failure(std::move(part.error()));
        if (auto known = graph.program().require_format(part->value, node.place()); !known) return known;
        const Value value = part->channels_last ? to_first(part->value) : part->value;
        text += (text.empty() ? "" : ", ") + value.text;
    }
    graph.add(node, "concat(" + text + ", axis: " + std::to_string(axis - 1) + ")", *shape);
    return {};
}

/// One part of an axis, or one position of it.
Result<void> cut(Graph& graph, const Node& node, bool is_one) {
    const auto x = graph.first(node, "self");
    if (!x) return failure(x.error());
    const auto shape = graph.result_shape(node);
    if (!shape) return failure(shape.error());
    const auto rank = static_cast<int64_t>(x->shape.size()) + 1;
    int64_t axis = node.integer("dim", 0);
    if (axis < 0) axis += rank;
    if (axis < 0 || axis >= rank) return Graph::refuse(node, "its axis is not there");
    const bool is_all = node.operand("start").is_null() || node.integer("start", 0) == 0;
    constexpr int64_t unlimited = int64_t{1} << 40;
    if (axis == 0 && !is_one && is_all && node.integer("end", unlimited) >= unlimited) return same(graph, node);
    if (axis == 0) return Graph::refuse(node, "it takes samples of a batch");
    const int64_t extent = x->shape[static_cast<size_t>(axis) - 1];
    const auto place = [&](int64_t position) {
        return std::clamp(position < 0 ? position + extent : position, int64_t{0}, extent);
    };
    const int64_t step = node.integer("step", 1);
    if (step < 1) return Graph::refuse(node, "its step is not positive");
    std::string part;
    if (is_one) {
        part = std::to_string(node.integer("index", 0));
    } else {
        part =
            std::to_string(place(node.integer("start", 0))) + ":" + std::to_string(place(node.integer("end", extent)));
        if (step != 1) part += ":" + std::to_string(step);
    }
    std::string index;
    for (int64_t before = 1; before < axis; ++before) index += ":, ";
    Value result = *x;
    result.text = "(" + x->text + ")[" + index + part + "]";
    result.shape = *shape;
    graph.move(node, {std::move(result), false});
    return {};
}

Result<void> slice(Graph& graph, const Node& node) { return cut(graph, node, false); }
Result<void> select(Graph& graph, const Node& node) { return cut(graph, node, true); }

/// Zeros around the last axes: [left, right] of the last one, then of the one before it.
Result<void> pad(Graph& graph, const Node& node) {
    const auto x = graph.first(node, "self");
    if (!x) return failure(x.error());
    const Shape widths = node.integers("pad");
    const size_t rank = x->shape.size();
    if (node.number("value").value_or(0) != 0) return Graph::refuse(node, "it pads with a number that is not 0");
    if (widths.size() % 2 != 0 || widths.size() / 2 > rank || widths.empty())
        return Graph::refuse(node, "it pads the batch");
    Value result = *x;
    Shape before(rank, 0);
    Shape after(rank, 0);
    for (size_t j = 0; j < widths.size() / 2; ++j) {
        constexpr int64_t most = 1 << 20;
        if (widths[2 * j] < 0 || widths[2 * j + 1] < 0 || widths[2 * j] > most || widths[2 * j + 1] > most)
            return Graph::refuse(node, "it cuts instead of padding");
        before[rank - 1 - j] = widths[2 * j];
        after[rank - 1 - j] = widths[2 * j + 1];
        result.shape[rank - 1 - j] += widths[2 * j] + widths[2 * j + 1];
    }
    if (auto known = graph.program().require_format(*x, node.place()); !known) return known;
    graph.add(node, "pad(" + x->text + ", " + to_string(before) + ", " + to_string(after) + ")", result.shape);
    return {};
}

constexpr OperatorEntry entries[] = {
    {"dropout", dropout},
    {"feature_dropout", dropout},
    {"alpha_dropout", dropout},
    {"clone", same},
    {"detach", same},
    {"detach_", same},
    {"contiguous", same},
    {"alias", same},
    {"lift_fresh_copy", same},
    {"view", reshape},
    {"_unsafe_view", reshape},
    {"reshape", reshape},
    {"flatten", reshape},
    {"unflatten", reshape},
    {"squeeze", reshape},
    {"unsqueeze", reshape},
    {"permute", permute},
    {"transpose", exchange},
    {"t", exchange},
    {"cat", concatenate},
    {"concat", concatenate},
    {"slice", slice},
    {"select", select},
    {"pad", pad},
    {"constant_pad_nd", pad},
};

}  // namespace

std::span<const OperatorEntry> movement_operators() { return entries; }

}  // namespace dal::importer::torch
