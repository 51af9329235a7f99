// Dense layers of HGQ 2: QDense, QEinsumDense, and the two with a batch normalization in them, which fold it in float32
// before they round.
#include <algorithm>
#include <array>

#include "dal/import/keras/dense.hpp"
#include "dal/import/keras/einsum.hpp"
#include "dal/import/keras/families.hpp"
#include "dal/import/keras/float32.hpp"
#include "dal/import/keras/hgq_parts.hpp"
#include "dal/import/keras/own_variables.hpp"

namespace dal::importer::keras {
namespace {

Result<Outputs> write_matrix(LayerContext& layer, const Value& input, const HgqTrained& trained) {
    auto parts = hgq_parts(layer, input, trained);
    if (!parts) return failure(std::move(parts.error()));
    return finish_layer(layer, dense_expression(layer, parts->input, parts->kernel, parts->bias));
}

/// The only input, and that it has an axis for channels.
Result<Value> input_with_channels(const LayerContext& layer) {
    auto input = layer.any_input();
    if (input && input->shape.empty()) return failure(layer.bad("reads a value without channels"));
    return input;
}

Result<Outputs> write_dense(LayerContext& layer) {
    auto input = input_with_channels(layer);
    if (!input) return failure(std::move(input.error()));
    const auto units = layer.count("units");
    if (!units) return failure(units.error());
    const bool has_bias = layer.flag("use_bias", true);
    const OwnVariables own(layer, {"kernel", has_bias ? "bias" : ""});
    auto kernel = own.at("kernel", {input->shape.back(), *units});
    if (!kernel) return failure(std::move(kernel.error()));
    HgqTrained trained{std::move(*kernel)};
    if (has_bias) {
        auto bias = own.at("bias", {*units});
        if (!bias) return failure(std::move(bias.error()));
        trained.bias = std::move(*bias);
    }
    return write_matrix(layer, *input, trained);
}

/// QBatchNormDense: it normalizes its input, and folds the mean with the kernel as it is, not with the scaled one.
Result<Outputs> write_batch_norm_dense(LayerContext& layer) {
    auto input = input_with_channels(layer);
    if (!input) return failure(std::move(input.error()));
    const auto units = layer.count("units");
    if (!units) return failure(units.error());
    const auto epsilon = layer["epsilon"].number();
    if (!epsilon) return failure(layer.bad("has no `epsilon`"));
    const bool has_scale = layer.flag("scale", true);
    const int64_t n = input->shape.back();
    const OwnVariables own(layer, {"kernel", "bias", has_scale ? "bn_gamma" : ""}, {},
                           {"moving_mean", "moving_variance"});
    auto kernel = own.at("kernel", {n, *units});
    auto bias = own.at("bias", {*units});
    const auto mean = own.at("moving_mean", {n});
    const auto variance = own.at("moving_variance", {n});
    for (const auto* part : {&kernel, &bias})
        if (!*part) return failure(part->error());
    for (const auto* part : {&mean, &variance})
        if (!*part) return failure(part->error());
    const auto factors = normalizing_factors(own, has_scale ? "bn_gamma" : "", *variance, *epsilon);
    if (!factors) return failure(factors.error());
    const auto columns = static_cast<size_t>(*units);
    for (size_t column = 0; column < columns; ++column) {
        double sum = 0;
        for (size_t row = 0; row < mean->values.size(); ++row)
            sum += mean->values[row] * kernel->values[row * columns + column];
        bias->values[column] = float32::subtract(bias->values[column], sum);
    }
    for (size_t at = 0; at < kernel->values.size(); ++at)
        kernel->values[at] = float32::multiply(factors->values[at / columns], kernel->values[at]);
    layer.decide("its batch normalization is folded into kernel and bias");
    return write_matrix(layer, *input, {std::move(*kernel), std::move(*bias)});
}

/// A matrix times the last axis, in letters: whether the functions for dense layers say it.
bool is_matrix(const Einsum& einsum, const std::optional<Parameter>& bias) {
    const std::string& data = einsum.operands[0];
    const std::string& kernel = einsum.operands[1];
    if (data.empty() || data.size() > 2 || kernel.size() != 2) return false;
    return kernel[0] == data.back() && einsum.result == data.substr(0, data.size() - 1) + kernel[1] &&
           (!bias || bias->shape.size() == 1);
}

Result<Outputs> write_equation(LayerContext& layer, const Value& input, const Einsum& einsum,
                               const HgqTrained& trained) {
    auto shape = einsum_shape(layer, einsum, {input.shape, trained.kernel.shape});
    if (!shape) return failure(std::move(shape.error()));
    if (trained.bias && !is_broadcastable(trained.bias->shape, *shape))
        return failure(layer.bad("has a bias of shape " + to_string(trained.bias->shape)));
    auto parts = hgq_parts(layer, input, trained);
    if (!parts) return failure(std::move(parts.error()));
    if (is_matrix(einsum, parts->bias))
        return finish_layer(layer, dense_expression(layer, parts->input, parts->kernel, parts->bias));
    const std::string equation = "\"" + einsum.text() + "\"";
    const RoundedInput& x = parts->input;
    std::string text;
    if (!x.format.empty() && parts->bias) {
        layer.program().use("nn");
        text = x.value.text + " |> nn.einsum_dense(" + x.format + ", " + equation + ", " + parts->kernel.text + ", " +
               parts->bias->text + ")";
    } else {
        const std::string data = x.format.empty() ? x.value.text : "quantize(" + x.value.text + ", " + x.format + ")";
        text = "einsum(" + equation + ", " + data + ", " + parts->kernel.text + ")";
        if (parts->bias) text += " + " + parts->bias->text;
    }
    return finish_layer(layer, {text, std::move(*shape)});
}

/// Where the trained kernel has its axes, and whether a bias.
struct EinsumLayer {
    Value input;
    Einsum einsum;
    Tensor kernel;
    std::string bias_axes;  ///< in the letters of `einsum`
};

Result<EinsumLayer> read_einsum_layer(const LayerContext& layer, const OwnVariables& own) {
    auto input = layer.any_input();
    if (!input) return failure(std::move(input.error()));
    auto kernel = own.at("kernel");
    if (!kernel) return failure(std::move(kernel.error()));
    auto einsum = read_einsum(layer, layer["equation"].string(), {input->shape.size(), kernel->shape.size()}, false);
    if (!einsum) return failure(std::move(einsum.error()));
    std::string axes = einsum->renamed(layer["bias_axes"].string());
    return EinsumLayer{std::move(*input), std::move(*einsum), std::move(*kernel), std::move(axes)};
}

Result<Outputs> write_einsum_dense(LayerContext& layer) {
    const bool has_bias = !layer["bias_axes"].string().empty();
    const OwnVariables own(layer, {"kernel", has_bias ? "bias" : ""});
    auto parts = read_einsum_layer(layer, own);
    if (!parts) return failure(std::move(parts.error()));
    HgqTrained trained{std::move(parts->kernel)};
    if (has_bias) {
        auto bias = own.at("bias");
        if (!bias) return failure(std::move(bias.error()));
        trained.bias = std::move(*bias);
    }
    return write_equation(layer, parts->input, parts->einsum, trained);
}

/// For each element of a kernel, which factor it has: `axes` are those of the factors, in the order of the kernel.
std::vector<size_t> factor_of_element(const Shape& kernel, const std::string& kernel_axes, const std::string& axes) {
    std::vector<size_t> steps(kernel.size(), 0);
    size_t step = 1;
    for (size_t axis = kernel.size(); axis-- > 0;)
        if (axes.find(kernel_axes[axis]) != std::string::npos) {
            steps[axis] = step;
            step *= static_cast<size_t>(kernel[axis]);
        }
    std::vector<size_t> result(static_cast<size_t>(element_count(kernel)));
    for (size_t element = 0; element < result.size(); ++element) {
        size_t rest = element;
        for (size_t axis = kernel.size(); axis-- > 0;) {
            result[element] += rest % static_cast<size_t>(kernel[axis]) * steps[axis];
            rest /= static_cast<size_t>(kernel[axis]);
        }
    }
    return result;
}

/// QEinsumDenseBatchnorm: it normalizes its output over the axes of the bias; its epsilon is 1e-7, whatever it says.
Result<Outputs> write_einsum_dense_batchnorm(LayerContext& layer) {
    constexpr double epsilon = 1e-7;
    const bool has_scale = layer.flag("scale", true);
    const OwnVariables own(layer, {"kernel", "bias", has_scale ? "gamma" : ""}, {}, {"moving_mean", "moving_variance"});
    auto parts = read_einsum_layer(layer, own);
    if (!parts) return failure(std::move(parts.error()));
    auto bias = own.at("bias");
    if (!bias) return failure(std::move(bias.error()));
    std::string axes = parts->bias_axes;
    if (!layer["normalize_axes"].string().empty()) axes = parts->einsum.renamed(layer["normalize_axes"].string());
    Shape norm_shape;
    Shape cast_shape;  // of the offset: extents of 1 for what is behind the first of the axes and is none of them
    int64_t count = 1;
    const Shape& kernel_shape = parts->kernel.shape;
    const std::string& kernel_axes = parts->einsum.operands[1];
    for (size_t axis = 0; axis < kernel_axes.size(); ++axis)
        if (axes.find(kernel_axes[axis]) != std::string::npos) count *= kernel_shape[axis];
    for (const char axis : parts->einsum.result) {
        const size_t at = axes.find(axis) == std::string::npos ? std::string::npos : kernel_axes.find(axis);
        if (at != std::string::npos) norm_shape.push_back(kernel_shape[at]);
        if (at != std::string::npos || !cast_shape.empty())
            cast_shape.push_back(at == std::string::npos ? 1 : kernel_shape[at]);
    }
    const auto mean = own.at("moving_mean", norm_shape);
    if (!mean) return failure(mean.error());
    const auto variance = own.at("moving_variance", norm_shape);
    if (!variance) return failure(variance.error());
    if (count != mean->size() || !is_broadcastable(cast_shape, bias->shape))
        return failure(layer.bad("has a batch normalization of another shape than its kernel"));
    const auto factors = normalizing_factors(own, has_scale ? "gamma" : "", *variance, epsilon);
    if (!factors) return failure(factors.error());
    const std::vector<size_t> factor = factor_of_element(kernel_shape, kernel_axes, axes);
    for (size_t at = 0; at < factor.size(); ++at)
        parts->kernel.values[at] = float32::multiply(parts->kernel.values[at], factors->values[factor[at]]);
    const std::vector<int64_t> sources = broadcast_sources(cast_shape, bias->shape);
    for (size_t at = 0; at < sources.size(); ++at) {
        const auto source = static_cast<size_t>(sources[at]);
        const double offset = float32::multiply(-mean->values[source], factors->values[source]);
        bias->values[at] = float32::add(bias->values[at], offset);
    }
    layer.decide("its batch normalization is folded into kernel and bias, with the epsilon 1e-7 of the library");
    return write_equation(layer, parts->input, parts->einsum, {std::move(parts->kernel), std::move(*bias)});
}

}  // namespace

std::span<const LayerHandler> hgq_dense_layers() {
    static constexpr std::array rows{
        LayerHandler{Library::hgq, "QDense", write_dense},
        LayerHandler{Library::hgq, "QBatchNormDense", write_batch_norm_dense},
        LayerHandler{Library::hgq, "QEinsumDense", write_einsum_dense},
        LayerHandler{Library::hgq, "QEinsumDenseBatchnorm", write_einsum_dense_batchnorm},
    };
    return rows;
}

}  // namespace dal::importer::keras
