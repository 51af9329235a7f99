// Convolutions of Keras: products with the float32 numbers as they are.
#include <algorithm>
#include <array>

#include "dal/import/keras/convolution.hpp"
#include "dal/import/keras/families.hpp"
#include "dal/import/keras/own_variables.hpp"

namespace dal::importer::keras {
namespace {

Result<std::optional<Parameter>> exact_bias(LayerContext& layer, const OwnVariables& own, int64_t filters) {
    if (!layer.flag("use_bias", true)) return std::nullopt;
    const auto bias = own.at("bias", {filters});
    if (!bias) return failure(bias.error());
    auto parameter = exact_parameter(layer, "bias", *bias);
    if (!parameter) return failure(std::move(parameter.error()));
    if (parameter->text == "0") return std::nullopt;
    return std::move(*parameter);
}

std::vector<std::string> names(const LayerContext& layer, std::vector<std::string> kernels) {
    if (layer.flag("use_bias", true)) kernels.emplace_back("bias");
    return kernels;
}

bool has_size(const Tensor& kernel, const Windows& windows) {
    return kernel.shape.size() == windows.size.size() + 2 &&
           std::equal(windows.size.begin(), windows.size.end(), kernel.shape.begin());
}

Diagnostic bad_kernel(const LayerContext& layer, const Tensor& kernel) {
    return layer.bad("has a kernel of shape " + to_string(kernel.shape));
}

/// `trained`: [size…, channels in / groups, channels out].
Result<Outputs> finish_convolution(LayerContext& layer, const Value& input, const Convolution& convolution,
                                   const OwnVariables& own, const Tensor& trained) {
    const auto kernel = exact_parameter(layer, "kernel", trained);
    if (!kernel) return failure(kernel.error());
    const auto bias = exact_bias(layer, own, trained.shape.back());
    if (!bias) return failure(bias.error());
    const auto expression = convolution_expression(layer, convolution, {input, {}}, *kernel, *bias);
    if (!expression) return failure(expression.error());
    return finish_layer(layer, *expression);
}

template <size_t axes>
Result<Outputs> write_convolution(LayerContext& layer) {
    auto input = layer.input();
    if (!input) return failure(std::move(input.error()));
    const auto convolution = read_convolution(layer, axes);
    if (!convolution) return failure(convolution.error());
    const OwnVariables own(layer, names(layer, {"kernel"}));
    const auto trained = own.at("kernel");
    if (!trained) return failure(trained.error());
    if (!has_size(*trained, convolution->windows)) return failure(bad_kernel(layer, *trained));
    return finish_convolution(layer, *input, *convolution, own, *trained);
}

/// One group for each channel: a kernel [size…, channels, multiplier] is one of [size…, 1, channels · multiplier].
Result<Tensor> depthwise_kernel(const LayerContext& layer, const OwnVariables& own, std::string_view name,
                                Convolution& convolution) {
    auto kernel = own.at(name);
    if (!kernel) return kernel;
    if (!has_size(*kernel, convolution.windows)) return failure(bad_kernel(layer, *kernel));
    const size_t axes = convolution.windows.size.size();
    convolution.groups = kernel->shape[axes];
    kernel->shape[axes + 1] *= kernel->shape[axes];
    kernel->shape[axes] = 1;
    return kernel;
}

template <size_t axes>
Result<Outputs> write_depthwise(LayerContext& layer) {
    auto input = layer.input();
    if (!input) return failure(std::move(input.error()));
    auto convolution = read_convolution(layer, axes);
    if (!convolution) return failure(convolution.error());
    const bool is_older = layer.variables().has(0, "depthwise_kernel");
    const std::string name = is_older ? "depthwise_kernel" : "kernel";
    const OwnVariables own(layer, names(layer, {name}));
    const auto trained = depthwise_kernel(layer, own, name, *convolution);
    if (!trained) return failure(trained.error());
    return finish_convolution(layer, *input, *convolution, own, *trained);
}

template <size_t axes>
Result<Outputs> write_separable(LayerContext& layer) {
    auto input = layer.input();
    if (!input) return failure(std::move(input.error()));
    auto convolution = read_convolution(layer, axes);
    if (!convolution) return failure(convolution.error());
    const OwnVariables own(layer, names(layer, {"depthwise_kernel", "pointwise_kernel"}));
    const auto deep = depthwise_kernel(layer, own, "depthwise_kernel", *convolution);
    if (!deep) return failure(deep.error());
    auto points = own.at("pointwise_kernel");
    if (!points) return failure(points.error());
    if (points->shape.size() != axes + 2 || points->shape[axes] != deep->shape.back())
        return failure(bad_kernel(layer, *points));
    points->shape.erase(points->shape.begin(), points->shape.begin() + axes);
    const auto kernel = exact_parameter(layer, "depthwise_kernel", *deep);
    if (!kernel) return failure(kernel.error());
    const auto matrix = exact_parameter(layer, "pointwise_kernel", *points);
    if (!matrix) return failure(matrix.error());
    const auto bias = exact_bias(layer, own, points->shape.back());
    if (!bias) return failure(bias.error());
    Convolution each = *convolution;
    each.windows.has_channels_first = false;
    Value data = convolution->windows.has_channels_first ? channels_last(*input) : *input;
    const auto between = convolution_expression(layer, each, {data, {}}, *kernel, std::nullopt);
    if (!between) return failure(between.error());
    Value result = dense_expression(layer, {*between, {}}, *matrix, *bias);
    return finish_layer(layer, convolution->windows.has_channels_first ? channels_first(result) : result);
}

/// Keras has kernels of transposed convolutions as [size…, channels out, channels in].
Tensor exchanged(const Tensor& kernel) {
    Tensor result = kernel;
    const size_t rank = kernel.shape.size();
    const auto outputs = static_cast<size_t>(kernel.shape[rank - 2]);
    const auto inputs = static_cast<size_t>(kernel.shape[rank - 1]);
    std::swap(result.shape[rank - 2], result.shape[rank - 1]);
    for (size_t at = 0; at < kernel.values.size(); ++at) {
        const size_t matrix = at / (outputs * inputs);
        const size_t output = at / inputs % outputs;
        const size_t input = at % inputs;
        result.values[matrix * outputs * inputs + input * outputs + output] = kernel.values[at];
    }
    return result;
}

template <size_t axes>
Result<Outputs> write_transposed(LayerContext& layer) {
    auto input = layer.input();
    if (!input) return failure(std::move(input.error()));
    const auto convolution = read_convolution(layer, axes);
    if (!convolution) return failure(convolution.error());
    const Windows& windows = convolution->windows;
    if (!layer["output_padding"].is_null()) return failure(layer.unsupported("has an `output_padding`"));
    const OwnVariables own(layer, names(layer, {"kernel"}));
    const auto stored = own.at("kernel");
    if (!stored) return failure(stored.error());
    auto extents = positions_of(layer, windows, input->shape);
    if (!extents) return failure(std::move(extents.error()));
    const Value data = windows.has_channels_first ? channels_last(*input) : *input;
    if (!has_size(*stored, windows) || stored->shape.back() != data.shape.back())
        return failure(bad_kernel(layer, *stored));
    const auto kernel = exact_parameter(layer, "kernel", exchanged(*stored));
    if (!kernel) return failure(kernel.error());
    const auto bias = exact_bias(layer, own, stored->shape[axes]);
    if (!bias) return failure(bias.error());
    std::vector<int64_t> more;
    Shape shape;
    for (size_t axis = 0; axis < axes; ++axis) {
        const int64_t size = (windows.size[axis] - 1) * windows.dilation[axis] + 1;
        const bool is_same = windows.padding == "same";
        more.push_back(is_same ? 0 : std::max<int64_t>(windows.strides[axis] - size, 0));
        shape.push_back((*extents)[axis] * windows.strides[axis] +
                        (is_same ? 0 : std::max<int64_t>(size - windows.strides[axis], 0)));
    }
    shape.push_back(stored->shape[axes]);
    layer.program().use("nn");
    std::string text =
        "nn.correlate_transpose" + std::to_string(axes) + "d(" + data.text + ", " + kernel->text + windows.arguments();
    if (std::ranges::any_of(more, [](int64_t each) { return each != 0; }))
        text += ", output_padding: " + to_string(more);
    text += ")";
    if (*bias) text += " + " + (*bias)->text;
    const Value result{text, std::move(shape)};
    return finish_layer(layer, windows.has_channels_first ? channels_first(result) : result);
}

}  // namespace

std::span<const LayerHandler> convolution_layers() {
    static constexpr std::array rows{
        LayerHandler{Library::keras, "Conv1D", write_convolution<1>},
        LayerHandler{Library::keras, "Conv2D", write_convolution<2>},
        LayerHandler{Library::keras, "Conv3D", write_convolution<3>},
        LayerHandler{Library::keras, "DepthwiseConv1D", write_depthwise<1>},
        LayerHandler{Library::keras, "DepthwiseConv2D", write_depthwise<2>},
        LayerHandler{Library::keras, "SeparableConv1D", write_separable<1>},
        LayerHandler{Library::keras, "SeparableConv2D", write_separable<2>},
        LayerHandler{Library::keras, "Conv1DTranspose", write_transposed<1>},
        LayerHandler{Library::keras, "Conv2DTranspose", write_transposed<2>},
    };
    return rows;
}

}  // namespace dal::importer::keras
