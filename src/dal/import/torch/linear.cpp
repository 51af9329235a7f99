// Products, convolutions, batch normalization.
#include <algorithm>
#include <cmath>

#include "dal/import/torch/operators.hpp"

namespace dal::importer::torch {
namespace {

/// The axes of a constant in another order.
Tensor permuted(const Tensor& tensor, const std::vector<size_t>& axes) {
    Tensor result;
    std::vector<int64_t> strides(tensor.shape.size(), 1);
    for (size_t axis = strides.size(); axis-- > 1;) strides[axis - 1] = strides[axis] * tensor.shape[axis];
    for (const size_t axis : axes) result.shape.push_back(tensor.shape[axis]);
    result.values.reserve(tensor.values.size());
    std::vector<int64_t> index(axes.size(), 0);
    int64_t at = 0;
    for (size_t n = 0; n < tensor.values.size(); ++n) {
        result.values.push_back(tensor.values[static_cast<size_t>(at)]);
        for (size_t j = axes.size(); j-- > 0;) {
            at += strides[axes[j]];
            if (++index[j] < result.shape[j]) break;
            at -= strides[axes[j]] * result.shape[j];
            index[j] = 0;
        }
    }
    return result;
}

/// "6 × 8, 2 of 48 weights are 0".
std::string size_of(const Tensor& kernel) {
    const std::string zeros = zeros_of(kernel);
    return extents(kernel.shape) + (zeros.empty() ? "" : ", " + zeros);
}

/// " + bias", or nothing.
Result<std::string> plus_bias(Graph& graph, const Node& node, std::string_view operand, int64_t outputs) {
    if (node.tensor(operand).empty()) return std::string();
    const auto bias = graph.parameter(node, operand);
    if (!bias) return failure(bias.error());
    if (bias->shape != Shape{outputs}) return Graph::refuse(node, "its bias has not one number for each output");
    return " + " + graph.program().parameter(node.name(), "bias", *bias, std::nullopt);
}

/// x · kernel + bias, `kernel` as [inputs, outputs].
Result<void> dense(Graph& graph, const Node& node, std::string_view operand, const Tensor& kernel,
                   std::string_view bias) {
    const auto flow = graph.ready(node, operand);
    if (!flow) return failure(flow.error());
    const auto x = graph.first(node, operand);
    if (kernel.shape.size() != 2 || x->shape.empty() || x->shape.back() != kernel.shape[0])
        return Graph::refuse(node, "its kernel " + to_string(kernel.shape) + " does not fit " + to_string(x->shape));
    const std::string weights = graph.program().parameter(node.name(), "kernel", kernel, std::nullopt);
    const auto offset = plus_bias(graph, node, bias, kernel.shape[1]);
    if (!offset) return failure(offset.error());
    Shape shape = x->shape;
    shape.back() = kernel.shape[1];
    graph.add(node, x->text + " @ " + weights + *offset, shape, false, size_of(kernel));
    return {};
}

Result<void> linear(Graph& graph, const Node& node) {
    const auto kernel = graph.parameter(node, "weight");
    if (!kernel) return failure(kernel.error());
    if (kernel->shape.size() != 2) return Graph::refuse(node, "its kernel is no matrix");
    return dense(graph, node, "input", permuted(*kernel, {1, 0}), "bias");
}

Result<void> addmm(Graph& graph, const Node& node) {
    const auto kernel = graph.parameter(node, "mat2");
    if (!kernel) return failure(kernel.error());
    if (node.number("beta").value_or(1) != 1 || node.number("alpha").value_or(1) != 1)
        return Graph::refuse(node, "it has factors (alpha, beta)");
    return dense(graph, node, "mat1", *kernel, "self");
}

Result<void> product(Graph& graph, const Node& node) {
    const std::string_view second = node.tensor("mat2").empty() ? "other" : "mat2";
    if (!graph.is_variable(node.tensor(second))) {
        const auto kernel = graph.parameter(node, second);
        if (!kernel) return failure(kernel.error());
        return dense(graph, node, "self", *kernel, "none");
    }
    const auto ready = graph.ready(node, "self");
    if (!ready) return failure(ready.error());
    if (const auto other = graph.ready(node, second); !other) return failure(other.error());
    const auto a = graph.first(node, "self");
    const auto b = graph.first(node, second);
    const auto shape = graph.result_shape(node);
    if (!a || !b || !shape) return failure(!a ? a.error() : !b ? b.error() : shape.error());
    if (a->shape.size() < 2 || b->shape.size() < 2) return Graph::refuse(node, "it multiplies across the batch");
    graph.add(node, a->text + " @ " + b->text, *shape);
    return {};
}

std::string list(const Shape& values) {
    const bool are_same = std::ranges::all_of(values, [&](int64_t value) { return value == values[0]; });
    return are_same ? std::to_string(values[0]) : to_string(values);
}

/// One number for each of d axes.
std::optional<Shape> axes_of(const Node& node, std::string_view name, size_t d, int64_t otherwise, int64_t least) {
    Shape values = node.integers(name);
    if (values.empty()) values = {otherwise};
    if (values.size() == 1) values.resize(d, values[0]);
    constexpr int64_t most = 1 << 20;
    const bool are_right = values.size() == d &&
                           std::ranges::all_of(values, [&](int64_t value) { return value >= least && value <= most; });
    return are_right ? std::optional(values) : std::nullopt;
}

Result<void> convolution(Graph& graph, const Node& node) {
    const auto kernel = graph.parameter(node, "weight");
    if (!kernel) return failure(kernel.error());
    if (kernel->shape.size() < 3 || kernel->shape.size() > 5)
        return Graph::refuse(node, "it is not of 1 to 3 dimensions");
    const size_t d = kernel->shape.size() - 2;
    if (node.truth("transposed", false)) return Graph::refuse(node, "it is transposed", "export it as ONNX");
    const auto stride = axes_of(node, "stride", d, 1, 1);
    const auto dilation = axes_of(node, "dilation", d, 1, 1);
    const auto padding = axes_of(node, "padding", d, 0, 0);
    const std::string& named = node.operand("padding")["as_string"].string();
    const int64_t groups = node.integer("groups", 1);
    if (!stride || !dilation || !padding || groups < 1) return Graph::refuse(node, "its sizes are none that can be");
    if (!named.empty() && named != "valid" && named != "same") return Graph::refuse(node, "its padding is not known");
    const auto flow = graph.ready(node, "input");
    if (!flow) return failure(flow.error());
    const auto x = graph.last(node, "input");
    const auto shape = graph.result_shape(node);
    if (!shape) return failure(shape.error());
    if (x->shape.size() != d + 1 || shape->size() != d + 1 || x->shape.back() != kernel->shape[1] * groups ||
        kernel->shape[0] != (*shape)[0])
        return Graph::refuse(node, "its kernel " + to_string(kernel->shape) + " does not fit " + to_string(x->shape));
    std::vector<size_t> order;
    for (size_t axis = 2; axis < d + 2; ++axis) order.push_back(axis);
    order.push_back(1);
    order.push_back(0);
    const Tensor turned = permuted(*kernel, order);
    const std::string weights = graph.program().parameter(node.name(), "kernel", turned, std::nullopt);
    const auto offset = plus_bias(graph, node, "bias", kernel->shape[0]);
    if (!offset) return failure(offset.error());
    std::string text = "nn.correlate" + std::to_string(d) + "d(" + x->text + ", " + weights;
    if (list(*stride) != "1") text += ", stride: " + list(*stride);
    if (list(*dilation) != "1") text += ", dilation: " + list(*dilation);
    if (named == "same")
        text += ", padding: \"same\"";
    else if (list(*padding) != "0")
        text += ", padding: " + list(*padding);
    if (groups != 1) text += ", groups: " + std::to_string(groups);
    graph.program().use("nn");
    Shape result(shape->begin() + 1, shape->end());
    result.push_back((*shape)[0]);
    graph.add(node, text + ")" + *offset, result, true, size_of(turned));
    return {};
}

/// x · scale + offset for each channel, both rounded to float32.
Result<void> batch_norm(Graph& graph, const Node& node) {
    if (node.truth("training", false))
        return Graph::refuse(node, "it is in training", "`model.eval()` before the export");
    const auto mean = graph.parameter(node, "running_mean");
    const auto variance = graph.parameter(node, "running_var");
    if (!mean || !variance) return failure(!mean ? mean.error() : variance.error());
    Tensor gamma{mean->shape, std::vector<double>(mean->values.size(), 1)};
    Tensor beta{mean->shape, std::vector<double>(mean->values.size(), 0)};
    for (const auto& [operand, into] : {std::pair<std::string_view, Tensor*>{"weight", &gamma}, {"bias", &beta}}) {
        if (node.tensor(operand).empty()) continue;
        auto given = graph.parameter(node, operand);
        if (!given) return failure(std::move(given.error()));
        *into = std::move(*given);
    }
    const double epsilon = node.number("eps").value_or(1e-5);
    const auto flow = graph.ready(node, "input");
    if (!flow) return failure(flow.error());
    const Shape& shape = flow->value.shape;
    const bool is_last = flow->channels_last || shape.size() < 2;
    const int64_t channels = shape.empty() ? 0 : is_last ? shape.back() : shape[0];
    if (mean->shape != Shape{channels} || variance->shape != mean->shape || gamma.shape != mean->shape ||
        beta.shape != mean->shape)
        return Graph::refuse(node, "its parameters have not one number for each channel");
    Tensor scale{mean->shape, {}};
    Tensor offset{mean->shape, {}};
    for (size_t at = 0; at < mean->values.size(); ++at) {
        const double factor = gamma.values[at] / std::sqrt(variance->values[at] + epsilon);
        scale.values.push_back(static_cast<double>(static_cast<float>(factor)));
        offset.values.push_back(static_cast<double>(static_cast<float>(beta.values[at] - mean->values[at] * factor)));
    }
    const auto is_finite = [](double value) { return std::isfinite(value); };
    if (!std::ranges::all_of(scale.values, is_finite) || !std::ranges::all_of(offset.values, is_finite))
        return Graph::refuse(node, "its variances are negative, or its scales are not finite");
    if (auto allowed = graph.inexact(node, "scales and offsets were rounded to float32"); !allowed) return allowed;
    if (!is_last)
        for (Tensor* tensor : {&scale, &offset}) tensor->shape.resize(shape.size(), 1);
    const std::string factors = graph.program().parameter(node.name(), "scale", scale, std::nullopt);
    graph.add(node,
              flow->value.text + " * " + factors + " + " +
                  graph.program().parameter(node.name(), "offset", offset, std::nullopt),
              shape, flow->channels_last, "batch normalization of " + std::to_string(channels) + " channels");
    return {};
}

constexpr OperatorEntry entries[] = {{"linear", linear},
                                     {"addmm", addmm},
                                     {"mm", product},
                                     {"matmul", product},
                                     {"bmm", product},
                                     {"conv1d", convolution},
                                     {"conv2d", convolution},
                                     {"conv3d", convolution},
                                     {"convolution", convolution},
                                     {"batch_norm", batch_norm},
                                     {"_native_batch_norm_legit_no_training", batch_norm}};

}  // namespace

std::span<const OperatorEntry> linear_operators() { return entries; }

}  // namespace dal::importer::torch
