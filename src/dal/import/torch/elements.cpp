// Operators element by element.
#include <algorithm>
#include <cmath>

#include "dal/import/torch/operators.hpp"

namespace dal::importer::torch {
namespace {

/// A number as text: exact.
std::string text_of(Graph& graph, const Node& node, const std::string& part, double value) {
    return graph.program().constant(node.name() + "_" + part, {{}, {value}});
}

Result<void> relu(Graph& graph, const Node& node) {
    const auto x = graph.ready(node, "self");
    if (!x) return failure(x.error());
    graph.add(node, "relu(" + x->value.text + ")", x->value.shape, x->channels_last);
    return {};
}

/// Slopes that are powers of two are shifts.
Result<void> leaky_relu(Graph& graph, const Node& node) {
    const auto x = graph.ready(node, "self");
    if (!x) return failure(x.error());
    const double slope = node.number("negative_slope").value_or(0.01);
    int exponent = 0;
    const bool is_power = std::isfinite(slope) && std::frexp(slope, &exponent) == 0.5 && exponent <= 1;
    if (!std::isfinite(slope)) return Graph::refuse(node, "its slope is not finite");
    graph.program().use("activations");
    const std::string text =
        is_power ? "activations.leaky_relu(" + x->value.text + ", " + std::to_string(1 - exponent) + ")"
                 : "activations.prelu(" + x->value.text + ", " + text_of(graph, node, "slope", slope) + ")";
    graph.add(node, text, x->value.shape, x->channels_last);
    return {};
}

/// Bounds that are left out are none.
Result<void> clamp(Graph& graph, const Node& node, std::string_view low, std::string_view high, double low_else,
                   double high_else) {
    const auto x = graph.ready(node, "self");
    if (!x) return failure(x.error());
    const double least = node.number(low).value_or(low_else);
    const double most = node.number(high).value_or(high_else);
    if (std::isnan(least) || std::isnan(most) || least > most) return Graph::refuse(node, "its bounds cannot be");
    std::string text = x->value.text;
    if (std::isfinite(least)) text = "max(" + text + ", " + text_of(graph, node, "low", least) + ")";
    if (std::isfinite(most)) text = "min(" + text + ", " + text_of(graph, node, "high", most) + ")";
    graph.add(node, text, x->value.shape, x->channels_last);
    return {};
}

constexpr double infinity = HUGE_VAL;
Result<void> hardtanh(Graph& graph, const Node& node) { return clamp(graph, node, "min_val", "max_val", -1, 1); }
Result<void> relu6(Graph& graph, const Node& node) { return clamp(graph, node, "none", "none", 0, 6); }
Result<void> clamp_between(Graph& graph, const Node& node) {
    return clamp(graph, node, "min", "max", -infinity, infinity);
}

Result<void> negative(Graph& graph, const Node& node) {
    const auto x = graph.ready(node, "self");
    if (!x) return failure(x.error());
    graph.add(node, "-(" + x->value.text + ")", x->value.shape, x->channels_last);
    return {};
}

Result<void> absolute(Graph& graph, const Node& node) {
    const auto x = graph.ready(node, "self");
    if (!x) return failure(x.error());
    graph.add(node, "abs(" + x->value.text + ")", x->value.shape, x->channels_last);
    return {};
}

/// A constant operand that broadcasts over samples, as text; nothing if it has a batch of its own.
Result<std::string> constant_text(Graph& graph, const Node& node, const Tensor& constant, size_t rank) {
    Tensor values = constant;
    if (values.shape.size() == rank + 1) {
        if (values.shape[0] != 1) return Graph::refuse(node, "a constant has another value for each sample");
        values.shape.erase(values.shape.begin());
    }
    if (values.shape.size() > rank) return Graph::refuse(node, "a constant has more axes than the other operand");
    return graph.program().parameter(node.name(), "constant", values, std::nullopt);
}

/// One side of a binary operator: a value with channels first, a constant, or a number.
Result<std::string> side(Graph& graph, const Node& node, std::string_view operand, size_t rank) {
    const std::string& name = node.tensor(operand);
    if (const auto number = node.number(operand); name.empty() && number) {
        if (!std::isfinite(*number)) return Graph::refuse(node, "a number is not finite");
        return text_of(graph, node, std::string(operand), *number);
    }
    if (const Tensor* constant = graph.constant(name)) return constant_text(graph, node, *constant, rank);
    if (const auto ready = graph.ready(node, operand); !ready) return failure(ready.error());
    const auto value = graph.first(node, operand);
    if (value->shape.size() != rank && !value->shape.empty() && value->shape.size() > rank)
        return Graph::refuse(node, "its operands have different numbers of axes");
    return value->text;
}

/// Of two values that both have channels last, or of one and a number, the result has them last too.
Result<void> binary(Graph& graph, const Node& node, const std::string& before, const std::string& between) {
    const auto shape = graph.result_shape(node);
    if (!shape) return failure(shape.error());
    if (node.number("alpha").value_or(1) != 1) return Graph::refuse(node, "it has a factor (alpha)");
    const auto a = side(graph, node, "self", shape->size());
    if (!a) return failure(a.error());
    const auto b = side(graph, node, "other", shape->size());
    if (!b) return failure(b.error());
    graph.add(node, before + *a + between + *b + (before.empty() ? "" : ")"), *shape);
    return {};
}

Result<void> add(Graph& graph, const Node& node) { return binary(graph, node, "", " + "); }
Result<void> subtract(Graph& graph, const Node& node) { return binary(graph, node, "", " - "); }
Result<void> multiply(Graph& graph, const Node& node) { return binary(graph, node, "", " * "); }
Result<void> maximum(Graph& graph, const Node& node) { return binary(graph, node, "max(", ", "); }
Result<void> minimum(Graph& graph, const Node& node) { return binary(graph, node, "min(", ", "); }

/// By a power of two.
Result<void> divide(Graph& graph, const Node& node) {
    const auto x = graph.ready(node, "self");
    if (!x) return failure(x.error());
    std::optional<double> divisor = node.number("other");
    if (const Tensor* constant = graph.constant(node.tensor("other")); constant != nullptr && constant->size() == 1)
        divisor = constant->values[0];
    int exponent = 0;
    if (!divisor || !std::isfinite(*divisor) || std::abs(std::frexp(*divisor, &exponent)) != 0.5)
        return failure(inexact_layer(node.place(), "divides by what is no power of two",
                                     "multiply by a constant instead, or export it as ONNX"));
    graph.add(node, "(" + x->value.text + ") * " + text_of(graph, node, "factor", 1 / *divisor), x->value.shape,
              x->channels_last);
    return {};
}

constexpr OperatorEntry entries[] = {
    {"relu", relu},          {"relu_", relu},        {"leaky_relu", leaky_relu}, {"leaky_relu_", leaky_relu},
    {"relu6", relu6},        {"hardtanh", hardtanh}, {"hardtanh_", hardtanh},    {"clamp", clamp_between},
    {"clip", clamp_between}, {"neg", negative},      {"abs", absolute},          {"add", add},
    {"add_", add},           {"sub", subtract},      {"mul", multiply},          {"mul_", multiply},
    {"div", divide},         {"maximum", maximum},   {"minimum", minimum},
};

}  // namespace

std::span<const OperatorEntry> element_operators() { return entries; }

}  // namespace dal::importer::torch
