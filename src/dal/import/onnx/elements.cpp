// Operators that work element by element with numbers that the model knows: straight lines and functions, which wait
// for a quantizer behind them.
#include <algorithm>
#include <cmath>
#include <map>

#include "dal/import/onnx/operators.hpp"

namespace dal::importer::onnx {
namespace {

Real real_of(double value) { return {Rational(*Dyadic::from_double(value))}; }

/// The variable operand of a node; what it does to it waits in its steps.
Result<Flow> take(Builder& builder, const Node& node, size_t input) {
    auto flow = builder.flow(node, input);
    if (!flow) return flow;
    if (!flow->rounding)
        if (auto known = builder.require_format(*flow, node); !known) return failure(known.error());
    return flow;
}

Result<void> put(Builder& builder, const Node& node, Flow flow, Step step) {
    if (!is_broadcastable(step.shape, flow.shape))
        return refuse(node, "its constant does not fit the shape " + to_string(flow.shape));
    if (!append(flow.steps, std::move(step))) return refuse(node, "its numbers get too large");
    builder.set(node, 0, std::move(flow));
    return {};
}

Result<void> relu(Builder& builder, const Node& node) {
    auto x = take(builder, node, 0);
    if (!x) return failure(x.error());
    return put(builder, node, std::move(*x), Step::clip(Rational(0), std::nullopt));
}

Result<void> leaky_relu(Builder& builder, const Node& node) {
    auto x = take(builder, node, 0);
    if (!x) return failure(x.error());
    Step step;
    step.kind = Step::Kind::leaky;
    if (node.type == "PRelu") {
        const Constant* slope = builder.constant(node, 1);
        const auto values = slope == nullptr ? std::nullopt : without_batch(*slope, x->shape.size());
        if (!values) return refuse(node, "its slope is no constant that fits");
        step.shape = values->shape;
        for (const double value : values->values) step.factor.push_back(real_of(value));
    } else {
        const double alpha = node.real("alpha", static_cast<double>(0.01F));
        if (!std::isfinite(alpha)) return refuse(node, "has a slope that is no number");
        step.factor.push_back(real_of(alpha));
    }
    step.offset.assign(step.factor.size(), Real());
    return put(builder, node, std::move(*x), std::move(step));
}

/// A limit from an operand, or from an attribute in old models.
Result<std::optional<Rational>> limit(Builder& builder, const Node& node, size_t input, const char* attribute) {
    double value = 0;
    if (builder.has_input(node, input)) {
        const Constant* constant = builder.constant(node, input);
        const auto number = constant == nullptr ? std::nullopt : constant->scalar();
        if (!number) return refuse(node, "its limits are no constants");
        value = *number;
    } else if (node.find(attribute) != nullptr) {
        value = node.real(attribute, 0);
    } else {
        return std::optional<Rational>{};
    }
    if (!std::isfinite(value) || std::fabs(value) > 1e30) return std::optional<Rational>{};
    return std::optional(Rational(*Dyadic::from_double(value)));
}

Result<void> clip(Builder& builder, const Node& node) {
    auto x = take(builder, node, 0);
    if (!x) return failure(x.error());
    const auto low = limit(builder, node, 1, "min");
    const auto high = limit(builder, node, 2, "max");
    if (!low) return failure(low.error());
    if (!high) return failure(high.error());
    if (*low && *high && **low > **high) return refuse(node, "has a lower limit above the upper one");
    if (!*low && !*high) {
        builder.set(node, 0, std::move(*x));
        return {};
    }
    return put(builder, node, std::move(*x), Step::clip(*low, *high));
}

/// Add, Sub, Mul and Div with a constant: nothing if both operands are variables.
Result<bool> with_constant(Builder& builder, const Node& node) {
    const bool is_left = builder.constant(node, 0) != nullptr;
    const Constant* constant = builder.constant(node, is_left ? 0 : 1);
    if (constant == nullptr) return false;
    auto x = take(builder, node, is_left ? 1 : 0);
    if (!x) return failure(x.error());
    const auto values = without_batch(*constant, x->shape.size());
    const auto shape = values ? common_shape(values->shape, x->shape) : std::nullopt;
    if (!shape)
        return refuse(node, "its constant " + to_string(constant->shape) + " does not fit " + to_string(x->shape));
    if (*shape != x->shape) {
        if (auto plain = builder.require_plain(*x, node); !plain) return failure(plain.error());
        builder.to_model_layout(*x);
        Builder::call(*x, "broadcast_to", to_string(*shape));
        x->shape = *shape;
    }
    if (values->size() > (int64_t{1} << 20)) return refuse(node, "its constant has too many elements");
    std::vector<Real> factor;
    std::vector<Real> offset;
    for (const double number : values->values) {
        const Real c = real_of(number);
        Real a{Rational(1)};
        Real b{Rational(0)};
        if (node.type == "Add") {
            b = c;
        } else if (node.type == "Sub") {
            b = is_left ? c : real_of(-number);
            if (is_left) a = real_of(-1);
        } else if (node.type == "Mul") {
            a = c;
        } else {
            if (number == 0 || is_left) return refuse(node, is_left ? "divides by a variable" : "divides by 0");
            a = Real(Rational(1) / Rational(*Dyadic::from_double(number)));
        }
        factor.push_back(a);
        offset.push_back(b);
    }
    if (auto done =
            put(builder, node, std::move(*x), Step::affine(values->shape, std::move(factor), std::move(offset)));
        !done)
        return failure(done.error());
    return true;
}

/// The factor of values that are one number times what the program has; nothing if there is more to them.
std::optional<Real> only_factor(const Flow& flow) {
    if (flow.steps.empty()) return Real(Rational(1));
    const Step& step = flow.steps.front();
    if (flow.steps.size() != 1 || step.kind != Step::Kind::affine || step.factor.size() != 1 ||
        step.offset.front().rational() != Rational(0))
        return std::nullopt;
    return step.factor.front();
}

struct Pair {
    Flow left;
    Flow right;
    Shape shape;
    Real factor{Rational(1)};  ///< still to be applied to a sum
};

/// Two variables in the same layout. `keeps`: a factor that both have may stay outside.
Result<Pair> take_pair(Builder& builder, const Node& node, bool keeps) {
    auto left = take(builder, node, 0);
    if (!left) return failure(left.error());
    auto right = take(builder, node, 1);
    if (!right) return failure(right.error());
    Pair pair{std::move(*left), std::move(*right), {}};
    if (pair.left.shape.size() != pair.right.shape.size())
        return refuse(node, "its operands have different numbers of axes: " + to_string(pair.left.shape) + " and " +
                                to_string(pair.right.shape));
    const auto shape = common_shape(pair.left.shape, pair.right.shape);
    if (!shape)
        return refuse(node,
                      "its operands do not fit: " + to_string(pair.left.shape) + " and " + to_string(pair.right.shape));
    pair.shape = *shape;
    const auto a = only_factor(pair.left);
    const auto b = only_factor(pair.right);
    const bool is_common = keeps && a && b && a->rational() && a->rational() == b->rational();
    for (Flow* each : {&pair.left, &pair.right}) {
        builder.round(*each, each->layer);
        if (is_common)
            each->steps.clear();
        else if (auto settled = builder.settle(*each, node); !settled)
            return failure(settled.error());
    }
    if (is_common) pair.factor = *a;
    if (pair.left.is_channels_last != pair.right.is_channels_last) {
        builder.to_model_layout(pair.left);
        builder.to_model_layout(pair.right);
    }
    return pair;
}

Flow combined(Builder& builder, const Node& node, Pair& pair, const char* sign, Expression::Form form) {
    Flow y;
    y.layer = builder.layer_name(node);
    const std::string left = builder.operand(pair.left, pair.left.layer);
    const std::string right = builder.operand(pair.right, pair.right.layer);
    y.expression = {left + " " + sign + " " + right, form};
    y.shape = pair.shape;
    y.is_channels_last = pair.left.is_channels_last;
    y.is_layer = true;
    return y;
}

Result<void> sum(Builder& builder, const Node& node) {
    if (node.inputs.size() != 2) return refuse(node, "has not two operands");
    const auto done = with_constant(builder, node);
    if (!done) return failure(done.error());
    if (*done) return {};
    auto pair = take_pair(builder, node, true);
    if (!pair) return failure(pair.error());
    const bool is_add = node.type == "Add";
    Flow y = combined(builder, node, *pair, is_add ? "+" : "-", Expression::Form::sum);
    y.f = std::max(pair->left.f, pair->right.f);
    y.low = pair->left.low + (is_add ? pair->right.low : -pair->right.high);
    y.high = pair->left.high + (is_add ? pair->right.high : -pair->right.low);
    if (pair->factor.rational() != Rational(1)) y.steps.push_back(Step::scale(pair->factor));
    builder.set(node, 0, std::move(y));
    return {};
}

Result<void> product(Builder& builder, const Node& node) {
    if (node.inputs.size() != 2) return refuse(node, "has not two operands");
    const auto done = with_constant(builder, node);
    if (!done) return failure(done.error());
    if (*done) return {};
    if (node.type == "Div") return refuse(node, "divides by a variable", "multiply by a table of its reciprocal");
    auto pair = take_pair(builder, node, true);
    if (!pair) return failure(pair.error());
    Flow y = combined(builder, node, *pair, "*", Expression::Form::product);
    y.f = pair->left.f + pair->right.f;
    std::vector<Dyadic> ends;
    for (const Dyadic& a : {pair->left.low, pair->left.high})
        for (const Dyadic& b : {pair->right.low, pair->right.high}) ends.push_back(a * b);
    y.low = *std::ranges::min_element(ends);
    y.high = *std::ranges::max_element(ends);
    if (pair->factor.rational() != Rational(1)) {
        auto both = mul(pair->factor, pair->factor);
        if (!both) return refuse(node, "its numbers get too large");
        y.steps.push_back(Step::scale(*both));
    }
    builder.set(node, 0, std::move(y));
    return {};
}

Result<void> negative(Builder& builder, const Node& node) {
    auto x = take(builder, node, 0);
    if (!x) return failure(x.error());
    return put(builder, node, std::move(*x), Step::scale(real_of(-1)));
}

Result<void> batch_normalization(Builder& builder, const Node& node) {
    auto x = take(builder, node, 0);
    if (!x) return failure(x.error());
    if (node.integer("training_mode", 0) != 0) return refuse(node, "is in training mode");
    if (x->shape.empty()) return refuse(node, "its operand has no axis of channels");
    const bool is_last = is_channels_last(node);
    const int64_t channels = is_last ? x->shape.back() : x->shape.front();
    const Constant* numbers[4];
    for (size_t at = 0; at < 4; ++at) {
        numbers[at] = builder.constant(node, at + 1);
        if (numbers[at] == nullptr || (numbers[at]->size() != channels && numbers[at]->size() != 1))
            return refuse(node,
                          "its numbers are no constants, one for each of " + std::to_string(channels) + " channels");
    }
    const double epsilon = node.real("epsilon", static_cast<double>(1e-5F));
    if (!std::isfinite(epsilon)) return refuse(node, "has an epsilon that is no number");
    std::vector<Real> factors;
    std::vector<Real> offsets;
    for (int64_t c = 0; c < channels; ++c) {
        const auto number = [&](size_t which) {
            const auto& values = numbers[which]->values;
            return real_of(values[values.size() == 1 ? 0 : static_cast<size_t>(c)]);
        };
        const auto root =
            add(number(3), real_of(epsilon)).and_then([](const Real& v) { return apply(RealFunction::sqrt, v); });
        const auto factor = root ? div(number(0), *root) : root;
        if (!factor) return refuse(node, "has a variance that is not positive");
        const auto offset = mul(number(2), *factor).and_then([&](const Real& v) { return sub(number(1), v); });
        if (!offset) return refuse(node, "its numbers get too large");
        factors.push_back(*factor);
        offsets.push_back(*offset);
    }
    Shape shape(is_last ? 1 : x->shape.size(), 1);
    shape.front() = channels;
    return put(builder, node, std::move(*x), Step::affine(shape, std::move(factors), std::move(offsets)));
}

Result<void> function(Builder& builder, const Node& node) {
    static const std::map<std::string_view, Unary> functions{{"Tanh", Unary::tanh},
                                                             {"Sigmoid", Unary::sigmoid},
                                                             {"Exp", Unary::exp},
                                                             {"Elu", Unary::elu},
                                                             {"Selu", Unary::selu},
                                                             {"Softplus", Unary::softplus},
                                                             {"Softsign", Unary::softsign},
                                                             {"HardSigmoid", Unary::hard_sigmoid},
                                                             {"HardSwish", Unary::hard_swish},
                                                             {"Swish", Unary::silu},
                                                             {"Mish", Unary::mish},
                                                             {"Erf", Unary::erf},
                                                             {"Sqrt", Unary::sqrt},
                                                             {"Log", Unary::log},
                                                             {"Reciprocal", Unary::reciprocal},
                                                             {"Sin", Unary::sin},
                                                             {"Cos", Unary::cos},
                                                             {"Gelu", Unary::gelu}};
    auto x = take(builder, node, 0);
    if (!x) return failure(x.error());
    Step step;
    step.kind = Step::Kind::unary;
    step.unary = functions.at(node.type);
    step.factor = {Real(Rational(1))};
    step.offset = {Real()};
    switch (step.unary) {
        case Unary::elu: step.alpha = node.real("alpha", 1); break;
        case Unary::selu:
            step.alpha = node.real("alpha", static_cast<double>(1.67326319217681884765625F));
            step.beta = node.real("gamma", static_cast<double>(1.05070102214813232421875F));
            break;
        case Unary::hard_sigmoid:
            step.alpha = node.real("alpha", static_cast<double>(0.2F));
            step.beta = node.real("beta", 0.5);
            break;
        case Unary::silu:
            if (node.real("alpha", 1) != 1) return refuse(node, "has an alpha other than 1");
            break;
        case Unary::gelu:
            if (node.text("approximate", "none") == "tanh") step.unary = Unary::gelu_tanh;
            break;
        default: break;
    }
    if (!std::isfinite(step.alpha) || !std::isfinite(step.beta) || step.alpha < 0)
        return refuse(node, "has a number that is not read: " + std::to_string(step.alpha));
    return put(builder, node, std::move(*x), std::move(step));
}

Result<void> power(Builder& builder, const Node& node) {
    const Constant* exponent = builder.constant(node, 1);
    const auto n = exponent == nullptr ? std::nullopt : exponent->scalar();
    if (!n) return refuse(node, "has an exponent that is no constant number");
    auto x = take(builder, node, 0);
    if (!x) return failure(x.error());
    if (*n == 1) {
        builder.set(node, 0, std::move(*x));
        return {};
    }
    if (*n != 2) return refuse(node, "raises to the power of " + std::to_string(*n), "powers of 1 and 2 are read");
    if (auto plain = builder.require_plain(*x, node); !plain) return plain;
    builder.bind(*x, x->layer);
    const Dyadic ends[] = {x->low * x->low, x->high * x->high};
    x->expression = {x->expression.text + " * " + x->expression.text, Expression::Form::product};
    const bool has_zero = x->low.is_negative() && !x->high.is_negative();
    x->low = has_zero ? Dyadic() : std::min(ends[0], ends[1]);
    x->high = std::max(ends[0], ends[1]);
    x->f *= 2;
    x->layer = builder.layer_name(node);
    builder.set(node, 0, std::move(*x));
    return {};
}

/// Nothing changes.
Result<void> identity(Builder& builder, const Node& node) {
    auto x = builder.flow(node, 0);
    if (!x) return failure(x.error());
    if (node.outputs.size() > 1 && !node.outputs[1].empty()) return refuse(node, "gives a mask too");
    if (node.type == "Cast") {
        const int64_t to = node.integer("to", 1);
        const bool is_real = to == 1 || to == 11;
        const bool is_integer = x->f <= 0 && x->steps.empty() && !x->rounding && x->real_input.empty();
        if (!is_real && !is_integer) return refuse(node, "rounds to integers, or to small floating-point numbers");
        if (!is_real && to != 6 && to != 7) return refuse(node, "casts to a type of few bits");
    }
    builder.set(node, 0, std::move(*x));
    return {};
}

constexpr OperatorEntry entries[] = {{"Relu", relu},
                                     {"LeakyRelu", leaky_relu},
                                     {"PRelu", leaky_relu},
                                     {"Clip", clip},
                                     {"Add", sum},
                                     {"Sub", sum},
                                     {"Mul", product},
                                     {"Div", product},
                                     {"Neg", negative},
                                     {"BatchNormalization", batch_normalization},
                                     {"Tanh", function},
                                     {"Sigmoid", function},
                                     {"Exp", function},
                                     {"Elu", function},
                                     {"Selu", function},
                                     {"Softplus", function},
                                     {"Softsign", function},
                                     {"HardSigmoid", function},
                                     {"HardSwish", function},
                                     {"Swish", function},
                                     {"Mish", function},
                                     {"Erf", function},
                                     {"Sqrt", function},
                                     {"Log", function},
                                     {"Reciprocal", function},
                                     {"Sin", function},
                                     {"Cos", function},
                                     {"Gelu", function},
                                     {"Pow", power},
                                     {"Identity", identity},
                                     {"Dropout", identity},
                                     {"Cast", identity}};

}  // namespace

std::span<const OperatorEntry> element_operators() { return entries; }

}  // namespace dal::importer::onnx
