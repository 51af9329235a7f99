// MatMul and Gemm.
#include <algorithm>
#include <cmath>

#include "dal/import/onnx/kernel.hpp"
#include "dal/import/onnx/operators.hpp"

namespace dal::importer::onnx {
namespace {

/// [rows, columns] exchanged.
Constant transposed(const Constant& matrix) {
    const int64_t rows = matrix.shape[0];
    const int64_t columns = matrix.shape[1];
    std::vector<int64_t> sources;
    sources.reserve(matrix.values.size());
    for (int64_t c = 0; c < columns; ++c)
        for (int64_t r = 0; r < rows; ++r) sources.push_back(r * columns + c);
    return matrix.picked({columns, rows}, sources);
}

Real product(const Real& a, double b) {
    auto result = mul(a, Real(Rational(*Dyadic::from_double(b))));
    return result ? *result : Real();
}

/// The text of x · kernel + bias.
Expression dense(Builder& builder, Flow& x, const std::string& name, const std::string& kernel,
                 const std::string& bias) {
    Program& program = builder.program();
    const std::string value = builder.operand(x, x.layer);
    if (!x.rounding) {
        const std::string text = value + " @ " + kernel;
        if (bias.empty()) return {text, Expression::Form::product};
        return {text + " + " + bias, Expression::Form::sum};
    }
    const std::string format = program.format(name + "_in", *x.rounding);
    x.rounding.reset();
    if (x.shape.size() == 1 && bias.empty()) {
        program.use("nn");
        return {"nn.linear(" + value + ", " + format + ", " + kernel + ")", Expression::Form::call};
    }
    if (x.shape.size() <= 2 && !bias.empty()) {
        program.use("nn");
        const std::string function = x.shape.size() == 1 ? "nn.dense(" : "nn.dense_each(";
        return {function + value + ", " + format + ", " + kernel + ", " + bias + ")", Expression::Form::call};
    }
    const std::string text = "quantize(" + value + ", " + format + ") @ " + kernel;
    if (bias.empty()) return {text, Expression::Form::product};
    return {text + " + " + bias, Expression::Form::sum};
}

Result<void> build_dense(Builder& builder, const Node& node, Flow x, LinearLayer layer, const Constant& kernel) {
    const int64_t outputs = kernel.shape[1];
    if (x.shape.empty() || x.shape.back() != kernel.shape[0])
        return refuse(node, "its kernel " + to_string(kernel.shape) + " does not fit " + to_string(x.shape));
    builder.to_model_layout(x);
    auto factor = take_factor(builder, x, node);
    if (!factor) return failure(factor.error());
    layer.name = builder.layer_name(node);
    layer.kernel = split_kernel(kernel);
    auto all = mul(layer.factor, *factor);
    if (!all) return refuse(node, "its numbers get too large");
    layer.factor = *all;
    layer.channels = {outputs};
    take_bias(builder, node, layer, x.shape.size(), outputs);
    if (layer.bias) layer.bias->shape = {};
    const std::string bound = builder.operand(x, x.layer);  // declared above the parameters
    const auto [kernel_text, bias_text] = write_parameters(builder, layer);
    Flow y;
    y.expression = dense(builder, x, layer.name, kernel_text, bias_text);
    y.shape = x.shape;
    y.shape.back() = outputs;
    y.f = x.f;
    y.low = x.low;
    y.high = x.high;
    y.layer = layer.name;
    y.is_layer = true;
    sum_range(y, layer.kernel.numbers);
    if (auto done = finish_linear(builder, node, y, layer); !done) return done;
    builder.set(*layer.last, 0, std::move(y));
    return {};
}

Result<void> gemm(Builder& builder, const Node& node) {
    const Constant* kernel = builder.constant(node, 1);
    if (kernel == nullptr || kernel->shape.size() != 2) return refuse(node, "its second operand is no constant matrix");
    if (node.integer("transA", 0) != 0) return refuse(node, "transposes its operand, the batch too (transA)");
    auto x = builder.flow(node, 0);
    if (!x) return failure(x.error());
    if (x->shape.size() != 1) return refuse(node, "its operand is no vector for each sample");
    const bool is_transposed = node.integer("transB", 0) != 0;
    const Constant matrix = is_transposed ? transposed(*kernel) : *kernel;
    LinearLayer layer;
    layer.factor = product(layer.factor, node.real("alpha", 1));
    if (builder.has_input(node, 2)) {
        const Constant* bias = builder.constant(node, 2);
        const auto values = bias == nullptr ? std::nullopt : without_batch(*bias, 1);
        if (!values || (values->size() != 1 && values->size() != matrix.shape[1]))
            return refuse(node, "its third operand is no constant for each output");
        layer.bias = *values;
        const double beta = node.real("beta", 1);
        if (beta != 1) {
            for (double& value : layer.bias->values) {
                value = static_cast<float>(value * beta);
                if (!std::isfinite(value)) return refuse(node, "has a bias that is not finite");
            }
            layer.bias->codes.clear();
            layer.bias->scales.clear();
        }
    }
    return build_dense(builder, node, std::move(*x), std::move(layer), matrix);
}

/// A product of two variables, or of a constant with one on the right.
Result<void> variable_product(Builder& builder, const Node& node) {
    std::vector<Flow> sides;
    std::vector<std::string> texts;
    const std::string name = builder.layer_name(node);
    Real factor{Rational(1)};
    for (size_t at = 0; at < 2; ++at) {
        if (const Constant* constant = builder.constant(node, at)) {
            const auto values = without_batch(*constant, 2);
            if (!values || values->shape.size() != 2) return refuse(node, "multiplies by a constant that is no matrix");
            Flow side;
            side.shape = values->shape;
            add_range(side, values->values);
            side.low = std::min(side.low, Dyadic());
            sides.push_back(side);
            texts.push_back(array_parameter(builder.program(), name, "matrix", {values->shape, values->values},
                                            formats_of(*values)));
            continue;
        }
        auto side = builder.flow(node, at);
        if (!side) return failure(side.error());
        if (side->shape.size() < 2) return refuse(node, "multiplies across the samples of a batch");
        auto own = take_factor(builder, *side, node);
        if (!own) return failure(own.error());
        builder.round(*side, side->layer);
        builder.to_model_layout(*side);
        auto both = mul(factor, *own);
        if (!both) return refuse(node, "its numbers get too large");
        factor = *both;
        texts.push_back(builder.operand(*side, side->layer + "_" + std::to_string(at)));
        sides.push_back(*side);
    }
    const Shape& a = sides[0].shape;
    const Shape& b = sides[1].shape;
    const auto leading = common_shape(Shape(a.begin(), a.end() - 2), Shape(b.begin(), b.end() - 2));
    if (!leading || a.back() != b[b.size() - 2])
        return refuse(node, "its operands do not fit: " + to_string(a) + " and " + to_string(b));
    Flow y;
    y.expression = {texts[0] + " @ " + texts[1], Expression::Form::product};
    y.shape = *leading;
    y.shape.push_back(a[a.size() - 2]);
    y.shape.push_back(b.back());
    std::vector<Dyadic> ends;
    for (const Dyadic& p : {sides[0].low, sides[0].high})
        for (const Dyadic& q : {sides[1].low, sides[1].high}) ends.push_back(p * q * Dyadic(Int(a.back())));
    y.low = *std::ranges::min_element(ends);
    y.high = *std::ranges::max_element(ends);
    y.f = sides[0].f + sides[1].f;
    y.layer = name;
    y.is_layer = true;
    if (factor.rational() != Rational(1)) y.steps.push_back(Step::scale(factor));
    builder.set(node, 0, std::move(y));
    return {};
}

Result<void> matmul(Builder& builder, const Node& node) {
    const Constant* kernel = builder.constant(node, 1);
    if (kernel == nullptr || !builder.is_variable(node, 0)) return variable_product(builder, node);
    auto x = builder.flow(node, 0);
    if (!x) return failure(x.error());
    const auto matrix = without_batch(*kernel, 2);
    if (!matrix || matrix->shape.size() != 2) return refuse(node, "its second operand is no matrix");
    return build_dense(builder, node, std::move(*x), {}, *matrix);
}

constexpr OperatorEntry entries[] = {{"Gemm", gemm}, {"MatMul", matmul}};

}  // namespace

std::span<const OperatorEntry> linear_operators() { return entries; }

}  // namespace dal::importer::onnx
