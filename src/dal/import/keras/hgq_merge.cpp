// Merging layers of HGQ 2, each input with a quantizer of its own; and its sums.
#include <array>
#include <cmath>

#include "dal/import/keras/dense.hpp"
#include "dal/import/keras/einsum.hpp"
#include "dal/import/keras/families.hpp"
#include "dal/import/keras/merge.hpp"
#include "dal/import/keras/quotient.hpp"

namespace dal::importer::keras {
namespace {

/// All inputs, each rounded by its quantizer.
Result<std::vector<Value>> quantized_inputs(LayerContext& layer) {
    std::vector<Value> result;
    const Json& configs = layer["iq_confs"];
    const Variables& own = layer.variables();
    const Variables quantizers = own.naming() == Variables::Naming::by_position
                                     ? own.part("iq/quantizers", "")
                                     : own.numbered("multiple_quantizers", 0);
    static const Json off;
    for (size_t at = 0; at < layer.inputs().size(); ++at) {
        const Variables outer = quantizers.numbered("quantizer", at);
        const Variables inner =
            own.naming() == Variables::Naming::by_position ? outer.part("quantizer", "") : outer.only_part();
        const Json& config = !layer.flag("enable_iq", true) ? off : configs.is_array() ? configs[at] : configs;
        const auto quantizer = read_hgq_quantizer(layer, config, inner, HgqPlace::data);
        if (!quantizer) return failure(quantizer.error());
        auto value = quantize_data(layer, layer.inputs()[at], "in" + std::to_string(at + 1), *quantizer);
        if (!value) return failure(std::move(value.error()));
        result.push_back(std::move(*value));
    }
    return result;
}

template <Merge merge>
Result<Outputs> write_merge(LayerContext& layer) {
    const auto operands = quantized_inputs(layer);
    if (!operands) return failure(operands.error());
    const auto merged = merge_expression(layer, merge, *operands);
    if (!merged) return failure(merged.error());
    return finish_layer(layer, *merged);
}

/// " >> 2" after an expression; " << 1" for scales above 1.
std::string scaled(const std::string& text, int exponent) {
    if (exponent == 0) return text;
    return operand_text(text) + (exponent < 0 ? " >> " : " << ") + std::to_string(std::abs(exponent));
}

/// The nearest power of two of 1 / count, as Python rounds the logarithm.
int exponent_of_mean(int64_t count) {
    return static_cast<int>(std::nearbyint(std::log2(1.0 / static_cast<double>(count))));
}

Result<Outputs> write_average(LayerContext& layer) {
    const auto operands = quantized_inputs(layer);
    if (!operands) return failure(operands.error());
    auto sum = merge_expression(layer, Merge::add, *operands);
    if (!sum) return failure(sum.error());
    sum->text = scaled(sum->text, exponent_of_mean(static_cast<int64_t>(operands->size())));
    return finish_layer(layer, *sum);
}

Result<Outputs> write_dot(LayerContext& layer) {
    const auto operands = quantized_inputs(layer);
    if (!operands) return failure(operands.error());
    static const Json last = Json::of(int64_t{-1});
    const auto product = dot_expression(layer, *operands, layer["axes"].is_null() ? last : layer["axes"]);
    if (!product) return failure(product.error());
    return finish_layer(layer, *product);
}

Result<Outputs> write_einsum(LayerContext& layer) {
    const auto operands = quantized_inputs(layer);
    if (!operands) return failure(operands.error());
    if (operands->empty()) return failure(layer.bad("has no inputs"));
    std::vector<size_t> ranks;
    std::vector<Shape> shapes;
    for (const Value& operand : *operands) {
        ranks.push_back(operand.shape.size());
        shapes.push_back(operand.shape);
    }
    const auto einsum = read_einsum(layer, layer["equation"].string(), ranks, true);
    if (!einsum) return failure(einsum.error());
    auto shape = einsum_shape(layer, *einsum, shapes);
    if (!shape) return failure(std::move(shape.error()));
    std::string text = "einsum(\"" + einsum->text() + "\"";
    for (const Value& operand : *operands) text += ", " + operand.text;
    return finish_layer(layer, {text + ")", std::move(*shape)});
}

/// QSum, with a scale that is a power of two, and QMeanPow2, whose scale is the one nearest to a mean.
template <bool is_mean>
Result<Outputs> write_sum(LayerContext& layer) {
    auto input = layer.any_input();
    if (!input) return failure(std::move(input.error()));
    const auto quantizer = hgq_input_quantizer(layer);
    if (!quantizer) return failure(quantizer.error());
    const auto axes = axes_of(layer, layer["axes"].is_null() ? layer["axis"] : layer["axes"], input->shape.size());
    if (!axes) return failure(axes.error());
    const auto value = quantize_data(layer, *input, "in", *quantizer);
    if (!value) return failure(value.error());
    const bool keeps = layer.flag("keepdims", false);
    int64_t count = 1;
    Shape shape;
    for (size_t axis = 0; axis < input->shape.size(); ++axis) {
        const bool is_summed = std::ranges::find(*axes, static_cast<int64_t>(axis)) != axes->end();
        if (is_summed) count *= input->shape[axis];
        if (!is_summed || keeps) shape.push_back(is_summed ? 1 : input->shape[axis]);
    }
    std::optional<int> exponent = is_mean ? exponent_of_mean(count) : power_of_two(layer["scale"].number().value_or(1));
    if (!exponent) return failure(layer.bad("has a scale that is no power of two"));
    const std::string text = "sum(" + value->text +
                             ", axis: " + (axes->size() == 1 ? std::to_string(axes->front()) : to_string(*axes)) +
                             (keeps ? ", keep: true)" : ")");
    return finish_layer(layer, {scaled(text, *exponent), std::move(shape)});
}

}  // namespace

std::span<const LayerHandler> hgq_merge_layers() {
    static constexpr std::array rows{
        LayerHandler{Library::hgq, "QAdd", write_merge<Merge::add>},
        LayerHandler{Library::hgq, "QSubtract", write_merge<Merge::subtract>},
        LayerHandler{Library::hgq, "QMultiply", write_merge<Merge::multiply>},
        LayerHandler{Library::hgq, "QMaximum", write_merge<Merge::maximum>},
        LayerHandler{Library::hgq, "QMinimum", write_merge<Merge::minimum>},
        LayerHandler{Library::hgq, "QAveragePow2", write_average},
        LayerHandler{Library::hgq, "QDot", write_dot},
        LayerHandler{Library::hgq, "QEinsum", write_einsum},
        LayerHandler{Library::hgq, "QSum", write_sum<false>},
        LayerHandler{Library::hgq, "QMeanPow2", write_sum<true>},
    };
    return rows;
}

}  // namespace dal::importer::keras
