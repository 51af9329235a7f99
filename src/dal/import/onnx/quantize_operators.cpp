// The operators that quantize.
#include <algorithm>
#include <cmath>

#include "dal/import/onnx/operators.hpp"

namespace dal::importer::onnx {
namespace {

/// The same codes with other scales.
Constant rescaled(Constant constant, const Quantizer& quantizer) {
    const auto source = broadcast_sources(quantizer.shape, constant.shape);
    for (size_t at = 0; at < constant.codes.size(); ++at) {
        constant.scales[at] = quantizer.scale[static_cast<size_t>(source[at])];
        constant.values[at] = constant.codes[at] * constant.scales[at];
    }
    return constant;
}

/// What QuantizeLinear makes of a constant: the integers themselves, around the zero points.
Constant integers_of(Builder& builder, const Node& node, const Constant& quantized, const Quantizer& quantizer) {
    const Constant* zero = builder.constant(node, 2);
    Constant result = Constant::of(quantized.shape, quantized.codes, Kind::integer);
    if (zero == nullptr) return result;
    result.type = zero->type;
    const auto source = broadcast_sources(quantizer.shape, quantized.shape);
    for (size_t at = 0; at < result.values.size(); ++at)
        result.values[at] += zero->values[zero->size() == 1 ? 0 : static_cast<size_t>(source[at])];
    return result;
}

/// A Clip of the codes, as Brevitas writes it between QuantizeLinear and DequantizeLinear for fewer bits than a type
/// has: narrower limits. The Clip whose output the quantizer then is; null if there is none.
const Node* take_code_limits(Builder& builder, const Node& node, Quantizer& quantizer) {
    const Node* clip = node.type == "QuantizeLinear" ? builder.only_reader(node, "Clip") : nullptr;
    if (clip == nullptr || clip->inputs.front() != node.outputs.front()) return nullptr;
    const Constant* zero = builder.constant(node, 2);
    for (size_t input = 1; input < 3; ++input) {
        if (!builder.has_input(*clip, input)) continue;
        const Constant* constant = builder.constant(*clip, input);
        const auto limit = constant == nullptr ? std::nullopt : constant->scalar();
        if (!limit || std::fabs(*limit) > 0x1p32 || *limit != std::floor(*limit)) return nullptr;
    }
    const size_t count = quantizer.low.size();
    for (size_t at = 0; at < count; ++at) {
        const double point = zero == nullptr ? 0 : zero->values[zero->size() == 1 ? 0 : at];
        const auto around = [&](size_t input) {
            return static_cast<int64_t>(*builder.constant(*clip, input)->scalar() - point);
        };
        const int64_t low = quantizer.low[at];
        const int64_t high = quantizer.high[at];
        if (builder.has_input(*clip, 1)) quantizer.low[at] = std::clamp(around(1), low, high);
        if (builder.has_input(*clip, 2)) quantizer.high[at] = std::clamp(around(2), quantizer.low[at], high);
    }
    builder.absorb(*clip);
    return clip;
}

Result<void> quant(Builder& builder, const Node& node) {
    if (builder.constant(node, 0) != nullptr) {
        const Constant& x = *builder.constant(node, 0);
        auto quantizer = read_quantizer(builder, node, x.shape.size(), false);
        if (!quantizer) return failure(quantizer.error());
        if (!is_broadcastable(quantizer->shape, x.shape)) return refuse(node, "its scale does not fit its constant");
        Constant result = quantized_constant(x, *quantizer);
        if (node.type == "QuantizeLinear") {
            builder.set(node, 0, integers_of(builder, node, result, *quantizer));
            return {};
        }
        if (restore_scales(x, *quantizer)) {
            result = rescaled(std::move(result), *quantizer);
            builder.program().decide(
                builder.layer_name(node),
                "scales are the largest weight over the largest code, as in training; the file has "
                "them rounded to float32");
        }
        builder.set(node, 0, std::move(result));
        return {};
    }
    auto x = builder.flow(node, 0);
    if (!x) return failure(x.error());
    auto quantizer = read_quantizer(builder, node, x->shape.size(), true);
    if (!quantizer) return failure(quantizer.error());
    const Node* clip = take_code_limits(builder, node, *quantizer);
    if (auto done = apply_quantizer(builder, node, *x, *quantizer); !done) return done;
    x->is_code = node.type == "QuantizeLinear";
    builder.set(clip != nullptr ? *clip : node, 0, std::move(*x));
    return {};
}

/// QuantizeLinear gives codes, DequantizeLinear takes them: in between, the flow holds what they stand for.
Result<void> dequantize(Builder& builder, const Node& node) {
    if (const Constant* codes = builder.constant(node, 0)) {
        auto values = dequantized(builder, node, *codes);
        if (!values) return failure(values.error());
        builder.set(node, 0, std::move(*values));
        return {};
    }
    // The only way to codes that is read is a QuantizeLinear with the same numbers.
    const Node* source = nullptr;
    for (const Node& each : builder.model().nodes)
        if (std::ranges::find(each.outputs, node.inputs.front()) != each.outputs.end()) source = &each;
    bool is_moved = false;
    while (source != nullptr && (may_move_codes(*source) || source->type == "Clip") && !source->inputs.empty()) {
        is_moved = is_moved || source->type != "Clip";
        const Node* next = nullptr;
        for (const Node& each : builder.model().nodes)
            if (std::ranges::find(each.outputs, source->inputs.front()) != each.outputs.end()) next = &each;
        source = next;
    }
    const auto same = [&](size_t input) {
        const Constant* a = builder.constant(node, input);
        const Constant* b = source == nullptr ? nullptr : builder.constant(*source, input);
        const auto all_zero = [](const Constant* c) {
            return c == nullptr || std::ranges::all_of(c->values, [](double v) { return v == 0; });
        };
        if (a == nullptr || b == nullptr) return input == 2 && all_zero(a) && all_zero(b);
        return a->values == b->values;
    };
    if (source == nullptr || source->type != "QuantizeLinear" || !same(1) || !same(2))
        return refuse(node, "reads codes that no QuantizeLinear with the same scale and zero point made");
    if (const Constant* scale = builder.constant(node, 1); scale != nullptr && scale->size() > 1)
        if (is_moved || node.integer("axis", 1) != source->integer("axis", 1))
            return refuse(node, "has scales along another axis than its QuantizeLinear");
    auto x = builder.flow(node, 0);
    if (!x) return failure(x.error());
    x->is_code = false;
    builder.set(node, 0, std::move(*x));
    return {};
}

Result<void> dynamic(Builder& /*builder*/, const Node& node) {
    return refuse(node, "computes its scale from each sample", "quantize with a fixed scale (static quantization)");
}

Result<void> integer_operator(Builder& /*builder*/, const Node& node) {
    return refuse(node, "leaves to the runtime how it rounds",
                  "export in the form with QuantizeLinear and DequantizeLinear (QDQ)");
}

/// trunc: of integers times scale, the low bits are dropped.
Result<void> trunc(Builder& builder, const Node& node) {
    if (node.inputs.size() != 7)
        return refuse(node, "is of an old version of QONNX, which does not say the scale of its result",
                      "export it again with QONNX 1.0");
    double numbers[7] = {};
    for (size_t at = 1; at < 7; ++at) {
        const Constant* constant = builder.constant(node, at);
        const auto number = constant == nullptr ? std::nullopt : constant->scalar();
        if (!number) return refuse(node, "its numbers are no constants, one for all elements");
        numbers[at] = *number;
    }
    const double scale = numbers[1];
    const double result_scale = numbers[4];
    const double bits = numbers[6];
    auto x = builder.flow(node, 0);
    if (!x) return failure(x.error());
    const std::string mode = node.text("rounding_mode", "FLOOR");
    const auto round = code_round(mode);
    if (numbers[2] != 0 || numbers[5] != 0) return refuse(node, "has a zero point");
    const bool is_power = scale > 0 && result_scale > 0 && power_of_two(result_scale / scale).has_value() &&
                          result_scale / scale * scale == result_scale;
    if (!is_power || !round || bits < 1 || bits > 32 || bits != std::floor(bits) ||
        static_cast<double>(static_cast<float>(result_scale)) != result_scale)
        return refuse(node, "has scales, bits or a rounding that are not read");
    // Its operand must be integers times scale already, so that nothing is rounded first.
    Real unit{Rational(Dyadic(1).shifted(-x->f))};
    bool is_on_grid = x->steps.empty();
    if (x->steps.size() == 1 && x->steps[0].kind == Step::Kind::affine && x->steps[0].factor.size() == 1 &&
        x->steps[0].offset[0].rational() == Rational(0)) {
        const auto scaled = mul(unit, x->steps[0].factor[0]);
        is_on_grid = scaled.has_value();
        if (scaled) unit = *scaled;
    }
    const auto step = unit.rational();
    is_on_grid = is_on_grid && step && (x->real_input.empty() || x->rounding) &&
                 (*step / Rational(*Dyadic::from_double(scale))).to_int64().has_value();
    if (!is_on_grid) return refuse(node, "reads what is not known to be integers times its scale");
    Quantizer quantizer;
    const bool is_signed = node.integer("signed", 1) != 0;
    const int64_t half = int64_t{1} << (static_cast<int>(bits) - (is_signed ? 1 : 0));
    const int64_t narrow = node.integer("narrow", 0) != 0 ? 1 : 0;
    quantizer.scale = {result_scale};
    quantizer.zero = {0};
    quantizer.low = {is_signed ? -half + narrow : 0};
    quantizer.high = {half - 1 - (is_signed ? 0 : narrow)};
    quantizer.round = *round;
    if (auto done = apply_quantizer(builder, node, *x, quantizer); !done) return done;
    builder.set(node, 0, std::move(*x));
    return {};
}

Result<void> multi_threshold(Builder& builder, const Node& node) {
    auto x = builder.flow(node, 0);
    if (!x) return failure(x.error());
    const Constant* thresholds = builder.constant(node, 1);
    if (thresholds == nullptr || thresholds->shape.size() != 2 || thresholds->values.empty())
        return refuse(node, "its thresholds are no constant matrix");
    const size_t rank = x->shape.size();
    const std::string layout = node.text("data_layout", "NCHW");
    if (layout != "NCHW" && layout != "NHWC" && layout != "NC") return refuse(node, "has the layout `" + layout + "`");
    const bool is_first = rank == 3 && layout != "NHWC";
    const int64_t channels = thresholds->shape[0];
    const int64_t count = thresholds->shape[1];
    const int64_t own = x->shape.empty() ? 1 : is_first ? x->shape.front() : x->shape.back();
    if (channels != 1 && channels != own) return refuse(node, "has not one row of thresholds for each channel");
    Shape shape(channels == 1 ? 0 : is_first ? rank : 1, 1);
    if (!shape.empty()) shape.front() = channels;
    std::vector<std::vector<Level>> levels;
    for (int64_t c = 0; c < channels; ++c) {
        std::vector<double> row(thresholds->values.begin() + c * count, thresholds->values.begin() + (c + 1) * count);
        std::ranges::sort(row);
        auto& into = levels.emplace_back();
        for (const double value : row) into.push_back({Rational(*Dyadic::from_double(value)), false});
    }
    const double scale = node.real("out_scale", 1);
    const double bias = node.real("out_bias", 0);
    if (!std::isfinite(scale) || !std::isfinite(bias) || scale == 0)
        return refuse(node, "has a scale that is no number");
    if (x->rounding) builder.round(*x, x->layer);
    if (!x->real_input.empty()) return builder.require_format(*x, node);
    const bool is_plain = power_of_two(scale).has_value();
    const Dyadic base = is_plain ? *Dyadic::from_double(bias) : Dyadic();
    const Dyadic step = is_plain ? *Dyadic::from_double(scale) : Dyadic(1);
    if (auto done = apply_levels(builder, node, *x, shape, levels, base, step); !done) return done;
    if (!is_plain)
        x->steps.push_back(Step::affine({}, {Real(Rational(*Dyadic::from_double(scale)))},
                                        {Real(Rational(*Dyadic::from_double(bias)))}));
    builder.set(node, 0, std::move(*x));
    return {};
}

constexpr OperatorEntry entries[] = {{"Quant", quant},
                                     {"IntQuant", quant},
                                     {"BipolarQuant", quant},
                                     {"QuantizeLinear", quant},
                                     {"DequantizeLinear", dequantize},
                                     {"Trunc", trunc},
                                     {"MultiThreshold", multi_threshold},
                                     {"DynamicQuantizeLinear", dynamic},
                                     {"QLinearConv", integer_operator},
                                     {"QLinearMatMul", integer_operator},
                                     {"ConvInteger", integer_operator},
                                     {"MatMulInteger", integer_operator}};

}  // namespace

std::span<const OperatorEntry> quantizer_operators() { return entries; }

}  // namespace dal::importer::onnx
