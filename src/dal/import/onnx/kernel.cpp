#include "dal/import/onnx/kernel.hpp"

#include <algorithm>

#include "dal/import/onnx/operators.hpp"

namespace dal::importer::onnx {
namespace {

Real real_of_double(double value) { return {Rational(*Dyadic::from_double(value))}; }

bool is_one(const Real& value) { return value.rational() == Rational(1); }

int fraction_bits(const std::vector<double>& values) {
    int64_t f = 0;
    for (const double value : values)
        if (value != 0) f = std::max(f, -Dyadic::from_double(value)->exponent());
    return static_cast<int>(f);
}

}  // namespace

std::optional<Formats> formats_of(const Constant& constant) {
    if (!constant.is_quantized()) return std::nullopt;
    const int k = constant.is_signed ? 1 : 0;
    if (std::ranges::all_of(constant.scales, [&](double scale) { return scale == constant.scales.front(); })) {
        const auto exponent = power_of_two(constant.scales.front());
        if (!exponent) return std::nullopt;
        return Formats::uniform(constant.is_signed, constant.bits - k + *exponent, -*exponent, Round::rnd_conv,
                                Overflow::sat);
    }
    Formats formats{constant.shape, {}, {}, {}, Round::rnd_conv, Overflow::sat};
    for (const double scale : constant.scales) {
        const auto exponent = power_of_two(scale);
        if (!exponent) return std::nullopt;
        formats.k.push_back(k);
        formats.i.push_back(constant.bits - k + *exponent);
        formats.f.push_back(-*exponent);
    }
    return formats;
}

Kernel split_kernel(const Constant& constant) {
    Kernel kernel{{constant.shape, constant.values}, formats_of(constant), {Real(Rational(1))}};
    if (kernel.formats || !constant.is_quantized()) return kernel;
    const auto outputs = static_cast<size_t>(constant.shape.back());
    for (size_t at = 0; at < constant.scales.size(); ++at)
        if (constant.scales[at] != constant.scales[at % outputs]) return kernel;
    kernel.numbers.values = constant.codes;
    const int k = constant.is_signed ? 1 : 0;
    kernel.formats = Formats::uniform(constant.is_signed, constant.bits - k, 0, Round::rnd_conv, Overflow::sat);
    kernel.scale.clear();
    for (size_t o = 0; o < outputs; ++o) kernel.scale.push_back(real_of_double(constant.scales[o]));
    const bool is_same = std::all_of(constant.scales.begin(), constant.scales.end(),
                                     [&](double scale) { return scale == constant.scales.front(); });
    if (is_same) kernel.scale.resize(1);
    return kernel;
}

void sum_range(Flow& flow, const Tensor& numbers) {
    const auto outputs = static_cast<size_t>(numbers.shape.back());
    std::vector<Dyadic> positive(outputs);
    std::vector<Dyadic> negative(outputs);
    for (size_t at = 0; at < numbers.values.size(); ++at) {
        const double value = numbers.values[at];
        if (value == 0) continue;
        Dyadic& sum = (value > 0 ? positive : negative)[at % outputs];
        sum = sum + *Dyadic::from_double(value);
    }
    std::optional<Dyadic> low;
    std::optional<Dyadic> high;
    for (size_t o = 0; o < outputs; ++o) {
        const Dyadic least = positive[o] * flow.low + negative[o] * flow.high;
        const Dyadic most = positive[o] * flow.high + negative[o] * flow.low;
        if (!low || least < *low) low = least;
        if (!high || most > *high) high = most;
    }
    flow.low = low.value_or(Dyadic());
    flow.high = high.value_or(Dyadic());
    flow.f += fraction_bits(numbers.values);
}

void add_range(Flow& flow, const std::vector<double>& values) {
    if (values.empty()) return;
    const auto [low, high] = std::ranges::minmax(values);
    flow.low = flow.low + *Dyadic::from_double(low);
    flow.high = flow.high + *Dyadic::from_double(high);
    flow.f = std::max(flow.f, fraction_bits(values));
}

Result<Real> take_factor(Builder& builder, Flow& flow, const Node& node) {
    if (!flow.rounding)
        if (auto known = builder.require_format(flow, node); !known) return failure(known.error());
    if (flow.steps.empty()) return Real(Rational(1));
    const Step& step = flow.steps.front();
    const bool is_factor = flow.steps.size() == 1 && step.kind == Step::Kind::affine && step.factor.size() == 1 &&
                           step.offset.front().rational() == Rational(0) && !power_of_two_of(step.factor.front());
    if (is_factor) {
        const Real factor = step.factor.front();
        flow.steps.clear();
        return factor;
    }
    builder.round(flow, flow.layer);
    if (auto settled = builder.settle(flow, node); !settled) return failure(settled.error());
    return Real(Rational(1));
}

void take_bias(Builder& builder, const Node& node, LinearLayer& layer, size_t rank, int64_t outputs) {
    layer.last = &node;
    const Node* add = builder.only_reader(node, "Add");
    if (layer.bias || add == nullptr || add->inputs.size() != 2) return;
    const bool first = add->inputs[0] == node.outputs.front();
    const Constant* constant = builder.constant(*add, first ? 1 : 0);
    if (constant == nullptr) return;
    const auto values = without_batch(*constant, rank);
    if (!values || values->size() != outputs || !is_broadcastable(values->shape, layer.channels)) return;
    layer.bias = *values;
    layer.last = add;
    builder.absorb(*add);
}

bool has_scale(const LinearLayer& layer) {
    return !is_one(layer.factor) || layer.kernel.scale.size() > 1 || !is_one(layer.kernel.scale.front());
}

std::string array_parameter(Program& program, const std::string& layer, const char* part, const Tensor& numbers,
                            const std::optional<Formats>& formats) {
    std::string text = program.parameter(layer, part, numbers, formats);
    const bool is_number = text.front() == '-' || (text.front() >= '0' && text.front() <= '9');
    return is_number ? "full(" + to_string(numbers.shape) + ", " + text + ")" : text;
}

std::pair<std::string, std::string> write_parameters(Builder& builder, const LinearLayer& layer) {
    Program& program = builder.program();
    const Kernel& kernel = layer.kernel;
    const std::string zeros = zeros_of(kernel.numbers);
    program.comment(layer.name + ": " + extents(kernel.numbers.shape) + (zeros.empty() ? "" : ", " + zeros));
    std::string bias;
    std::string text = array_parameter(program, layer.name, "kernel", kernel.numbers, kernel.formats);
    if (layer.bias && !has_scale(layer)) {
        // In the layout of the layer itself, where channels are last.
        const int64_t outputs = kernel.numbers.shape.back();
        Tensor values{{outputs}, layer.bias->values};
        if (values.size() == 1) values.values.resize(static_cast<size_t>(outputs), values.values.front());
        auto formats = formats_of(*layer.bias);
        if (formats && formats->size() > 1) formats->shape = values.shape;
        bias = array_parameter(program, layer.name, "bias", values, formats);
    }
    return {text, bias};
}

Result<void> finish_linear(Builder& builder, const Node& node, Flow& flow, const LinearLayer& layer) {
    static_cast<void>(builder);
    if (!has_scale(layer)) {
        if (layer.bias) add_range(flow, layer.bias->values);
        return {};
    }
    const bool has_many = layer.kernel.scale.size() > 1 || (layer.bias && layer.bias->size() > 1);
    const Shape shape = has_many ? layer.channels : Shape{};
    const auto count = static_cast<size_t>(checked_count(shape).value_or(1));
    std::vector<Real> factors;
    std::vector<Real> offsets;
    for (size_t o = 0; o < count; ++o) {
        auto factor = mul(layer.factor, layer.kernel.scale[layer.kernel.scale.size() == 1 ? 0 : o]);
        if (!factor) return refuse(node, "its numbers get too large");
        factors.push_back(*factor);
        offsets.push_back(layer.bias ? real_of_double(layer.bias->values[layer.bias->size() == 1 ? 0 : o]) : Real());
    }
    if (!append(flow.steps, Step::affine(shape, std::move(factors), std::move(offsets))))
        return refuse(node, "its numbers get too large");
    return {};
}

}  // namespace dal::importer::onnx
