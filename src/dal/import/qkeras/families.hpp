// The rows of the files of this folder: layers of QKeras, what wraps them, and the quantizers of HGQ 1.
#pragma once

#include <span>

#include "dal/import/keras/layer.hpp"

namespace dal::importer::qkeras {

std::span<const keras::LayerHandler> dense_layers();
std::span<const keras::LayerHandler> convolution_layers();
std::span<const keras::LayerHandler> normalization_layers();
std::span<const keras::LayerHandler> other_layers();  ///< activations, pooling, wrappers, HGQ 1

}  // namespace dal::importer::qkeras
