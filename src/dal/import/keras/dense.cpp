#include "dal/import/keras/dense.hpp"

#include <algorithm>
#include <cmath>

#include "dal/import/hgq2/curves.hpp"
#include "dal/import/keras/activation.hpp"
#include "dal/import/keras/merge.hpp"

namespace dal::importer::keras {

Result<Parameter> exact_parameter(LayerContext& layer, std::string_view part, const Tensor& values) {
    if (!std::ranges::all_of(values.values, [](double value) { return std::isfinite(value); }))
        return failure(layer.bad("has a " + std::string(part) + " that is not finite"));
    if (part == "kernel") layer.comment(kernel_comment(values));
    Parameter result{layer.parameter(part, values, std::nullopt), values.shape};
    // One number for all elements: a bias or a factor broadcasts, a kernel must have its shape.
    const bool is_number = result.text[0] == '-' || (result.text[0] >= '0' && result.text[0] <= '9');
    if (is_number && part.find("kernel") != std::string_view::npos)
        result.text = "full(" + to_string(values.shape) + ", " + result.text + ")";
    return result;
}

Value dense_expression(LayerContext& layer, const RoundedInput& x, const Parameter& kernel,
                       const std::optional<Parameter>& given_bias) {
    const std::optional<Parameter> bias = given_bias && given_bias->text == "0" ? std::nullopt : given_bias;
    Shape shape = x.value.shape;
    shape.back() = kernel.shape.back();
    const bool rounds = !x.format.empty();
    if (rounds && bias && shape.size() <= 2) {
        layer.program().use("nn");
        const std::string function = shape.size() == 1 ? "nn.dense" : "nn.dense_each";
        return {x.value.text + " |> " + function + "(" + x.format + ", " + kernel.text + ", " + bias->text + ")",
                std::move(shape)};
    }
    if (rounds && !bias && shape.size() == 1) {
        layer.program().use("nn");
        return {x.value.text + " |> nn.linear(" + x.format + ", " + kernel.text + ")", std::move(shape)};
    }
    const std::string input = rounds ? "quantize(" + x.value.text + ", " + x.format + ")" : operand_text(x.value.text);
    const std::string product = input + " @ " + kernel.text;
    return {bias ? product + " + " + bias->text : product, std::move(shape)};
}

std::string kernel_comment(const Tensor& kernel) {
    const std::string zeros = zeros_of(kernel);
    return extents(kernel.shape) + (zeros.empty() ? "" : ", " + zeros);
}

Result<Outputs> finish_layer(LayerContext& layer, const Value& expression) {
    if (layer.library() == Library::hgq) {
        auto curve = hgq2::write_curve(layer, expression);
        if (!curve) return failure(std::move(curve.error()));
        if (*curve) return layer.write((*curve)->text, (*curve)->shape);
    }
    auto active = activate(layer, expression, layer["activation"]);
    if (!active) return failure(std::move(active.error()));
    if (layer.library() != Library::hgq) return layer.write(active->text, active->shape);
    const auto quantizer = hgq_output_quantizer(layer);
    if (!quantizer) return failure(quantizer.error());
    auto rounded = quantize_data(layer, *active, "out", *quantizer);
    if (!rounded) return failure(std::move(rounded.error()));
    Value value = layer.write(rounded->text, rounded->shape);
    value.format = rounded->format;
    return value;
}

}  // namespace dal::importer::keras
