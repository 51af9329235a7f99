#include "dal/import/hgq2/parts.hpp"

#include <algorithm>
#include <cmath>

namespace dal::importer::hgq2 {
namespace {

/// The configuration with what its class fixes.
Json whole_config(const Json& config) {
    const std::string& kind = config["class_name"].string();
    const bool is_sigmoid = kind == "HardSigmoidConfig";
    if (!is_sigmoid && kind != "HardTanhConfig") return config;
    std::vector<Json::Member> keys;
    for (const Json::Member& member : config["config"].members())
        if (member.first != "overflow_mode" && member.first != "affine") keys.push_back(member);
    const bool is_symmetric = !is_sigmoid && config["config"]["symmetric"].boolean().value_or(false);
    keys.emplace_back("overflow_mode", Json::of(std::string(is_symmetric ? "SAT_SYM" : "SAT")));
    if (is_sigmoid)
        keys.emplace_back("affine", Json::of(std::vector<Json>{Json::of(0.25, "0.25"), Json::of(0.5, "0.5")}));
    std::vector<Json::Member> whole;
    whole.emplace_back("class_name", Json::of(std::string("QuantizerConfig")));
    whole.emplace_back("config", Json::of(std::move(keys)));
    return Json::of(std::move(whole));
}

/// Where an attribute that is a quantizer has its variables.
Variables quantizer_variables(const Variables& part, const std::string& attribute) {
    const Variables outer = attribute_of(part, attribute);
    return outer.naming() == Variables::Naming::by_position ? outer.part("quantizer", "quantizer") : outer.only_part();
}

}  // namespace

Result<HgqQuantizer> part_quantizer(const LayerContext& layer, const Variables& part, const std::string& attribute,
                                    const Json& config, HgqPlace place) {
    const Json whole = whole_config(config);
    return keras::read_hgq_quantizer(layer, whole, quantizer_variables(part, attribute), place);
}

Result<HgqQuantizer> stored_quantizer(const LayerContext& layer, const Variables& part, const std::string& attribute,
                                      const Json& config, HgqPlace place) {
    if (quantizer_variables(part, attribute).group() != nullptr)
        return part_quantizer(layer, part, attribute, config, place);
    HgqQuantizer off;
    off.is_off = true;
    return off;
}

namespace {

/// The formats with the binary point where a scaler that is a power of two has it; nothing for other scalers.
std::optional<Formats> scaled(const HgqQuantizer& quantizer) {
    int exponent = 0;
    if (quantizer.scaler <= 0 || std::frexp(quantizer.scaler, &exponent) != 0.5) return std::nullopt;
    Formats formats = quantizer.formats;
    for (int& i : formats.i) i += exponent - 1;
    for (int& f : formats.f) f -= exponent - 1;
    if (formats.size() == 1) formats.shape = {};
    return formats;
}

/// A number as an operand: "(-0.25)".
std::string signed_text(double value) {
    const std::string text = Dyadic::from_double(value)->to_string();
    return value < 0 ? "(" + text + ")" : text;
}

}  // namespace

std::string affine_text(const HgqQuantizer& quantizer) {
    if (!quantizer.affine) return {};
    return " * " + signed_text(quantizer.affine->first) + " + " + signed_text(quantizer.affine->second);
}

Result<Formats> table_formats(const LayerContext& layer, const HgqQuantizer& quantizer, std::string_view what) {
    if (quantizer.is_off)
        return failure(
            layer.unsupported("has a table whose " + std::string(what) + " is not rounded by the layer itself",
                              "give the layer a quantizer there"));
    auto formats = scaled(quantizer);
    if (!formats || quantizer.affine || quantizer.only_rounds)
        return failure(layer.unsupported("has a table whose " + std::string(what) +
                                         " goes through a quantizer with a scaler or an affine function"));
    return std::move(*formats);
}

Result<std::string> quantizer_body(LayerContext& layer, const std::string& v, std::string_view part,
                                   const HgqQuantizer& quantizer, const Shape& shape) {
    if (quantizer.is_off) return v;
    const auto formats = scaled(quantizer);
    if (!formats || quantizer.only_rounds)
        return failure(
            layer.unsupported("has a quantizer `" + std::string(part) + "` with a scaler that is no power of two"));
    if (!is_broadcastable(formats->shape, shape))
        return failure(layer.bad("has formats of shape " + to_string(formats->shape) + " for numbers of shape " +
                                 to_string(shape)));
    std::string text = "quantize(" + v + ", " + layer.format(part, *formats) + ")";
    return text + affine_text(quantizer);
}

Result<const Activation*> activation_of(const LayerContext& layer, std::string_view key) {
    const auto name = activation_name(layer[key]);
    const Activation* activation = name ? find_activation(*name) : nullptr;
    if (activation != nullptr) return activation;
    std::string known;
    for (const std::string& each : activation_names()) known += (known.empty() ? "" : ", ") + each;
    return failure(layer.unsupported("its `" + std::string(key) + "` is " +
                                         (name ? "`" + *name + "`" : "no function by name") + ", which is not known",
                                     "those that are: " + known));
}

std::optional<std::string> exact_activation(const std::string& x, const Activation& activation) {
    if (activation.name == "linear") return x;
    if (activation.name == "relu") return "relu(" + x + ")";
    if (activation.name == "relu6") return "clip(" + x + ", 0, 6)";
    if (activation.name == "hard_tanh") return "clip(" + x + ", -1, 1)";
    return std::nullopt;
}

Result<std::string> part_parameter(LayerContext& layer, const Variables& part, const ParameterPlace& place,
                                   const Shape& shape) {
    auto trained = part.at(place.position, place.role, shape);
    if (!trained) return failure(std::move(trained.error()));
    auto quantizer = part_quantizer(layer, part, place.attribute, layer[place.config], HgqPlace::parameter);
    if (!quantizer) return failure(std::move(quantizer.error()));
    return keras::hgq_parameter(layer, place.name, *trained, *quantizer);
}

std::string letters(size_t first, size_t count) {
    std::string text;
    for (size_t at = first; at < first + count; ++at) text += static_cast<char>(at < 26 ? 'a' + at : 'A' + (at - 26));
    return text;
}

}  // namespace dal::importer::hgq2
