// Activations as layers name them: a string, or an object for functions that somebody registered.
#pragma once

#include "dal/import/keras/layer.hpp"

namespace dal::importer::keras {

/// The name of an activation: "relu" from "relu", and from {"class_name": "function", "config": "relu"}. "linear" for
/// null. Empty for what is no name.
std::string activation_name(const Json& activation);

/// Applies an activation to an expression that is quantized. Straight lines are exact; a softmax at the end of the
/// model is dropped, as it changes no order. Errors: inexact_layer for curves, unsupported_layer.
Result<Value> activate(LayerContext& layer, const Value& value, const Json& activation);

/// max(x, 0) of Keras with its three parameters: x times `slope` below `threshold`, at most `most`.
Result<Value> rectify(LayerContext& layer, const Value& value, std::optional<double> most, double slope,
                      double threshold);

/// The exact decimal of a float32 that stands in a configuration as a double.
std::string float_text(double value);

}  // namespace dal::importer::keras
