// Batch normalizations of QKeras: folded into kernels before these are rounded, and as layers of their own.
#pragma once

#include "dal/import/qkeras/layers.hpp"

namespace dal::importer::qkeras {

struct Folded {
    Rounded kernel;
    Rounded bias;
};

/// Kernel and bias of a layer …Batchnorm with `channels` outputs, as at inference: both modes of folding use the moving
/// statistics then. All in float32. `kernel`: its channels are the last axes. Errors: bad_model_file, inexact_layer.
Result<Folded> fold(const LayerContext& layer, const Tensor& kernel, std::string_view quantizer_key, int64_t channels);

/// 1 / sqrt(variance + epsilon) in float32.
double inverse_root(double variance, double epsilon);

}  // namespace dal::importer::qkeras
