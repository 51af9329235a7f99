// Convolutions of QKeras, with and without a batch normalization that is folded into the kernel.
#include <array>

#include "dal/import/qkeras/activation.hpp"
#include "dal/import/qkeras/families.hpp"
#include "dal/import/qkeras/folding.hpp"

namespace dal::importer::qkeras {
namespace {

using keras::Library;
using keras::Outputs;

/// A convolution and what it reads.
struct Reading {
    Value input;
    keras::Convolution convolution;
};

Result<Reading> read(LayerContext& layer, size_t axes) {
    auto input = layer.input();
    if (!input) return failure(std::move(input.error()));
    auto convolution = keras::read_convolution(layer, axes);
    if (!convolution) return failure(std::move(convolution.error()));
    return Reading{std::move(*input), std::move(*convolution)};
}

Result<Outputs> finish(LayerContext& layer, const Reading& reading, const keras::Parameter& kernel,
                       const std::optional<keras::Parameter>& bias) {
    const auto expression =
        keras::convolution_expression(layer, reading.convolution, {reading.input, {}}, kernel, bias);
    if (!expression) return failure(expression.error());
    return finish_with_activation(layer, *expression);
}

template <size_t axes>
Result<Outputs> write_convolution(LayerContext& layer) {
    const auto reading = read(layer, axes);
    if (!reading) return failure(reading.error());
    const auto trained = kernel(layer, reading->convolution, "kernel");
    if (!trained) return failure(trained.error());
    const auto made = rounded(layer, "kernel_quantizer", *trained, Role::kernel);
    if (!made) return failure(made.error());
    const keras::Parameter weights = parameter(layer, "kernel", *made);
    const auto offset = bias(layer, trained->shape.back());
    if (!offset) return failure(offset.error());
    return finish(layer, *reading, weights, *offset);
}

Result<Outputs> write_depthwise(LayerContext& layer) {
    auto reading = read(layer, 2);
    if (!reading) return failure(reading.error());
    const auto trained = kernel(layer, reading->convolution, "depthwise_kernel");
    if (!trained) return failure(trained.error());
    const auto made = rounded(layer, "depthwise_quantizer", *trained, Role::kernel);
    if (!made) return failure(made.error());
    const Shape shape = grouped_shape(trained->shape, reading->convolution);
    const keras::Parameter weights = parameter(layer, "kernel", made->reshaped(shape));
    const auto offset = bias(layer, shape.back());
    if (!offset) return failure(offset.error());
    return finish(layer, *reading, weights, *offset);
}

/// A depthwise convolution, then one matrix for all positions; nothing is rounded in between.
template <size_t axes>
Result<Outputs> write_separable(LayerContext& layer) {
    auto reading = read(layer, axes);
    if (!reading) return failure(reading.error());
    const auto deep = kernel(layer, reading->convolution, "depthwise_kernel");
    if (!deep) return failure(deep.error());
    auto points = variable(layer, "pointwise_kernel");
    if (!points) return failure(points.error());
    const Shape shape = grouped_shape(deep->shape, reading->convolution);
    if (points->shape.size() != axes + 2 || points->shape[axes] != shape.back() ||
        element_count(points->shape) != points->shape[axes] * points->shape[axes + 1])
        return failure(layer.bad("has a pointwise kernel of shape " + to_string(points->shape)));
    const auto first = rounded(layer, "depthwise_quantizer", *deep, Role::kernel);
    if (!first) return failure(first.error());
    const auto second = rounded(layer, "pointwise_quantizer", *points, Role::kernel);
    if (!second) return failure(second.error());
    const keras::Parameter weights = parameter(layer, "depthwise_kernel", first->reshaped(shape));
    const keras::Parameter matrix =
        parameter(layer, "pointwise_kernel", second->reshaped({points->shape[axes], points->shape[axes + 1]}));
    const auto offset = bias(layer, points->shape[axes + 1]);
    if (!offset) return failure(offset.error());
    const bool is_first = reading->convolution.windows.has_channels_first;
    reading->convolution.windows.has_channels_first = false;
    const Value data = is_first ? keras::channels_last(reading->input) : reading->input;
    const auto between = keras::convolution_expression(layer, reading->convolution, {data, {}}, weights, std::nullopt);
    if (!between) return failure(between.error());
    const Value result = keras::dense_expression(layer, {*between, {}}, matrix, *offset);
    return finish_with_activation(layer, is_first ? keras::channels_first(result) : result);
}

Result<Outputs> write_folded(LayerContext& layer) {
    const auto reading = read(layer, 2);
    if (!reading) return failure(reading.error());
    const auto trained = kernel(layer, reading->convolution, "kernel");
    if (!trained) return failure(trained.error());
    const auto folded = fold(layer, *trained, "kernel_quantizer", trained->shape.back());
    if (!folded) return failure(folded.error());
    layer.decide("the batch normalization is folded into the kernel, before it is rounded");
    const keras::Parameter weights = parameter(layer, "kernel", folded->kernel);
    return finish(layer, *reading, weights, parameter(layer, "bias", folded->bias));
}

Result<Outputs> write_folded_depthwise(LayerContext& layer) {
    auto reading = read(layer, 2);
    if (!reading) return failure(reading.error());
    const auto trained = kernel(layer, reading->convolution, "depthwise_kernel");
    if (!trained) return failure(trained.error());
    const Shape shape = grouped_shape(trained->shape, reading->convolution);
    const auto folded = fold(layer, *trained, "depthwise_quantizer", shape.back());
    if (!folded) return failure(folded.error());
    layer.decide("the batch normalization is folded into the kernel, before it is rounded");
    const keras::Parameter weights = parameter(layer, "kernel", folded->kernel.reshaped(shape));
    return finish(layer, *reading, weights, parameter(layer, "bias", folded->bias));
}

}  // namespace

std::span<const keras::LayerHandler> convolution_layers() {
    static constexpr std::array rows{
        keras::LayerHandler{Library::qkeras, "QConv1D", write_convolution<1>},
        keras::LayerHandler{Library::qkeras, "QConv2D", write_convolution<2>},
        keras::LayerHandler{Library::qkeras, "QDepthwiseConv2D", write_depthwise},
        keras::LayerHandler{Library::qkeras, "QSeparableConv1D", write_separable<1>},
        keras::LayerHandler{Library::qkeras, "QSeparableConv2D", write_separable<2>},
        keras::LayerHandler{Library::qkeras, "QConv2DBatchnorm", write_folded},
        keras::LayerHandler{Library::qkeras, "QDepthwiseConv2DBatchnorm", write_folded_depthwise},
    };
    return rows;
}

}  // namespace dal::importer::qkeras
