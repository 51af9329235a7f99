// Quantizers of QKeras on values: they are functions of the standard library, `x |> qkeras.quantized_relu(6, 2)`.
#pragma once

#include "dal/import/qkeras/quantizer.hpp"

namespace dal::importer::qkeras {

/// The value as the quantizer leaves it; it may be an input that nothing has rounded yet. Errors: inexact_layer for
/// what depends on other samples or on floating-point functions, unsupported_layer.
Result<Value> quantize(LayerContext& layer, const Value& value, const Quantizer& quantizer);

/// Applies an activation: a quantizer, or one of Keras, which needs a value that is quantized.
Result<Value> apply_activation(LayerContext& layer, const Value& value, const Json& activation);

/// The layer's `let`, with the activation under the key "activation".
Result<keras::Outputs> finish_with_activation(LayerContext& layer, const Value& expression);

}  // namespace dal::importer::qkeras
