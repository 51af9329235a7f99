// Quantizers of exported graphs: those that torch.ao leaves (`quantize_per_tensor`, `dequantize_per_tensor`) and the
// fake ones of training. Scales are powers of two, or refused.
#include <algorithm>
#include <cmath>

#include "dal/import/torch/operators.hpp"

namespace dal::importer::torch {
namespace {

/// What a quantizer does: round(x / scale), kept within [low, high].
struct Quantizer {
    int f = 0;  // scale = 2^-f
    int64_t low = 0;
    int64_t high = 0;
};

Result<Quantizer> quantizer_of(const Node& node) {
    const auto scale = node.number("scale");
    int exponent = 0;
    if (!scale || !std::isfinite(*scale)) return Graph::refuse(node, "its scale is no constant");
    if (std::frexp(*scale, &exponent) != 0.5)
        return Graph::refuse(node, "its scale is no power of two",
                             "export it as ONNX with QuantizeLinear, which is read with any scale");
    const int64_t zero = node.integer("zero_point", 0);
    Quantizer quantizer;
    quantizer.f = 1 - exponent;
    quantizer.low = node.integer("quant_min", 0) - zero;
    quantizer.high = node.integer("quant_max", -1) - zero;
    constexpr int64_t most = int64_t{1} << 32;
    if (quantizer.low > quantizer.high || quantizer.low < -most || quantizer.high > most || quantizer.low > 0 ||
        quantizer.high < 0 || std::abs(quantizer.f) > 64)
        return Graph::refuse(node, "its range cannot be");
    return quantizer;
}

/// The value after it, with rounding to even as nearbyint does. A range that is no format's is cut.
Result<void> apply(Graph& graph, const Node& node, std::string_view operand) {
    const auto quantizer = quantizer_of(node);
    if (!quantizer) return failure(quantizer.error());
    auto flow = graph.any(node, operand);
    if (!flow) return failure(std::move(flow.error()));
    int bits = 0;
    while (quantizer->high >> bits != 0 || (-quantizer->low - 1) >> bits > 0) ++bits;
    const bool is_signed = quantizer->low < 0;
    const int64_t top = (int64_t{1} << bits) - 1;
    const bool is_format = quantizer->high == top && quantizer->low == (is_signed ? -top - 1 : 0);
    const bool is_symmetric = quantizer->high == top && quantizer->low == -top && is_signed;
    const Formats formats = Formats::uniform(is_signed, bits - quantizer->f, quantizer->f, Round::rnd_conv,
                                             is_symmetric ? Overflow::sat_sym : Overflow::sat);
    Value value = graph.program().quantize(flow->value, node.name(), formats);
    std::string text = value.text;
    if (!is_format && !is_symmetric) {
        const auto bound = [&](int64_t code, const std::string& part) {
            return graph.program().constant(node.name() + "_" + part,
                                            {{}, {std::ldexp(static_cast<double>(code), -quantizer->f)}});
        };
        text = "clip(" + text + ", " + bound(quantizer->low, "low") + ", " + bound(quantizer->high, "high") + ")";
    }
    graph.add(node, text, flow->value.shape, flow->channels_last);
    return {};
}

/// (q - zero point) · scale of constants, in float32.
Result<void> constant_values(Graph& graph, const Node& node, const Tensor& codes) {
    const auto scale = node.number("scale");
    if (!scale || !std::isfinite(*scale)) return Graph::refuse(node, "its scale is no constant");
    const auto zero = static_cast<double>(node.integer("zero_point", 0));
    Tensor result{codes.shape, {}};
    for (const double code : codes.values)
        result.values.push_back(static_cast<double>(static_cast<float>(code - zero) * static_cast<float>(*scale)));
    graph.set(node.name(), std::move(result));
    return {};
}

Result<void> fake(Graph& graph, const Node& node) {
    if (graph.constant(node.tensor("self")) != nullptr)
        return Graph::refuse(node, "it quantizes a constant", "quantize before the export");
    return apply(graph, node, "self");
}

Result<void> quantize(Graph& graph, const Node& node) {
    if (graph.constant(node.tensor("input")) != nullptr)
        return Graph::refuse(node, "it quantizes a constant", "quantize before the export");
    graph.set_scale(node.name(), node.number("scale").value_or(0), node.integer("zero_point", 0));
    return apply(graph, node, "input");
}

/// Values of variables are numbers already; both ends have the same scale, as is checked.
Result<void> dequantize(Graph& graph, const Node& node) {
    if (const Tensor* codes = graph.constant(node.tensor("input"))) return constant_values(graph, node, *codes);
    auto flow = graph.any(node, "input");
    if (!flow) return failure(std::move(flow.error()));
    const auto scale = graph.scale_of(node.tensor("input"));
    if (!scale || scale->first != node.number("scale") || scale->second != node.integer("zero_point", 0))
        return Graph::refuse(node, "its scale is not that of the quantizer before it");
    graph.move(node, std::move(*flow));
    return {};
}

constexpr OperatorEntry entries[] = {{"fake_quantize_per_tensor_affine", fake},
                                     {"quantize_per_tensor", quantize},
                                     {"dequantize_per_tensor", dequantize}};

}  // namespace

std::span<const OperatorEntry> quantize_operators() { return entries; }

}  // namespace dal::importer::torch
