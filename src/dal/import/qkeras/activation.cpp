#include "dal/import/qkeras/activation.hpp"

#include <cmath>

#include "dal/import/keras/activation.hpp"
#include "dal/import/keras/quotient.hpp"

namespace dal::importer::qkeras {
namespace {

/// "x |> qkeras.quantized_relu(6, 2)".
Value call(LayerContext& layer, const Value& value, const std::string& function, const std::string& arguments,
           const std::optional<Format>& format) {
    layer.program().use("qkeras");
    const std::string text = value.text + " |> qkeras." + function + (arguments.empty() ? "" : "(" + arguments + ")");
    return {text, value.shape, {}, format ? format->to_string() : ""};
}

/// "6", "6, 2": bits, and integer bits where there are some.
std::string widths(int bits, int integer) {
    return std::to_string(bits) + (integer == 0 ? "" : ", " + std::to_string(integer));
}

/// The exponent of a scale that is a power of two. Errors: inexact_layer.
Result<int> scale_exponent(const LayerContext& layer, const Quantizer& quantizer) {
    const Json& alpha = quantizer["alpha"];
    if (alpha.is_null()) return 0;
    if (alpha.is_string())
        return failure(layer.inexact(
            "rounds values with alpha \"" + alpha.string() + "\", a scale that depends on the other samples of a batch",
            "train with a number as alpha: `alpha=1`"));
    const auto number = alpha.number();
    const auto exponent = number ? power_of_two(*number) : std::nullopt;
    if (!exponent || std::abs(*exponent) > 64)
        return failure(layer.inexact("rounds values with an alpha that is no power of two", "`alpha=1`"));
    return *exponent;
}

Value scaled(const Value& value, int exponent) {
    if (exponent == 0) return value;
    return {"(" + value.text + ")" + (exponent > 0 ? " << " : " >> ") + std::to_string(std::abs(exponent)),
            value.shape};
}

Result<Value> bits(LayerContext& layer, const Value& value, const Quantizer& quantizer) {
    const auto exponent = scale_exponent(layer, quantizer);
    if (!exponent) return failure(exponent.error());
    const auto width = quantizer.integer(layer, "bits", 8);
    if (!width) return failure(width.error());
    const bool has_sign = quantizer.flag("keep_negative", true);
    if (*width == 1 && has_sign) return scaled(call(layer, value, "binary", "", std::nullopt), *exponent);
    const auto format = fixed_format(layer, quantizer);
    if (!format) return failure(format.error());
    if (layer.program().options().exactness == Exactness::off && value.real_input.empty()) return value;
    std::string arguments = widths(*width, format->kif.i);
    if (format->overflow == Overflow::sat_sym) arguments += ", symmetric: true";
    if (!has_sign) arguments += ", keep_negative: false";
    return scaled(call(layer, value, "quantized_bits", arguments, *format), *exponent);
}

Result<Value> limited(const LayerContext& layer, const Value& value, const Quantizer& quantizer) {
    const Json& bound = quantizer["relu_upper_bound"];
    // Where QKeras limits by the format it does not look at the bound.
    if (quantizer.flag("is_quantized_clip", true) || bound.is_null()) return value;
    if (!bound.number() || !(*bound.number() >= 0))
        return failure(layer.bad("has a `relu_upper_bound` that is no number"));
    if (*bound.number() == 0) return value;
    return Value{value.text + " |> min(" + keras::float_text(*bound.number()) + ")", value.shape};
}

Result<Value> relu(LayerContext& layer, const Value& value, const Quantizer& quantizer) {
    const auto width = quantizer.integer(layer, "bits", 8);
    if (!width) return failure(width.error());
    const auto format = fixed_format(layer, quantizer);
    if (!format) return failure(format.error());
    const int integer = format->kif.i;
    const double slope = quantizer["negative_slope"].number().value_or(0);
    if (quantizer.flag("use_sigmoid")) {
        if (slope != 0) return failure(layer.unsupported("has a `quantized_relu` with `use_sigmoid` and a slope"));
        return limited(layer, call(layer, value, "quantized_relu_sigmoid", widths(*width, integer), std::nullopt),
                       quantizer);
    }
    if (slope == 0) {
        if (layer.program().options().exactness == Exactness::off && value.real_input.empty())
            return limited(layer, {value.text + " |> relu", value.shape}, quantizer);
        return limited(layer, call(layer, value, "quantized_relu", widths(*width, integer), *format), quantizer);
    }
    const auto exponent = power_of_two(slope);
    if (!exponent || *exponent > 0) return failure(layer.bad("has a `negative_slope` that is no power of two up to 1"));
    if (-*exponent >= *width)
        return failure(layer.unsupported("has a `quantized_relu` whose slope is less than its last bit"));
    return limited(
        layer,
        call(layer, value, "quantized_leaky_relu",
             std::to_string(*width) + ", " + std::to_string(integer) + ", " + std::to_string(-*exponent), std::nullopt),
        quantizer);
}

Result<Value> ternary(LayerContext& layer, const Value& value, const Quantizer& quantizer) {
    const auto exponent = scale_exponent(layer, quantizer);
    if (!exponent) return failure(exponent.error());
    const Json& threshold = quantizer["threshold"];
    if (!threshold.is_null() && !(threshold.number().value_or(0) > 0))
        return failure(layer.unsupported("has a `ternary` whose threshold is no positive number"));
    const std::string arguments = threshold.is_null() ? "" : keras::float_text(*threshold.number());
    const Format format{Kif(true, 1, 0), Round::rnd_conv, Overflow::sat_sym};
    return scaled(call(layer, value, "ternary", arguments, format), *exponent);
}

Result<Value> binary(LayerContext& layer, const Value& value, const Quantizer& quantizer) {
    const auto exponent = scale_exponent(layer, quantizer);
    if (!exponent) return failure(exponent.error());
    const bool with_zero = quantizer.flag("use_01");
    const Format format{Kif(!with_zero, 1, 0), Round::rnd_conv, Overflow::sat};
    return scaled(call(layer, value, with_zero ? "binary01" : "binary", "", format), *exponent);
}

Result<Value> curve(LayerContext& layer, const Value& value, const Quantizer& quantizer) {
    const bool is_tanh = quantizer.name() == "quantized_tanh";
    if (quantizer.flag(is_tanh ? "use_real_tanh" : "use_real_sigmoid"))
        return failure(layer.inexact(
            "has a `" + quantizer.name() + "` of the real function, in floating point",
            "without `use_real_" + std::string(is_tanh ? "tanh" : "sigmoid") + "` it is a function of straight lines"));
    const auto width = quantizer.integer(layer, "bits", 8);
    if (!width) return failure(width.error());
    const bool is_symmetric = quantizer.flag("symmetric");
    if (*width < (is_tanh ? 2 : 1)) return failure(layer.unsupported("has a `" + quantizer.name() + "` without bits"));
    const Format format{is_tanh ? Kif(true, 0, *width - 1) : Kif(false, 0, *width), Round::rnd_conv,
                        is_tanh && is_symmetric ? Overflow::sat_sym : Overflow::sat};
    return call(layer, value, quantizer.name(), std::to_string(*width) + (is_symmetric ? ", symmetric: true" : ""),
                format);
}

/// Functions that QKeras has under names of its own, or under names that Keras gives to others. Nothing for the rest.
std::optional<Value> straight_lines(LayerContext& layer, const Value& value, const std::string& name) {
    const auto piped = [&](const std::string& step) { return Value{value.text + " |> " + step, value.shape}; };
    if (name == "hard_sigmoid") {
        layer.program().use("nn");
        return piped("nn.hard_sigmoid(shift: 1)");
    }
    if (name == "hard_tanh") return piped("clip(-1, 1)");
    if (name == "smooth_sigmoid") return Value{"clip(0.1875 * (" + value.text + ") + 0.5, 0, 1)", value.shape};
    if (name == "smooth_tanh") return Value{"clip(0.375 * (" + value.text + "), -1, 1)", value.shape};
    // Half rounds to the even 0.
    if (name == "binary_sigmoid") return Value{"select((" + value.text + ") > 0, 1, 0)", value.shape};
    if (name == "binary_tanh") return Value{"select((" + value.text + ") > 0, 1, -1)", value.shape};
    return std::nullopt;
}

}  // namespace

Result<Value> quantize(LayerContext& layer, const Value& value, const Quantizer& quantizer) {
    if (value.quotient)
        return failure(layer.inexact("rounds a mean over a number of elements that is no power of two"));
    const std::string& name = quantizer.name();
    if (name == "quantized_bits" || name == "quantized_linear") return bits(layer, value, quantizer);
    if (name == "quantized_relu") return relu(layer, value, quantizer);
    if (name == "ternary" || name == "stochastic_ternary") return ternary(layer, value, quantizer);
    if (name == "binary" || name == "stochastic_binary") return binary(layer, value, quantizer);
    if (name == "quantized_tanh" || name == "quantized_sigmoid") return curve(layer, value, quantizer);
    if (name == "bernoulli")
        return failure(layer.inexact("has a `bernoulli`, which draws random numbers whenever it is called",
                                     "with `binary`, which is the same without them"));
    if (name == "quantized_hswish" || name == "quantized_ulaw")
        return failure(layer.inexact("has a `" + name + "`, which QKeras computes in floating point"));
    return failure(layer.unsupported("rounds values with a `" + name + "`", "with `quantized_bits`"));
}

Result<Value> apply_activation(LayerContext& layer, const Value& value, const Json& activation) {
    if (!names_quantizer(activation)) {
        if (auto format = layer.program().require_format(value, layer.where()); !format)
            return failure(std::move(format.error()));
        if (auto own = straight_lines(layer, value, keras::activation_name(activation))) return std::move(*own);
        return keras::activate(layer, value, activation);
    }
    const auto quantizer = read_quantizer(layer, activation);
    if (!quantizer) return failure(quantizer.error());
    return quantize(layer, value, **quantizer);
}

Result<keras::Outputs> finish_with_activation(LayerContext& layer, const Value& expression) {
    auto active = apply_activation(layer, expression, layer["activation"]);
    if (!active) return failure(std::move(active.error()));
    Value value = layer.write(active->text, active->shape);
    if (value.format.empty()) value.format = active->format;
    return value;
}

}  // namespace dal::importer::qkeras
