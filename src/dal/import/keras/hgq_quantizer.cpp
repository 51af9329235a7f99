#include "dal/import/keras/hgq_quantizer.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>

#include "dal/import/keras/dense.hpp"
#include "dal/import/keras/float32.hpp"
#include "dal/import/keras/quotient.hpp"
#include "dal/import/problem.hpp"

namespace dal::importer::keras {
namespace {

/// Wider formats are none that a float32 computation could have had.
constexpr int most_bits = 120;
constexpr int most_bits_of_parameter = 50;

std::string upper(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::toupper(c); });
    return text;
}

Result<void> read_modes(const LayerContext& layer, const Json& config, HgqQuantizer& quantizer) {
    std::string round = upper(config["round_mode"].string());
    std::string overflow = upper(config["overflow_mode"].string());
    if (round.starts_with("S_")) round.erase(0, 2);
    if (overflow == "SYM") overflow = "SAT_SYM";
    const auto lower = [](std::string text) {
        std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
        return text;
    };
    const auto known_round = round_from_string(lower(round));
    const auto known_overflow = overflow_from_string(lower(overflow));
    if (!known_round) return failure(layer.unsupported("has a quantizer with the rounding `" + round + "`"));
    if (!known_overflow) return failure(layer.unsupported("has a quantizer with the overflow `" + overflow + "`"));
    quantizer.formats.round = *known_round;
    quantizer.formats.overflow = *known_overflow;
    return {};
}

/// Widths of one kind, rounded.
Result<std::vector<int>> widths(const LayerContext& layer, const Tensor& stored) {
    std::vector<int> result;
    for (const double width : stored.values) {
        const double rounded = std::nearbyint(width);
        if (std::abs(rounded) > most_bits)
            return failure(layer.bad("has a quantizer of more than " + std::to_string(most_bits) + " bits"));
        result.push_back(static_cast<int>(rounded));
    }
    return result;
}

/// k, i and f of all elements. The order of the variables depends on which of them are trained.
Result<void> read_widths(const LayerContext& layer, bool is_kif, const Variables& variables, HgqPlace place,
                         HgqQuantizer& quantizer) {
    const bool wraps = quantizer.formats.overflow == Overflow::wrap;
    const std::string_view order = is_kif ? (wraps ? "fki" : "ifk") : (wraps ? "bki" : "bik");
    std::map<char, std::vector<int>> found;
    Shape shape;
    for (size_t at = 0; at < order.size(); ++at) {
        auto stored = variables.at(at, order.substr(at, 1));
        if (!stored) return failure(std::move(stored.error()));
        if (at > 0 && stored->shape != shape)
            return failure(layer.bad("has a quantizer whose widths have different shapes"));
        shape = stored->shape;
        auto rounded = widths(layer, *stored);
        if (!rounded) return failure(std::move(rounded.error()));
        found.emplace(order[at], std::move(*rounded));
    }
    if (std::ranges::any_of(found['k'], [](int k) { return k != 0 && k != 1; }))
        return failure(layer.bad("has a quantizer whose k is neither 0 nor 1"));
    if (!is_kif)
        for (size_t at = 0; at < found['b'].size(); ++at) found['f'].push_back(found['b'][at] - found['i'][at]);
    if (place == HgqPlace::data && !shape.empty()) {
        if (shape.front() != 1) return failure(layer.bad("has a quantizer with formats for each sample"));
        shape.erase(shape.begin());
    }
    quantizer.formats.shape = std::move(shape);
    quantizer.formats.k = std::move(found['k']);
    quantizer.formats.i = std::move(found['i']);
    quantizer.formats.f = std::move(found['f']);
    return {};
}

Result<void> read_functions(const LayerContext& layer, const Json& config, HgqQuantizer& quantizer) {
    const auto number = [&](const Json& json) -> std::optional<double> {
        const auto value = json.number();
        if (!value || !std::isfinite(static_cast<float>(*value))) return std::nullopt;
        return static_cast<float>(*value);
    };
    if (const Json& scaler = config["scaler"]; !scaler.is_null()) {
        const auto value = number(scaler);
        if (!value || *value <= 0) return failure(layer.unsupported("has a quantizer whose scaler is not positive"));
        quantizer.scaler = *value;
    }
    if (const Json& affine = config["affine"]; !affine.is_null()) {
        const auto factor = number(affine[0]);
        const auto offset = number(affine[1]);
        if (!factor || !offset) return failure(layer.bad("has a quantizer whose affine function is no two numbers"));
        quantizer.affine = {*factor, *offset};
    }
    const std::string& mapper = config["bw_mapper"]["class_name"].string();
    if (!config["bw_mapper"].is_null() && mapper != "DefaultBitwidthMapper")
        return failure(layer.unsupported("has a quantizer with a `bw_mapper` of its own class"));
    return {};
}

/// The formats with the binary point elsewhere: a scaler that is a power of two.
void shift(Formats& formats, int by) {
    for (int& i : formats.i) i += by;
    for (int& f : formats.f) f -= by;
}

bool is_finite(const Tensor& tensor) {
    return std::ranges::all_of(tensor.values, [](double value) { return std::isfinite(value); });
}

std::string dyadic(double value) { return Dyadic::from_double(value)->to_string(); }

/// " * factor + offset".
std::string affine_text(const HgqQuantizer& quantizer) {
    std::string text;
    const auto [factor, offset] = quantizer.affine.value_or(std::pair(1.0, 0.0));
    if (factor != 1) text += " * " + (factor < 0 ? "(" + dyadic(factor) + ")" : dyadic(factor));
    if (offset != 0) text += offset < 0 ? " - " + dyadic(-offset) : " + " + dyadic(offset);
    return text;
}

Result<void> check_shape(const LayerContext& layer, const Formats& formats, const Shape& shape) {
    if (is_broadcastable(formats.shape, shape)) return {};
    return failure(
        layer.bad("has formats of shape " + to_string(formats.shape) + " for numbers of shape " + to_string(shape)));
}

/// A scaler as an odd number times a power of two.
struct Scaler {
    int64_t odd = 1;
    int exponent = 0;
};

Scaler split(double scaler) {
    const Dyadic exact = *Dyadic::from_double(scaler);
    return {exact.mantissa().to_int64(), static_cast<int>(exact.exponent())};
}

/// What is to be divided by the odd part of a scaler: on a grid that has all numbers between which the quantizer
/// chooses.
Value dividend(LayerContext& layer, const Value& value, std::string_view part, const Formats& formats, int64_t odd) {
    constexpr int more_for_wrap = 8;
    constexpr int more_for_ties = 24;
    int i = 0;
    int f = 0;
    for (int64_t at = 0; at < formats.size(); ++at) {
        const Kif kif = formats.at(at).kif;
        i = std::max(i, kif.i);
        f = std::max(f, kif.f);
    }
    const bool has_ties = formats.round != Round::trn && formats.round != Round::rnd;
    const bool wraps = formats.overflow == Overflow::wrap;
    i += static_cast<int>(std::ceil(std::log2(static_cast<double>(odd)))) + 1 + (wraps ? more_for_wrap : 0);
    f += 1 + (has_ties ? more_for_ties : 0);
    const Format format{Kif(true, i, f), Round::trn, Overflow::sat};
    if (wraps) layer.decide("before the division by its scaler, a quantizer saturates at 2^" + std::to_string(i));
    Value result = layer.program().let(layer.name() + "_" + std::string(part) + "_dividend",
                                       "quantize(" + value.text + ", " + format.to_string() + ")", value.shape);
    result.quotient = Quotient{odd, format.kif};
    return result;
}

}  // namespace

Result<HgqQuantizer> read_hgq_quantizer(const LayerContext& layer, const Json& config, const Variables& variables,
                                        HgqPlace place) {
    HgqQuantizer quantizer;
    const Json& keys = config["config"];
    const std::string kind = upper(keys["q_type"].string());
    if (config.is_null() || kind == "DUMMY") {
        quantizer.is_off = true;
        return quantizer;
    }
    if (kind == "FLOAT")
        return failure(layer.inexact("has a quantizer of floating-point numbers", "train it with `kif` or `kbi`"));
    const bool is_kif = kind == "KIF";
    if (!is_kif && kind != "KBI")
        return failure(layer.unsupported("has a quantizer of the type `" + keys["q_type"].string() + "`"));
    if (auto read = read_modes(layer, keys, quantizer); !read) return failure(std::move(read.error()));
    if (auto read = read_functions(layer, keys, quantizer); !read) return failure(std::move(read.error()));
    if (auto read = read_widths(layer, is_kif, variables, place, quantizer); !read)
        return failure(std::move(read.error()));
    const bool is_weight = keys["is_weight"].boolean().value_or(keys["place"].string() == "weight");
    quantizer.only_rounds = quantizer.formats.overflow == Overflow::wrap && is_weight &&
                            keys["trainable"].boolean().value_or(true) &&
                            (is_kif || quantizer.formats.round == Round::rnd);
    return quantizer;
}

Variables hgq_quantizer_variables(const LayerContext& layer, const std::string& attribute) {
    const Variables outer = layer.variables().part(attribute, layer.name() + "_" + attribute);
    return outer.naming() == Variables::Naming::by_position ? outer.part("quantizer", "quantizer") : outer.only_part();
}

Result<HgqQuantizer> hgq_parameter_quantizer(const LayerContext& layer, const std::string& attribute) {
    return read_hgq_quantizer(layer, layer[attribute + "_conf"], hgq_quantizer_variables(layer, attribute),
                              HgqPlace::parameter);
}

Result<HgqQuantizer> hgq_input_quantizer(const LayerContext& layer) {
    static const Json off;
    return read_hgq_quantizer(layer, layer.flag("enable_iq", true) ? layer["iq_conf"] : off,
                              hgq_quantizer_variables(layer, "iq"), HgqPlace::data);
}

Result<HgqQuantizer> hgq_output_quantizer(const LayerContext& layer) {
    static const Json off;
    return read_hgq_quantizer(layer, layer.flag("enable_oq", false) ? layer["oq_conf"] : off,
                              hgq_quantizer_variables(layer, "oq"), HgqPlace::data);
}

Result<Value> quantize_data(LayerContext& layer, const Value& value, std::string_view part,
                            const HgqQuantizer& quantizer) {
    if (quantizer.is_off) {
        if (auto known = layer.program().require_format(value, layer.where()); !known)
            return failure(std::move(known.error()));
        return value;
    }
    Formats formats = quantizer.formats;
    if (auto fits = check_shape(layer, formats, value.shape); !fits) return failure(std::move(fits.error()));
    const Scaler scaler = split(quantizer.scaler);
    shift(formats, scaler.exponent);
    if (scaler.odd == 1 && scaler.exponent != 0)
        layer.decide("the scaler " + dyadic(quantizer.scaler) + " of a quantizer is a power of two: a shift");
    Value source = value;
    if (scaler.odd != 1) {
        if (value.quotient) return failure(layer.inexact("divides by a scaler what is a mean already"));
        source = dividend(layer, value, part, formats, scaler.odd);
    }
    auto rounded = without_quotient(layer, source, part, formats);
    if (!rounded) return rounded;
    Value result = layer.quantize(*rounded, part, formats);
    const std::string function = (scaler.odd == 1 ? "" : " * " + std::to_string(scaler.odd)) + affine_text(quantizer);
    if (function.empty()) return result;
    return layer.program().let(layer.name() + "_" + std::string(part), result.text + function, value.shape);
}

Result<RoundedInput> round_input(LayerContext& layer, const Value& value, std::string_view part,
                                 const HgqQuantizer& quantizer) {
    const bool is_plain = !quantizer.is_off && !quantizer.affine && quantizer.scaler == 1;
    if (!is_plain) {
        auto quantized = quantize_data(layer, value, part, quantizer);
        if (!quantized) return failure(std::move(quantized.error()));
        return RoundedInput{std::move(*quantized), {}};
    }
    if (auto fits = check_shape(layer, quantizer.formats, value.shape); !fits) return failure(std::move(fits.error()));
    auto source = without_quotient(layer, value, part, quantizer.formats);
    if (!source) return failure(std::move(source.error()));
    std::string format = layer.input_format(*source, part, quantizer.formats);
    return RoundedInput{std::move(*source), std::move(format)};
}

Tensor hgq_quantized(const Tensor& trained, const HgqQuantizer& quantizer) {
    if (quantizer.is_off) return trained;
    Tensor result = trained;
    const auto scaler = static_cast<float>(quantizer.scaler);
    if (scaler != 1)
        for (double& value : result.values) value = float32::divide(value, scaler);
    Formats formats = quantizer.formats;
    if (formats.size() != result.size()) formats = broadcast(formats, result.shape);
    if (quantizer.only_rounds) {
        // As the trained numbers have no limit, formats that hold all of them round alike.
        constexpr int enough = 160;
        for (size_t at = 0; at < formats.i.size(); ++at) {
            formats.k[at] = 1;
            formats.i[at] = enough;
        }
    }
    result = quantized(result, formats);
    if (scaler != 1)
        for (double& value : result.values) value = float32::multiply(value, scaler);
    if (quantizer.affine)
        for (double& value : result.values)
            value = float32::add(float32::multiply(value, quantizer.affine->first), quantizer.affine->second);
    return result;
}

Result<std::string> hgq_parameter(LayerContext& layer, std::string_view part, const Tensor& trained,
                                  const HgqQuantizer& quantizer) {
    if (!is_finite(trained)) return failure(layer.bad("has a " + std::string(part) + " that is not finite"));
    if (quantizer.is_off) {
        if (part == "kernel") layer.comment(kernel_comment(trained));
        return layer.parameter(part, trained, std::nullopt);
    }
    if (auto fits = check_shape(layer, quantizer.formats, trained.shape); !fits)
        return failure(std::move(fits.error()));
    for (int64_t at = 0; at < quantizer.formats.size(); ++at)
        if (quantizer.formats.at(at).kif.width() > most_bits_of_parameter)
            return failure(layer.bad("has a quantizer of a parameter with more than 50 bits"));
    const Tensor value = hgq_quantized(trained, quantizer);
    if (!is_finite(value)) return failure(layer.bad("has a " + std::string(part) + " that is not finite"));
    if (part == "kernel") layer.comment(kernel_comment(value));
    // Rounded already, so that the program need not say how; a sign that saturates counts in EBOPs.
    Formats formats = quantizer.formats;
    if (formats.size() != 1) formats = broadcast(formats, trained.shape);
    if (layer.program().options().exactness == Exactness::off) return layer.parameter(part, trained, formats, value);
    formats.round = Round::trn;
    if (formats.overflow != Overflow::sat) formats.overflow = Overflow::wrap;
    return layer.parameter(part, value, formats, value);
}

}  // namespace dal::importer::keras
