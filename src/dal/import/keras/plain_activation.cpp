// Activations of Keras as layers, what does nothing at inference, and functions of `keras.ops` of one tensor.
#include <array>
#include <cmath>

#include "dal/import/keras/activation.hpp"
#include "dal/import/keras/dense.hpp"
#include "dal/import/keras/families.hpp"
#include "dal/import/keras/merge.hpp"
#include "dal/import/keras/own_variables.hpp"

namespace dal::importer::keras {
namespace {

/// The layer itself is left out: what reads it reads its input.
Result<Outputs> write_nothing(LayerContext& layer) {
    auto input = layer.any_input();
    if (!input) return failure(std::move(input.error()));
    return std::move(*input);
}

/// A number of the configuration under one of two names, or what it is where it is not given.
Result<double> number(const LayerContext& layer, std::string_view key, std::string_view older, double otherwise) {
    const Json& value = layer[key].is_null() ? layer[older] : layer[key];
    // Keras 2 stores numbers of some layers as arrays: {"class_name": "__numpy__", "config": {"value": …}}.
    const Json& plain =
        value.is_object() ? (value["config"]["value"].is_null() ? value["value"] : value["config"]["value"]) : value;
    if (plain.is_null()) return otherwise;
    const auto read = plain.number();
    if (!read || !std::isfinite(static_cast<float>(*read)))
        return failure(layer.bad("`" + std::string(key) + "` is no number"));
    return *read;
}

Result<Outputs> write_rectifier(LayerContext& layer, double slope_otherwise) {
    auto input = layer.input();
    if (!input) return failure(std::move(input.error()));
    const auto slope = number(layer, "negative_slope", "alpha", slope_otherwise);
    if (!slope) return failure(slope.error());
    const auto threshold = number(layer, "threshold", "threshold", 0);
    if (!threshold) return failure(threshold.error());
    std::optional<double> most;
    if (!layer["max_value"].is_null()) {
        const auto given = number(layer, "max_value", "max_value", 0);
        if (!given) return failure(given.error());
        most = *given;
    }
    const auto value = rectify(layer, *input, most, *slope, *threshold);
    if (!value) return failure(value.error());
    return layer.write(value->text, value->shape);
}

Result<Outputs> write_relu(LayerContext& layer) { return write_rectifier(layer, 0); }
Result<Outputs> write_leaky_relu(LayerContext& layer) {
    // The layer has 0.3 where it says nothing, the operation 0.2.
    return write_rectifier(layer, layer.config().has("trainable") ? 0.3 : 0.2);
}

Result<Outputs> write_prelu(LayerContext& layer) {
    auto input = layer.input();
    if (!input) return failure(std::move(input.error()));
    const OwnVariables own(layer, {"alpha"});
    const auto slope = own.at("alpha");
    if (!slope) return failure(slope.error());
    if (!is_broadcastable(slope->shape, input->shape)) return failure(layer.bad("has slopes of another shape"));
    const auto parameter = exact_parameter(layer, "alpha", *slope);
    if (!parameter) return failure(parameter.error());
    layer.program().use("nn");
    return layer.write(input->text + " |> nn.prelu(" + parameter->text + ")", input->shape);
}

Result<Outputs> write_thresholded(LayerContext& layer) {
    auto input = layer.input();
    if (!input) return failure(std::move(input.error()));
    const auto theta = number(layer, "theta", "theta", 1);
    if (!theta) return failure(theta.error());
    return layer.write("select(" + operand_text(input->text) + " > " + float_text(*theta) + ", " + input->text + ", 0)",
                       input->shape);
}

Result<Outputs> applied(LayerContext& layer, const Json& activation) {
    auto input = layer.any_input();
    if (!input) return failure(std::move(input.error()));
    const std::string name = activation_name(activation);
    if (name == "linear") return std::move(*input);
    if (name != "softmax" || !layer.is_final())
        if (auto known = layer.input(); !known) return failure(std::move(known.error()));
    const auto value = activate(layer, *input, activation);
    if (!value) return failure(value.error());
    if (value->text == input->text) return std::move(*input);
    return layer.write(value->text, value->shape);
}

Result<Outputs> write_activation(LayerContext& layer) { return applied(layer, layer["activation"]); }

Result<Outputs> write_softmax(LayerContext& layer) {
    static const Json softmax = Json::of(std::string("softmax"));
    return applied(layer, softmax);
}

/// A curve as a layer or an operation: refused by the name of the function.
Result<Outputs> write_curve(LayerContext& layer) {
    return failure(layer.inexact("is a function that has no exact values", "with HGQ 2: `QUnaryFunctionLUT`"));
}

Result<Outputs> write_relu6(LayerContext& layer) {
    static const Json relu6 = Json::of(std::string("relu6"));
    return applied(layer, relu6);
}

template <const char* const& function>
Result<Outputs> write_function(LayerContext& layer) {
    auto input = layer.input();
    if (!input) return failure(std::move(input.error()));
    return layer.write(std::string(function) + "(" + input->text + ")", input->shape);
}
constexpr const char* abs_name = "abs";
constexpr const char* sign_name = "sign";
constexpr const char* floor_name = "floor";
constexpr const char* ceil_name = "ceil";
constexpr const char* round_name = "round";

Result<Outputs> write_negative(LayerContext& layer) {
    auto input = layer.input();
    if (!input) return failure(std::move(input.error()));
    return layer.write("-" + operand_text(input->text), input->shape);
}

Result<Outputs> write_square(LayerContext& layer) {
    auto input = layer.input();
    if (!input) return failure(std::move(input.error()));
    const std::string x = operand_text(input->text);
    return layer.write(x + " * " + x, input->shape);
}

Result<Outputs> write_clip(LayerContext& layer) {
    auto input = layer.input();
    if (!input) return failure(std::move(input.error()));
    const auto low = layer["x_min"].number();
    const auto high = layer["x_max"].number();
    if (!low || !high || !std::isfinite(static_cast<float>(*low)) || !std::isfinite(static_cast<float>(*high)))
        return failure(layer.unsupported("clips to what is no number"));
    return layer.write("clip(" + input->text + ", " + float_text(*low) + ", " + float_text(*high) + ")", input->shape);
}

Result<Outputs> write_rescaling(LayerContext& layer) {
    auto input = layer.input();
    if (!input) return failure(std::move(input.error()));
    const auto scale = layer["scale"].number();
    const auto offset = layer["offset"].is_null() ? std::optional<double>(0) : layer["offset"].number();
    if (!scale || !offset || !std::isfinite(static_cast<float>(*scale)) || !std::isfinite(static_cast<float>(*offset)))
        return failure(layer.unsupported("scales by what is no number"));
    return layer.write(
        operand_text(input->text) + " * " + float_text(*scale) + (*offset == 0 ? "" : " + " + float_text(*offset)),
        input->shape);
}

}  // namespace

std::span<const LayerHandler> activation_layers() {
    static const std::vector<LayerHandler> rows = [] {
        std::vector<LayerHandler> all{
            {Library::keras, "ReLU", write_relu},
            {Library::keras, "Relu", write_relu},
            {Library::keras, "Relu6", write_relu6},
            {Library::keras, "LeakyReLU", write_leaky_relu},
            {Library::keras, "LeakyRelu", write_leaky_relu},
            {Library::keras, "PReLU", write_prelu},
            {Library::keras, "ThresholdedReLU", write_thresholded},
            {Library::keras, "Activation", write_activation},
            {Library::keras, "Softmax", write_softmax},
            {Library::keras, "Rescaling", write_rescaling},
            {Library::keras, "Absolute", write_function<abs_name>},
            {Library::keras, "Abs", write_function<abs_name>},
            {Library::keras, "Sign", write_function<sign_name>},
            {Library::keras, "Floor", write_function<floor_name>},
            {Library::keras, "Ceil", write_function<ceil_name>},
            {Library::keras, "Round", write_function<round_name>},
            {Library::keras, "Negative", write_negative},
            {Library::keras, "Square", write_square},
            {Library::keras, "Clip", write_clip},
        };
        for (const char* name : {"Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "GaussianNoise",
                                 "GaussianDropout", "AlphaDropout", "ActivityRegularization", "Identity"})
            all.push_back({Library::keras, name, write_nothing});
        for (const char* name : {"ELU", "Elu", "SELU", "Selu", "GELU", "Gelu", "Sigmoid", "Tanh", "Softplus", "Exp"})
            all.push_back({Library::keras, name, write_curve});
        return all;
    }();
    return rows;
}

}  // namespace dal::importer::keras
