#include "dal/import/qkeras/parameter.hpp"

#include <algorithm>
#include <cmath>

#include "dal/import/keras/quotient.hpp"
#include "dal/import/qkeras/auto_scale.hpp"

namespace dal::importer::qkeras {
namespace {

/// One format that holds all values, all of which are exact in it.
Formats holding(const Tensor& values) {
    Kif all;
    bool is_first = true;
    for (const double value : values.values) {
        const Kif kif = tightest(value);
        if (kif.is_zero()) continue;
        all = is_first ? kif : Kif(all.k || kif.k, std::max(all.i, kif.i), std::max(all.f, kif.f));
        is_first = false;
    }
    return Formats::uniform(all.k, all.i, all.f, Round::rnd_conv, Overflow::sat);
}

Diagnostic near_tie(const LayerContext& layer, const Quantizer& quantizer) {
    return layer.inexact("has a `" + quantizer.text() + "` whose power of two is so near to a tie that float32 may " +
                             "round it either way",
                         "give the quantizer a number as `alpha`");
}

Rounded exactly(const Tensor& trained, Tensor value) {
    Formats formats = holding(value);
    return {trained, std::move(value), std::move(formats)};
}

/// Codes times scales, which are powers of two.
Rounded scaled(const Tensor& trained, Scaled found, int integer, int bits) {
    Tensor value{trained.shape, std::move(found.codes)};
    Formats formats{trained.shape, {}, {}, {}, Round::rnd_conv, Overflow::sat_sym};
    formats.k.assign(value.values.size(), 1);
    formats.i.reserve(value.values.size());
    formats.f.reserve(value.values.size());
    for (size_t at = 0; at < value.values.size(); ++at) {
        const double scale = found.scales[at % found.scales.size()];
        const int exponent = std::ilogb(scale) + integer;
        value.values[at] = std::ldexp(value.values[at] * scale, integer);
        formats.i.push_back(bits - 1 + exponent);
        formats.f.push_back(-exponent);
    }
    return {trained, std::move(value), std::move(formats)};
}

Rounded noted(Rounded rounded) {
    rounded.note = "scales that are powers of two, found as QKeras finds them (auto_po2)";
    return rounded;
}

/// Alpha as a number: null is 1. Nothing for "auto" and "auto_po2".
Result<std::optional<double>> fixed_scale(const LayerContext& layer, const Quantizer& quantizer, Role role) {
    const Json& alpha = quantizer["alpha"];
    if (alpha.is_null()) return role == Role::kernel ? std::optional<double>() : std::optional<double>(1);
    if (alpha.is_string()) {
        if (alpha.string() == "auto" || alpha.string() == "auto_po2") return std::nullopt;
        return failure(layer.bad("has a quantizer with the alpha `" + alpha.string() + "`"));
    }
    const auto number = alpha.number();
    if (!number || !(*number > 0) || !std::isfinite(static_cast<float>(*number)))
        return failure(layer.unsupported("has a quantizer whose `alpha` is no positive number"));
    return static_cast<float>(*number);
}

bool is_auto_float(const Quantizer& quantizer) { return quantizer["alpha"].string() == "auto"; }

Diagnostic sum_in_float(const LayerContext& layer, const Quantizer& quantizer) {
    return layer.inexact("has a `" + quantizer.name() + "` with alpha \"auto\", a scale that depends on the order in " +
                             "which float32 numbers are added",
                         "with alpha \"auto_po2\", or a number");
}

/// Elements times a number, in float32.
Rounded times(const Tensor& trained, Tensor value, const Formats& formats, double scale) {
    if (scale == 1) return {trained, std::move(value), formats};
    for (double& each : value.values) each = static_cast<float>(each) * static_cast<float>(scale);
    const auto exponent = power_of_two(scale);
    if (!exponent) return {trained, std::move(value), std::nullopt};
    Formats moved = formats;
    moved.i[0] += *exponent;
    moved.f[0] -= *exponent;
    return {trained, std::move(value), std::move(moved)};
}

Rounded signs(const Tensor& trained, bool with_zero, double scale) {
    Tensor value = trained;
    for (double& each : value.values) each = each >= 0 ? scale : with_zero ? 0 : -scale;
    return exactly(trained, std::move(value));
}

Result<Rounded> bits(const LayerContext& layer, const Quantizer& quantizer, const Tensor& trained, Role role) {
    const auto scale = fixed_scale(layer, quantizer, role);
    if (!scale) return failure(scale.error());
    const auto width = quantizer.integer(layer, "bits", 8);
    if (!width) return failure(width.error());
    const auto integer = quantizer.integer(layer, "integer", 0);
    if (!integer) return failure(integer.error());
    const bool has_sign = quantizer.flag("keep_negative", true);
    if (*scale) {
        if (*width == 1 && has_sign) return signs(trained, false, **scale);
        const auto format = fixed_format(layer, quantizer);
        if (!format) return failure(format.error());
        const Formats formats =
            Formats::uniform(format->kif.k, format->kif.i, format->kif.f, format->round, format->overflow);
        return times(trained, quantized(trained, formats), formats, **scale);
    }
    if (quantizer.name() == "quantized_linear")
        return failure(layer.unsupported("has a `quantized_linear` with a scale of its own", "with alpha 1"));
    if (*width < 2) return failure(layer.unsupported("has a `quantized_bits` of one bit with a scale of its own"));
    Tensor x = trained;
    for (double& each : x.values) each = std::ldexp(each, -*integer);
    if (!is_auto_float(quantizer)) {
        auto found = scaled_bits(x, *width);
        if (!found) return failure(near_tie(layer, quantizer));
        x = Tensor();
        return noted(scaled(trained, std::move(*found), *integer, *width));
    }
    const Scaled found = float_scaled_bits(x, *width);
    const int unsigned_bits = *width - (has_sign ? 1 : 0);
    Tensor value{trained.shape, {}};
    for (size_t at = 0; at < found.codes.size(); ++at) {
        const auto code = static_cast<float>(std::ldexp(found.codes[at], *integer - unsigned_bits));
        value.values.push_back(static_cast<float>(std::ldexp(found.scales[at % found.scales.size()], unsigned_bits)) *
                               code);
    }
    return Rounded{trained, std::move(value), std::nullopt};
}

Result<Rounded> ternary(const LayerContext& layer, const Quantizer& quantizer, const Tensor& trained, Role role) {
    const auto scale = fixed_scale(layer, quantizer, role);
    if (!scale) return failure(scale.error());
    if (!*scale) {
        const auto unrolls = quantizer.integer(layer, "number_of_unrolls", 5);
        if (!unrolls) return failure(unrolls.error());
        if (is_auto_float(quantizer)) return failure(sum_in_float(layer, quantizer));
        auto found = *unrolls < 1 ? std::nullopt : scaled_ternary(trained, *unrolls);
        if (!found) return failure(near_tie(layer, quantizer));
        return noted(scaled(trained, std::move(*found), 0, 2));
    }
    const auto threshold = static_cast<double>(static_cast<float>(quantizer["threshold"].number().value_or(0.33)));
    Tensor value = trained;
    for (double& each : value.values) each = std::abs(each) < threshold ? 0 : each > 0 ? **scale : -**scale;
    if (threshold <= 0)
        for (size_t at = 0; at < value.values.size(); ++at)
            if (trained.values[at] == 0) value.values[at] = 0;
    return exactly(trained, std::move(value));
}

Result<Rounded> binary(const LayerContext& layer, const Quantizer& quantizer, const Tensor& trained, Role role) {
    const auto scale = fixed_scale(layer, quantizer, role);
    if (!scale) return failure(scale.error());
    const bool with_zero = quantizer.flag("use_01");
    if (*scale) return signs(trained, with_zero, **scale);
    if (is_auto_float(quantizer)) return failure(sum_in_float(layer, quantizer));
    auto found = scaled_binary(trained, with_zero);
    if (!found) return failure(near_tie(layer, quantizer));
    return noted(scaled(trained, std::move(*found), 0, 2));
}

/// What exponents quantized_po2 and quantized_relu_po2 have.
struct Exponents {
    int least;
    int most;
};
Result<Exponents> exponents(const LayerContext& layer, const Quantizer& quantizer) {
    constexpr int most_bits = 10;
    const auto width = quantizer.integer(layer, "bits", 8, most_bits);
    if (!width) return failure(width.error());
    const Json& limit = quantizer["max_value"];
    if (!limit.is_null() && (!limit.number() || *limit.number() < 0))
        return failure(layer.bad("has a `max_value` that is no number"));
    const bool has_sign_of_exponent = limit.is_null() || *limit.number() > 1;
    const int width_of_exponent =
        *width - (quantizer.name() == "quantized_po2" ? 1 : 0) - (has_sign_of_exponent ? 1 : 0);
    if (width_of_exponent < 0) return failure(layer.unsupported("has a `" + quantizer.name() + "` without bits"));
    Exponents result{-(1 << width_of_exponent), (1 << width_of_exponent) - 1};
    if (quantizer.flag("quadratic_approximation")) result.most = 2 * (result.most / 2);
    return result;
}

/// The exponent of a magnitude. Nothing near to a tie.
std::optional<int> exponent_of(const Quantizer& quantizer, float magnitude, const Exponents& range) {
    constexpr float epsilon = 1e-7F;
    if (magnitude < epsilon) return range.least;
    const Json& limit = quantizer["max_value"];
    if (!limit.is_null()) magnitude = std::min(magnitude, static_cast<float>(*limit.number()));
    const bool is_quadratic = quantizer.flag("quadratic_approximation");
    if (is_quadratic) magnitude = std::sqrt(magnitude);
    std::optional<int> exponent;
    if (quantizer["log2_rounding"].string() == "floor") {
        const double exact = std::log2(static_cast<double>(magnitude));
        if (std::abs(exact - std::nearbyint(exact)) > 1e-5) exponent = static_cast<int>(std::floor(exact));
    } else {
        exponent = rounded_log2(magnitude);
    }
    if (!exponent) return std::nullopt;
    return std::clamp(*exponent, range.least, range.most) * (is_quadratic ? 2 : 1);
}

Result<Rounded> powers(const LayerContext& layer, const Quantizer& quantizer, const Tensor& trained) {
    const auto range = exponents(layer, quantizer);
    if (!range) return failure(range.error());
    const bool is_relu = quantizer.name() == "quantized_relu_po2";
    const double slope = is_relu ? quantizer["negative_slope"].number().value_or(0) : 0;
    Tensor value = trained;
    for (double& each : value.values) {
        const bool is_negative = each < 0;
        const double magnitude = !is_relu ? std::abs(each) : is_negative ? -each * slope : each;
        const auto exponent = exponent_of(quantizer, static_cast<float>(magnitude), *range);
        if (!exponent) return failure(near_tie(layer, quantizer));
        constexpr int most = 100;  // beyond, and below, float32 has other numbers
        if (std::abs(*exponent) > most)
            return failure(layer.unsupported("has powers of two beyond 2^100", "fewer bits, or a `max_value`"));
        each = std::ldexp(is_negative && (!is_relu || slope != 0) ? -1.0 : 1.0, *exponent);
    }
    return exactly(trained, std::move(value));
}

Diagnostic no_parameter(const LayerContext& layer, const Quantizer& quantizer) {
    if (quantizer.name() == "bernoulli")
        return layer.inexact("has a `bernoulli`, which draws random numbers whenever it is called",
                             "with `binary`, which is the same without them");
    return layer.unsupported("has a parameter with the quantizer `" + quantizer.name() + "`");
}

}  // namespace

Rounded Rounded::reshaped(const Shape& shape) const {
    Rounded result = *this;
    result.trained.shape = shape;
    result.value.shape = shape;
    if (result.formats && result.formats->size() != 1) result.formats->shape = shape;
    return result;
}

Result<Rounded> rounded(const LayerContext& layer, const std::optional<Quantizer>& quantizer, const Tensor& trained,
                        Role role) {
    if (!quantizer) return Rounded{trained, trained, std::nullopt};
    const std::string& name = quantizer->name();
    if (trained.values.empty()) return failure(layer.bad("has a parameter without elements"));
    if (name == "quantized_bits" || name == "quantized_linear") return bits(layer, *quantizer, trained, role);
    if (name == "ternary" || name == "stochastic_ternary") return ternary(layer, *quantizer, trained, role);
    if (name == "binary" || name == "stochastic_binary") return binary(layer, *quantizer, trained, role);
    if (name == "quantized_po2" || name == "quantized_relu_po2") return powers(layer, *quantizer, trained);
    const bool is_plain_relu = name == "quantized_relu" && !quantizer->flag("use_sigmoid") &&
                               quantizer->flag("is_quantized_clip", true) && !quantizer->flag("negative_slope");
    if (!is_plain_relu) return failure(no_parameter(layer, *quantizer));
    const auto format = fixed_format(layer, *quantizer);
    if (!format) return failure(format.error());
    const Formats formats =
        Formats::uniform(format->kif.k, format->kif.i, format->kif.f, format->round, format->overflow);
    return Rounded{trained, quantized(trained, formats), formats};
}

Result<Rounded> rounded(const LayerContext& layer, std::string_view quantizer_key, const Tensor& trained, Role role) {
    const auto quantizer = read_quantizer(layer, layer[quantizer_key]);
    if (!quantizer) return failure(quantizer.error());
    return rounded(layer, *quantizer, trained, role);
}

keras::Parameter parameter(LayerContext& layer, std::string_view part, const Rounded& rounded) {
    const bool is_kernel = part.find("kernel") != std::string_view::npos;
    if (is_kernel) layer.comment(keras::kernel_comment(rounded.value));
    if (!rounded.note.empty()) layer.decide(std::string(part) + ": " + rounded.note);
    keras::Parameter result{
        layer.parameter(part, rounded.formats ? rounded.trained : rounded.value, rounded.formats, rounded.value),
        rounded.value.shape};
    // One number for all elements: a bias broadcasts, a kernel must have its shape.
    const bool is_number = result.text[0] == '-' || (result.text[0] >= '0' && result.text[0] <= '9');
    if (is_number && is_kernel) result.text = "full(" + to_string(result.shape) + ", " + result.text + ")";
    return result;
}

}  // namespace dal::importer::qkeras
