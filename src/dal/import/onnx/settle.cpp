// How a flow becomes text of the program.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "dal/import/onnx/builder.hpp"
#include "dal/import/problem.hpp"

namespace dal::importer::onnx {
namespace {

/// Bits of a number that becomes a constant of the program.
constexpr int64_t most_bits = 106;

/// A real number as a float32, and as exactly that rational.
Rational as_float32(const Real& value) {
    for (const int f : {60, 160, 400}) {
        const auto code = round_code(value, f, Round::rnd_conv);
        if (!code) break;
        if (code->bit_length() < 40 && f < 400) continue;
        const auto number = static_cast<float>(code->to_double() * std::ldexp(1.0, -f));
        if (const auto exact = Dyadic::from_double(number)) return {*exact};
        break;
    }
    return {};
}

std::optional<Dyadic> dyadic(const Real& value) {
    const auto rational = value.rational();
    if (!rational || !rational->is_dyadic()) return std::nullopt;
    const Dyadic& number = rational->numerator();
    if (number.mantissa().bit_length() > most_bits || std::abs(number.exponent()) > 900) return std::nullopt;
    return number;
}

bool all_dyadic(const std::vector<Real>& values) {
    return std::ranges::all_of(values, [](const Real& value) { return dyadic(value).has_value(); });
}

/// The double next to a number, toward 0.
double near_double(const Dyadic& number) {
    if (const auto exact = number.to_double()) return *exact;
    const int64_t drop = number.mantissa().bit_length() - 53;
    const auto code = Rational(Dyadic(number.mantissa(), -drop)).floor_scaled(0);
    return Dyadic(code, number.exponent() + drop).to_double().value_or(0);
}

std::optional<int> number_of(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    int value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size() || std::abs(value) > 4096) return std::nullopt;
    return value;
}

/// Extremes of factor · x + offset over a range of x.
void move_range(Flow& flow, const std::vector<Dyadic>& factors, const std::vector<Dyadic>& offsets) {
    std::optional<Dyadic> low;
    std::optional<Dyadic> high;
    int64_t f = 0;
    for (size_t at = 0; at < factors.size(); ++at) {
        const Dyadic a = factors[at] * flow.low + offsets[at];
        const Dyadic b = factors[at] * flow.high + offsets[at];
        if (!low || std::min(a, b) < *low) low = std::min(a, b);
        if (!high || std::max(a, b) > *high) high = std::max(a, b);
        if (!factors[at].is_zero()) f = std::max(f, flow.f - factors[at].exponent());
        if (!offsets[at].is_zero()) f = std::max(f, -offsets[at].exponent());
    }
    flow.f = static_cast<int>(std::min<int64_t>(f, 4096));
    flow.low = *low;
    flow.high = *high;
}

}  // namespace

std::optional<Kif> options_format(std::string_view text) {
    const size_t open = text.find('(');
    if (text == "bool") return Kif(false, 1, 0);
    if (text == "ternary") return Kif(true, 1, 0);
    if (open == std::string_view::npos || !text.ends_with(')')) return std::nullopt;
    const std::string_view kind = text.substr(0, open);
    std::string_view rest = text.substr(open + 1, text.size() - open - 2);
    std::vector<int> numbers;
    while (!rest.empty()) {
        const size_t end = std::min(rest.find(','), rest.size());
        const auto number = number_of(rest.substr(0, end));
        if (!number) break;
        numbers.push_back(*number);
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    if (kind == "fixed" && numbers.size() == 3) return Kif(numbers[0] != 0, numbers[1], numbers[2]);
    if (kind == "kbi" && numbers.size() == 3) return Kif::kbi(numbers[0] != 0, numbers[1], numbers[2]);
    if (kind == "int" && numbers.size() == 1) return Kif(true, numbers[0] - 1, 0);
    if (kind == "uint" && numbers.size() == 1) return Kif(false, numbers[0], 0);
    return std::nullopt;
}

void Builder::call(Flow& flow, const std::string& function, const std::string& arguments) {
    Expression& e = flow.expression;
    if (e.form == Expression::Form::name) {
        e = {function + "(" + e.text + (arguments.empty() ? "" : ", " + arguments) + ")", Expression::Form::call};
    } else {
        e = {e.text + " |> " + function + (arguments.empty() ? "" : "(" + arguments + ")"), Expression::Form::pipe};
    }
}

void Builder::infix(Flow& flow, char sign, const std::string& operand) {
    Expression& e = flow.expression;
    using Form = Expression::Form;
    const bool is_product = sign == '*';
    const bool needs_brackets = e.form == Form::pipe || (is_product && e.form == Form::sum);
    const std::string left = needs_brackets ? "(" + e.text + ")" : e.text;
    if (!is_product && operand.starts_with('-') && sign == '+')
        e = {left + " - " + operand.substr(1), Form::sum};
    else
        e = {left + " " + sign + " " + operand, is_product ? Form::product : Form::sum};
}

void Builder::to_channels_last(Flow& flow) {
    if (flow.is_channels_last || flow.shape.size() < 2) return;
    std::string axes = "[";
    for (size_t axis = 1; axis < flow.shape.size(); ++axis) axes += std::to_string(axis) + ", ";
    call(flow, "transpose", axes + "0]");
    flow.is_channels_last = true;
}

void Builder::to_model_layout(Flow& flow) {
    if (!flow.is_channels_last) return;
    const size_t rank = flow.shape.size();
    std::string axes = "[" + std::to_string(rank - 1);
    for (size_t axis = 0; axis + 1 < rank; ++axis) axes += ", " + std::to_string(axis);
    call(flow, "transpose", axes + "]");
    flow.is_channels_last = false;
}

std::string Builder::constant_text(const Flow& flow, const std::string& wanted, Tensor values) {
    if (flow.is_channels_last) {
        // Channels move to the end; the order of the elements changes with them.
        const Shape to = moved_channels(values.shape, flow.shape.size());
        const int64_t channels = to.back();
        const int64_t others = values.size() / std::max<int64_t>(channels, 1);
        std::vector<double> moved(values.values.size());
        for (int64_t c = 0; c < channels; ++c)
            for (int64_t o = 0; o < others; ++o)
                moved[static_cast<size_t>(o * channels + c)] = values.values[static_cast<size_t>(c * others + o)];
        values = {to, std::move(moved)};
    }
    size_t ones = 0;
    while (ones < values.shape.size() && values.shape[ones] == 1) ++ones;
    values.shape.erase(values.shape.begin(), values.shape.begin() + static_cast<std::ptrdiff_t>(ones));
    return program_->constant(wanted, values);
}

void Builder::round(Flow& flow, const std::string& owner) {
    if (!flow.rounding) return;
    Formats formats = *flow.rounding;
    if (formats.size() > 1 && flow.is_channels_last) {
        const Shape to = moved_channels(formats.shape, flow.shape.size());
        const int64_t channels = to.back();
        const int64_t others = formats.size() / channels;
        Formats moved{to, formats.k, formats.i, formats.f, formats.round, formats.overflow};
        for (int64_t c = 0; c < channels; ++c)
            for (int64_t o = 0; o < others; ++o) {
                const auto into = static_cast<size_t>(o * channels + c);
                const auto from = static_cast<size_t>(c * others + o);
                moved.k[into] = formats.k[from];
                moved.i[into] = formats.i[from];
                moved.f[into] = formats.f[from];
            }
        formats = moved;
    }
    call(flow, "quantize", program_->format(owner + "_in", formats));
    flow.rounding.reset();
}

void Builder::bind(Flow& flow, const std::string& wanted) {
    if (flow.expression.form == Expression::Form::name) return;
    const std::string& name = wanted.empty() ? flow.layer : wanted;
    const Value value = flow.is_layer ? program_->layer(name, flow.expression.text, flow.program_shape())
                                      : program_->let(name, flow.expression.text, flow.program_shape());
    flow.is_layer = false;
    flow.expression = {value.text, Expression::Form::name};
    // Rounded to a format that the model does not have.
    if (const auto kif = value.format.empty() ? std::nullopt : options_format(value.format)) {
        flow.low = std::min(flow.low, Dyadic(kif->min_code(), -int64_t{kif->f}));
        flow.high = std::max(flow.high, Dyadic(kif->max_code(), -int64_t{kif->f}));
    }
}

std::string Builder::operand(Flow& flow, const std::string& wanted) {
    if (flow.expression.form != Expression::Form::call || flow.is_layer)
        bind(flow, flow.is_layer ? flow.layer : wanted);
    return flow.expression.text;
}

Result<void> Builder::require_format(const Flow& flow, const Node& node) {
    return program_->require_format({flow.expression.text, flow.shape, flow.real_input}, node.place());
}

Result<void> Builder::require_plain(Flow& flow, const Node& node) {
    if (auto known = require_format(flow, node); !known) return known;
    round(flow, flow.layer);
    return settle(flow, node);
}

bool Builder::is_exact(const Flow& flow) {
    return std::ranges::all_of(flow.steps, [](const Step& step) {
        const bool is_dyadic_clip = (!step.low || step.low->is_dyadic()) && (!step.high || step.high->is_dyadic());
        return step.kind != Step::Kind::unary && all_dyadic(step.factor) && all_dyadic(step.offset) && is_dyadic_clip;
    });
}

void Builder::settle_affine(Flow& flow, const Step& step, const std::string& owner) {
    const auto say = [&](const std::vector<Real>& values, const char* part) {
        Tensor high{step.shape, {}};
        Tensor low{step.shape, {}};
        bool is_split = false;
        for (const Real& value : values) {
            const Dyadic number = *dyadic(value);
            high.values.push_back(near_double(number));
            low.values.push_back(near_double(number - *Dyadic::from_double(high.values.back())));
            is_split = is_split || low.values.back() != 0;
        }
        const std::string name = owner + "_" + part;
        const std::string text = constant_text(flow, name, high);
        return is_split ? "(" + text + " + " + constant_text(flow, name + "_low", low) + ")" : text;
    };
    const auto is_all = [](const std::vector<Real>& values, int number) {
        return std::ranges::all_of(values, [&](const Real& value) { return value.rational() == Rational(number); });
    };
    if (!is_all(step.factor, 1)) infix(flow, '*', say(step.factor, "scale"));
    if (!is_all(step.offset, 0)) infix(flow, '+', say(step.offset, "offset"));
    std::vector<Dyadic> factors;
    std::vector<Dyadic> offsets;
    for (const Real& value : step.factor) factors.push_back(*dyadic(value));
    for (const Real& value : step.offset) offsets.push_back(*dyadic(value));
    move_range(flow, factors, offsets);
}

void Builder::settle_clip(Flow& flow, const Step& step) {
    const auto number = [&](const std::optional<Rational>& limit) {
        const Dyadic exact = limit->numerator();
        return program_->constant(flow.layer + "_limit", {{}, {near_double(exact)}});
    };
    const auto cut = [&](const Dyadic& value) {
        Dyadic result = value;
        if (step.low) result = std::max(result, step.low->numerator());
        if (step.high) result = std::min(result, step.high->numerator());
        return result;
    };
    if (step.low && step.high)
        call(flow, "clip", number(step.low) + ", " + number(step.high));
    else if (step.low && step.low->is_zero())
        call(flow, "relu");
    else if (step.low)
        call(flow, "max", number(step.low));
    else if (step.high)
        call(flow, "min", number(step.high));
    flow.low = cut(flow.low);
    flow.high = cut(flow.high);
    for (const auto& limit : {step.low, step.high})
        if (limit && !limit->is_zero())
            flow.f =
                std::max(flow.f, static_cast<int>(std::clamp<int64_t>(-limit->numerator().exponent(), -4096, 4096)));
}

void Builder::settle_leaky(Flow& flow, const Step& step, const std::string& owner) {
    program_->use("nn");
    Tensor slopes{step.shape, {}};
    std::vector<Dyadic> factors{Dyadic(1)};
    for (const Real& value : step.factor) {
        factors.push_back(*dyadic(value));
        slopes.values.push_back(near_double(factors.back()));
    }
    const auto shift = slopes.size() == 1 ? power_of_two(slopes.values[0]) : std::nullopt;
    if (shift && *shift < 0)
        call(flow, "nn.leaky_relu", std::to_string(-*shift));
    else
        call(flow, "nn.prelu", constant_text(flow, owner + "_slope", slopes));
    move_range(flow, factors, std::vector<Dyadic>(factors.size()));
}

Result<void> Builder::settle(Flow& flow, const Node& node) {
    const std::string owner = flow.layer;
    for (Step& step : flow.steps) {
        if (step.kind == Step::Kind::unary)
            return failure(inexact_layer(node.place(),
                                         "reads the result of a function that only a table computes, and no "
                                         "quantizer says to what it is rounded",
                                         "put a Quant behind it when training, or `--define` a function of your own"));
        const auto is_dyadic_limit = [](const std::optional<Rational>& limit) { return !limit || limit->is_dyadic(); };
        if (all_dyadic(step.factor) && all_dyadic(step.offset) && is_dyadic_limit(step.low) &&
            is_dyadic_limit(step.high))
            continue;
        if (program_->options().exactness == Exactness::on)
            return failure(inexact_layer(node.place(),
                                         "reads numbers that are scaled by what is no binary number (a batch "
                                         "normalization, or a division), without a quantizer between",
                                         "put a Quant behind it when training, or say `--bit-exact auto`"));
        say_inexact(owner, "scale and offset are rounded to float32 numbers: they have no exact binary form");
        for (auto* numbers : {&step.factor, &step.offset})
            for (Real& value : *numbers)
                if (!dyadic(value)) value = as_float32(value);
        for (auto* limit : {&step.low, &step.high})
            if (*limit && !(*limit)->is_dyadic()) *limit = as_float32(Real(**limit));
    }
    for (const Step& step : std::exchange(flow.steps, {})) {
        switch (step.kind) {
            case Step::Kind::affine: settle_affine(flow, step, owner); break;
            case Step::Kind::clip: settle_clip(flow, step); break;
            case Step::Kind::leaky: settle_leaky(flow, step, owner); break;
            case Step::Kind::unary: break;
        }
    }
    return {};
}

}  // namespace dal::importer::onnx
