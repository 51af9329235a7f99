// The classes that this folder knows, each group in a file of its own.
#pragma once

#include <span>

#include "dal/import/keras/layer.hpp"

namespace dal::importer::hgq2 {

/// All of them.
std::span<const keras::LayerHandler> layers();

std::span<const keras::LayerHandler> softmax_rows();    ///< QSoftmax
std::span<const keras::LayerHandler> function_rows();   ///< QUnaryFunctionLUT, QAffinedUnaryFunctionLUT
std::span<const keras::LayerHandler> wire_rows();       ///< QDenseT, QConvT1D, QConvT2D, QEinsumDenseT
std::span<const keras::LayerHandler> attention_rows();  ///< QMultiHeadAttention, QLinformerAttention, …
std::span<const keras::LayerHandler> recurrent_rows();  ///< QGRU, QSimpleRNN

}  // namespace dal::importer::hgq2
