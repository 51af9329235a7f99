#include "dal/import/qkeras/quantizer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

namespace dal::importer::qkeras {
namespace {

/// A class, with its arguments in the order in which calls give them.
struct Known {
    std::string_view name;
    std::array<std::string_view, 12> arguments;
};

constexpr std::array known_quantizers{
    Known{"quantized_bits",
          {"bits", "integer", "symmetric", "keep_negative", "alpha", "use_stochastic_rounding", "scale_axis",
           "qnoise_factor", "var_name", "use_ste", "use_variables"}},
    Known{"quantized_linear",
          {"bits", "integer", "symmetric", "keep_negative", "alpha", "use_stochastic_rounding", "scale_axis",
           "qnoise_factor", "use_variables"}},
    Known{"bernoulli", {"alpha", "temperature", "use_real_sigmoid"}},
    Known{"ternary", {"alpha", "threshold", "use_stochastic_rounding", "number_of_unrolls"}},
    Known{"stochastic_ternary", {"alpha", "threshold", "temperature", "use_real_sigmoid", "number_of_unrolls"}},
    Known{"binary", {"use_01", "alpha", "use_stochastic_rounding"}},
    Known{"stochastic_binary", {"alpha", "temperature", "use_real_sigmoid"}},
    Known{"quantized_relu",
          {"bits", "integer", "use_sigmoid", "negative_slope", "use_stochastic_rounding", "relu_upper_bound",
           "is_quantized_clip", "qnoise_factor", "var_name", "use_ste", "use_variables"}},
    Known{"quantized_ulaw", {"bits", "integer", "symmetric", "u"}},
    Known{"quantized_tanh", {"bits", "use_stochastic_rounding", "symmetric", "use_real_tanh"}},
    Known{"quantized_sigmoid", {"bits", "symmetric", "use_real_sigmoid", "use_stochastic_rounding"}},
    Known{"quantized_po2",
          {"bits", "max_value", "use_stochastic_rounding", "quadratic_approximation", "log2_rounding", "qnoise_factor",
           "var_name", "use_ste", "use_variables"}},
    Known{"quantized_relu_po2",
          {"bits", "max_value", "negative_slope", "use_stochastic_rounding", "quadratic_approximation", "log2_rounding",
           "qnoise_factor", "var_name", "use_ste", "use_variables"}},
    Known{"quantized_hswish",
          {"bits", "integer", "symmetric", "alpha", "use_stochastic_rounding", "scale_axis", "qnoise_factor",
           "var_name", "use_ste", "use_variables", "relu_shift", "relu_upper_bound"}},
};

const Known* find_known(std::string_view name) {
    const auto* const found = std::ranges::find(known_quantizers, name, &Known::name);
    return found == known_quantizers.end() ? nullptr : found;
}

/// Arguments of later releases, which change nothing while they are null.
bool is_null_only(std::string_view argument) {
    constexpr std::array names{"elements_per_scale", "min_po2_exponent", "max_po2_exponent", "post_training_scale"};
    return std::ranges::find(names, argument) != names.end();
}

std::string_view trimmed(std::string_view text) {
    const size_t first = text.find_first_not_of(" \t\n");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\n") - first + 1);
}

/// An argument of a call. Nothing if it is none.
std::optional<Json> argument_value(std::string_view text) {
    text = trimmed(text);
    if (text == "True" || text == "False") return Json::of(text == "True");
    if (text == "None") return Json();
    if (text.size() >= 2 && (text[0] == '\'' || text[0] == '"') && text.back() == text[0])
        return Json::of(std::string(text.substr(1, text.size() - 2)));
    const char* const end = text.data() + text.size();
    int64_t integer = 0;
    if (const auto read = std::from_chars(text.data(), end, integer); read.ec == std::errc() && read.ptr == end)
        return Json::of(integer);
    double real = 0;
    if (const auto read = std::from_chars(text.data(), end, real); read.ec == std::errc() && read.ptr == end)
        return Json::of(real, std::string(text));
    return std::nullopt;
}

std::string_view name_of(std::string_view call) { return trimmed(call.substr(0, call.find('('))); }

/// Reads "quantized_relu(6, 2, negative_slope=0.25)" or the name alone.
std::optional<Quantizer> read_call(const Known& known, std::string_view call) {
    std::map<std::string, Json, std::less<>> arguments;
    const size_t open = call.find('(');
    if (open == std::string_view::npos) return Quantizer(std::string(known.name), std::move(arguments));
    call = trimmed(call.substr(open + 1));
    if (call.empty() || call.back() != ')') return std::nullopt;
    call = trimmed(call.substr(0, call.size() - 1));
    bool has_names = false;
    for (size_t position = 0; !call.empty(); ++position) {
        const size_t comma = call.find(',');
        std::string_view item = call.substr(0, comma);
        call = comma == std::string_view::npos ? std::string_view() : call.substr(comma + 1);
        std::string_view name;
        if (const size_t equals = item.find('='); equals != std::string_view::npos) {
            name = trimmed(item.substr(0, equals));
            item = item.substr(equals + 1);
            has_names = true;
        } else if (!has_names && position < known.arguments.size()) {
            name = known.arguments.at(position);
        }
        auto value = argument_value(item);
        if (name.empty() || !value || !arguments.emplace(name, std::move(*value)).second) return std::nullopt;
    }
    return Quantizer(std::string(known.name), std::move(arguments));
}

std::string class_name(const Json& value) {
    const std::string& name = value["class_name"].string();
    return name.substr(name.rfind('>') == std::string::npos ? 0 : name.rfind('>') + 1);
}

Result<void> check_arguments(const LayerContext& layer, const Known& known, const Json& config) {
    for (const auto& [argument, value] : config.members()) {
        if (std::ranges::find(known.arguments, argument) != known.arguments.end()) continue;
        if (is_null_only(argument) && value.is_null()) continue;
        return failure(
            layer.unsupported("has a `" + std::string(known.name) + "` with the argument `" + argument + "`"));
    }
    return {};
}

/// What a quantizer makes of values is mixed with them.
Result<void> check_noise(const LayerContext& layer, const Quantizer& quantizer) {
    const Json& noise = quantizer["qnoise_factor"];
    if (noise.is_null() || noise.number() == 1.0) return {};
    return failure(layer.inexact("has a quantizer with a `qnoise_factor` that is not 1, which rounds only in part",
                                 "set it to 1 before the model is saved"));
}

}  // namespace

const Json& Quantizer::operator[](std::string_view argument) const {
    static const Json none;
    const auto found = arguments_.find(argument);
    return found == arguments_.end() ? none : found->second;
}

bool Quantizer::flag(std::string_view argument, bool otherwise) const {
    const Json& value = (*this)[argument];
    if (const auto flag = value.boolean()) return *flag;
    if (const auto number = value.number()) return *number != 0;
    return otherwise;
}

Result<int> Quantizer::integer(const LayerContext& layer, std::string_view argument, int otherwise, int most) const {
    const Json& value = (*this)[argument];
    if (value.is_null()) return otherwise;
    const auto number = value.integer();
    if (!number || *number < -most || *number > most)
        return failure(layer.bad("has a `" + name_ + "` whose `" + std::string(argument) + "` is no integer up to " +
                                 std::to_string(most)));
    return static_cast<int>(*number);
}

std::string Quantizer::text() const {
    std::string text = name_ + "(";
    for (const auto& [argument, value] : arguments_) {
        if (argument != "bits" && argument != "integer" && argument != "alpha") continue;
        const std::string said = value.is_string()   ? value.string()
                                 : value.is_number() ? std::to_string(value.integer().value_or(0))
                                                     : "null";
        text += (text.back() == '(' ? "" : ", ") + argument + ": " + said;
    }
    return text + ")";
}

bool names_quantizer(const Json& value) {
    if (value.is_string()) return find_known(name_of(value.string())) != nullptr;
    return value.is_object() && find_known(class_name(value)) != nullptr;
}

Result<std::optional<Quantizer>> read_quantizer(const LayerContext& layer, const Json& value) {
    if (value.is_null()) return std::nullopt;
    const std::string name(value.is_string() ? name_of(value.string()) : class_name(value));
    const Known* known = find_known(name);
    if (known == nullptr) return failure(layer.unsupported("has the quantizer `" + name + "`, which is not known"));
    std::optional<Quantizer> quantizer;
    if (value.is_string()) {
        quantizer = read_call(*known, value.string());
        if (!quantizer) return failure(layer.bad("has the quantizer `" + value.string() + "`, which cannot be read"));
    } else {
        const Json& config = value["config"];
        if (auto checked = check_arguments(layer, *known, config); !checked) return failure(checked.error());
        std::map<std::string, Json, std::less<>> arguments;
        for (const auto& [argument, given] : config.members()) arguments.emplace(argument, given);
        quantizer = Quantizer(name, std::move(arguments));
    }
    if (auto checked = check_noise(layer, *quantizer); !checked) return failure(checked.error());
    if (!(*quantizer)["scale_axis"].is_null()) return failure(layer.unsupported("has a quantizer with a `scale_axis`"));
    return quantizer;
}

Result<Format> fixed_format(const LayerContext& layer, const Quantizer& quantizer) {
    const auto bits = quantizer.integer(layer, "bits", 8);
    if (!bits) return failure(bits.error());
    const auto integer = quantizer.integer(layer, "integer", 0);
    if (!integer) return failure(integer.error());
    const bool is_relu = quantizer.name() == "quantized_relu";
    const bool has_sign = !is_relu && quantizer.flag("keep_negative", true);
    if (*bits < (has_sign ? 2 : 1)) return failure(layer.unsupported("has a `" + quantizer.name() + "` without bits"));
    const bool is_symmetric = has_sign && (quantizer["alpha"].is_string() ||
                                           quantizer.flag("symmetric", quantizer.name() == "quantized_linear"));
    return Format{Kif(has_sign, *integer, *bits - (has_sign ? 1 : 0) - *integer), Round::rnd_conv,
                  is_symmetric ? Overflow::sat_sym : Overflow::sat};
}

}  // namespace dal::importer::qkeras
