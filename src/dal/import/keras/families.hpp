// The rows of the files of this folder.
#pragma once

#include <span>

#include "dal/import/keras/layer.hpp"

namespace dal::importer::keras {

std::span<const LayerHandler> hgq_dense_layers();
std::span<const LayerHandler> hgq_convolution_layers();
std::span<const LayerHandler> hgq_merge_layers();
std::span<const LayerHandler> hgq_normalization_layers();
std::span<const LayerHandler> dense_layers();
std::span<const LayerHandler> convolution_layers();
std::span<const LayerHandler> pooling_layers();  ///< of both libraries
std::span<const LayerHandler> merge_layers();
std::span<const LayerHandler> normalization_layers();
std::span<const LayerHandler> activation_layers();
std::span<const LayerHandler> movement_layers();
std::span<const LayerHandler> reduction_layers();
std::span<const LayerHandler> wrapper_layers();

}  // namespace dal::importer::keras
