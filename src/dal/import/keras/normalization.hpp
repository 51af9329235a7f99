// What batch normalizations of Keras and of HGQ 2 have in common.
#pragma once

#include "dal/import/keras/own_variables.hpp"

namespace dal::importer::keras {

/// The only axis that is normalized, counted without the batch. Errors: bad_model_file, unsupported_layer.
Result<size_t> normalized_axis(const LayerContext& layer, const Shape& shape);

/// gamma / sqrt(variance + epsilon) and beta - mean times that, in float32 as Keras computes them.
struct FoldedNormalization {
    Tensor scale;
    Tensor offset;
};
/// `gamma`, `beta`: empty where the layer has none.
Result<FoldedNormalization> fold_normalization(const LayerContext& layer, const OwnVariables& own, int64_t channels,
                                               std::string_view gamma, std::string_view beta);

/// x times a scale plus an offset, each a vector along `axis`.
Value normalization_expression(LayerContext& layer, const Value& x, size_t axis, const std::string& scale,
                               const std::string& offset);

}  // namespace dal::importer::keras
