// Pooling, and means over axes.
#include <algorithm>

#include "dal/import/torch/operators.hpp"

namespace dal::importer::torch {
namespace {

std::string list(const Shape& values) {
    const bool are_same = std::ranges::all_of(values, [&](int64_t value) { return value == values[0]; });
    return are_same ? std::to_string(values[0]) : to_string(values);
}

struct Window {
    Shape size;
    Shape stride;
    Shape padding;
};

/// What pooling over d axes is told. Error: unsupported_layer.
Result<Window> window_of(const Node& node, size_t d) {
    Window window{node.integers("kernel_size"), node.integers("stride"), node.integers("padding")};
    if (window.stride.empty()) window.stride = window.size;
    if (window.padding.empty()) window.padding = {0};
    for (Shape* values : {&window.size, &window.stride, &window.padding}) {
        if (values->size() == 1) values->resize(d, (*values)[0]);
        const int64_t least = values == &window.padding ? 0 : 1;
        constexpr int64_t most = 1 << 20;
        if (values->size() != d ||
            !std::ranges::all_of(*values, [&](int64_t value) { return value >= least && value <= most; }))
            return Graph::refuse(node, "its sizes are none that can be");
    }
    if (node.truth("ceil_mode", false)) return Graph::refuse(node, "its last windows reach out (ceil_mode)");
    const Shape dilation = node.integers("dilation");
    if (std::ranges::any_of(dilation, [](int64_t value) { return value != 1; }))
        return Graph::refuse(node, "its windows have holes (dilation)");
    return window;
}

Result<void> pool(Graph& graph, const Node& node, std::string_view function, const std::string& more, const Window& w) {
    const auto flow = graph.ready(node, "self");
    if (!flow) return failure(flow.error());
    const auto x = graph.last(node, "self");
    auto shape = graph.result_shape(node);
    if (!shape) return failure(shape.error());
    const size_t d = w.size.size();
    if (x->shape.size() != d + 1 || shape->size() != d + 1)
        return Graph::refuse(node, "its operand has not one axis of channels, and " + std::to_string(d) + " others");
    std::rotate(shape->begin(), shape->begin() + 1, shape->end());
    std::string text = "nn." + std::string(function) + std::to_string(d) + "d(" + x->text + ", " + list(w.size);
    if (w.stride != w.size) text += ", stride: " + list(w.stride);
    if (list(w.padding) != "0") text += ", padding: " + list(w.padding);
    graph.program().use("nn");
    graph.add(node, text + more + ")", *shape, true);
    return {};
}

size_t axes_of(const Node& node) {
    const size_t digit = node.target().find_first_of("123", std::string("aten.").size());
    return digit == std::string::npos ? 2 : static_cast<size_t>(node.target()[digit] - '0');
}

Result<void> max_pool(Graph& graph, const Node& node) {
    const auto window = window_of(node, axes_of(node));
    if (!window) return failure(window.error());
    return pool(graph, node, "max_pool", "", *window);
}

/// 1 / count, and whether that had to be rounded to float32.
Result<std::string> reciprocal(Graph& graph, const Node& node, int64_t count) {
    if ((count & (count - 1)) == 0) return "1 / " + std::to_string(count);
    if (auto allowed = graph.inexact(node, "1 / " + std::to_string(count) + " was rounded to float32"); !allowed)
        return failure(std::move(allowed.error()));
    return graph.program().array(node.name() + "_scale", {{}, {static_cast<double>(1.0F / static_cast<float>(count))}});
}

Result<void> average_pool(Graph& graph, const Node& node) {
    const auto window = window_of(node, axes_of(node));
    if (!window) return failure(window.error());
    const bool has_padding = std::ranges::any_of(window->padding, [](int64_t value) { return value != 0; });
    if (has_padding && !node.truth("count_include_pad", true))
        return Graph::refuse(node, "its means leave the padding out (count_include_pad)");
    int64_t count = 1;
    for (const int64_t size : window->size) {
        constexpr int64_t most = 1 << 20;
        count *= size;
        if (count > most) return Graph::refuse(node, "its windows are too large");
    }
    const int64_t divisor = node.integer("divisor_override", count);
    if (divisor < 1) return Graph::refuse(node, "its divisor is not positive");
    const auto scale = reciprocal(graph, node, divisor);
    if (!scale) return failure(scale.error());
    return pool(graph, node, "avg_pool", ", scale: " + *scale, *window);
}

/// Means, sums, largest and smallest elements over axes, batch not counted.
Result<void> reduce(Graph& graph, const Node& node, const std::string& function, bool is_mean) {
    const auto flow = graph.ready(node, "self");
    if (!flow) return failure(flow.error());
    const auto x = graph.first(node, "self");
    const auto shape = graph.result_shape(node);
    if (!shape) return failure(shape.error());
    const auto rank = static_cast<int64_t>(x->shape.size()) + 1;
    Shape axes;
    int64_t count = 1;
    for (int64_t axis : node.integers("dim")) {
        if (axis < 0) axis += rank;
        if (axis < 1 || axis >= rank) return Graph::refuse(node, "it reduces the batch");
        axes.push_back(axis - 1);
        count *= x->shape[static_cast<size_t>(axis) - 1];
    }
    if (axes.empty()) return Graph::refuse(node, "it reduces the batch");
    std::string text = function + "(" + x->text + ", axis: " + to_string(axes);
    text += node.truth("keepdim", false) ? ", keep: true)" : ")";
    if (is_mean) {
        const auto scale = reciprocal(graph, node, count);
        if (!scale) return failure(scale.error());
        text += " * (" + *scale + ")";
    }
    graph.add(node, text, *shape);
    return {};
}

Result<void> mean(Graph& graph, const Node& node) { return reduce(graph, node, "sum", true); }
Result<void> total(Graph& graph, const Node& node) { return reduce(graph, node, "sum", false); }
Result<void> largest(Graph& graph, const Node& node) { return reduce(graph, node, "max", false); }
Result<void> smallest(Graph& graph, const Node& node) { return reduce(graph, node, "min", false); }

/// To one element for each channel; other sizes have windows of different extents.
Result<void> adaptive_average(Graph& graph, const Node& node) {
    const auto flow = graph.ready(node, "self");
    if (!flow) return failure(flow.error());
    const auto x = graph.last(node, "self");
    if (std::ranges::any_of(node.integers("output_size"), [](int64_t size) { return size != 1; }))
        return Graph::refuse(node, "its result has more than one element for each channel",
                             "write its windows out: `AvgPool2d`");
    const auto shape = graph.result_shape(node);
    if (!shape) return failure(shape.error());
    if (x->shape.size() < 2) return Graph::refuse(node, "its operand has no axes to reduce");
    int64_t count = 1;
    for (size_t axis = 0; axis + 1 < x->shape.size(); ++axis) count *= x->shape[axis];
    const auto scale = reciprocal(graph, node, count);
    if (!scale) return failure(scale.error());
    graph.program().use("nn");
    graph.add(node, "reshape(nn.global_avg(" + x->text + ", scale: " + *scale + "), " + to_string(*shape) + ")",
              *shape);
    return {};
}

constexpr OperatorEntry entries[] = {{"max_pool1d", max_pool},
                                     {"max_pool2d", max_pool},
                                     {"max_pool3d", max_pool},
                                     {"max_pool2d_with_indices", max_pool},
                                     {"avg_pool1d", average_pool},
                                     {"avg_pool2d", average_pool},
                                     {"avg_pool3d", average_pool},
                                     {"adaptive_avg_pool1d", adaptive_average},
                                     {"adaptive_avg_pool2d", adaptive_average},
                                     {"_adaptive_avg_pool2d", adaptive_average},
                                     {"mean", mean},
                                     {"sum", total},
                                     {"amax", largest},
                                     {"amin", smallest}};

}  // namespace

std::span<const OperatorEntry> pooling_operators() { return entries; }

}  // namespace dal::importer::torch
