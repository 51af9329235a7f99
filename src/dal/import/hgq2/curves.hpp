// Activations that are curves, inside of layers that sum products: the sums are exact, and have too many bits for a
// table.
#pragma once

#include "dal/import/keras/layer.hpp"

namespace dal::importer::hgq2 {

/// The activation of a layer of HGQ 2 together with its output quantizer, in steps. Nothing if the activation is no
/// curve, or nothing rounds what it gives. Errors: unsupported_layer.
Result<std::optional<Value>> write_curve(keras::LayerContext& layer, const Value& sums);

}  // namespace dal::importer::hgq2
