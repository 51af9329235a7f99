#include "dal/import/keras/activation.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace dal::importer::keras {
namespace {

/// "x |> relu".
Value piped(const Value& value, const std::string& step) { return {value.text + " |> " + step, value.shape}; }

/// Curves: each is a table, which needs formats that the model does not say.
bool is_curve(std::string_view name) {
    constexpr std::array curves{"tanh",        "sigmoid",     "softplus",     "softsign",  "elu",         "selu",
                                "gelu",        "silu",        "swish",        "mish",      "exponential", "exp",
                                "log_sigmoid", "celu",        "hard_sigmoid", "hard_silu", "hard_swish",  "log_softmax",
                                "tanh_shrink", "sparse_plus", "squareplus",   "glu"};
    return std::ranges::find(curves, name) != curves.end();
}

}  // namespace

std::string float_text(double value) { return Dyadic::from_double(static_cast<float>(value))->to_string(); }

std::string activation_name(const Json& activation) {
    if (activation.is_null()) return "linear";
    if (activation.is_string()) return activation.string();
    // A function of somebody's own may be called as one of Keras is.
    const std::string& registered = activation["registered_name"].string();
    if (registered.find('>') != std::string::npos) return registered;
    const Json& config = activation["config"];
    if (config.is_string()) return config.string();
    // Layers as activations: {"class_name": "ReLU", "config": {…}}.
    return {};
}

Result<Value> rectify(LayerContext& layer, const Value& value, std::optional<double> most, double slope,
                      double threshold) {
    if (threshold != 0 || !std::isfinite(slope))
        return failure(layer.unsupported("has a threshold", "a threshold of 0"));
    if (most && *most < 0) return failure(layer.bad("has a negative `max_value`"));
    if (slope == 0 && !most) return piped(value, "relu");
    if (slope == 0) return piped(value, "clip(0, " + float_text(*most) + ")");
    layer.program().use("nn");
    const Value leaky = piped(value, "nn.prelu(" + float_text(slope) + ")");
    return most ? piped(leaky, "min(" + float_text(*most) + ")") : leaky;
}

Result<Value> activate(LayerContext& layer, const Value& value, const Json& activation) {
    const std::string name = activation_name(activation);
    if (name == "linear") return value;
    if (name == "relu") return piped(value, "relu");
    if (name == "relu6") return piped(value, "clip(0, 6)");
    if (name == "leaky_relu") return rectify(layer, value, std::nullopt, 0.2, 0);
    if (name == "hard_tanh") return piped(value, "clip(-1, 1)");
    if (name == "softmax" && layer.is_final()) {
        layer.decide("the softmax at the end is left out: the largest output stays the largest");
        layer.program().comment("left out: the softmax at the end, which keeps the order of the outputs");
        return value;
    }
    if (name == "softmax")
        return failure(layer.inexact("has a softmax inside of the model", "with HGQ 2: `QSoftmax`, which has formats"));
    if (is_curve(name))
        return failure(layer.inexact("has the activation `" + name + "`, which has no exact values",
                                     "with HGQ 2: `QUnaryFunctionLUT`, which has formats"));
    return failure(layer.unsupported("has the activation `" + name + "`"));
}

}  // namespace dal::importer::keras
