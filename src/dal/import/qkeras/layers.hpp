// What layers of QKeras with a kernel have in common.
#pragma once

#include "dal/import/keras/convolution.hpp"
#include "dal/import/qkeras/parameter.hpp"

namespace dal::importer::qkeras {

/// An array of a layer by its name, wherever the file has it below the layer: layers inside of layers have groups of
/// their own. Error: bad_model_file if it is not there, is there twice, or has another shape.
Result<Tensor> variable(const LayerContext& layer, std::string_view name, const Shape& shape);
Result<Tensor> variable(const LayerContext& layer, std::string_view name);

/// The bias of `outputs` elements, rounded; nothing if the layer has none, or only zeros that nothing rounds.
Result<std::optional<keras::Parameter>> bias(LayerContext& layer, int64_t outputs);

/// A kernel over `axes` axes of positions: [size…, channels, filters]. Error: bad_model_file.
Result<Tensor> kernel(const LayerContext& layer, const keras::Convolution& convolution, std::string_view name);
/// One group for each channel: a kernel [size…, channels, multiplier] is one of [size…, 1, channels · multiplier].
Shape grouped_shape(const Shape& kernel, keras::Convolution& convolution);

}  // namespace dal::importer::qkeras
