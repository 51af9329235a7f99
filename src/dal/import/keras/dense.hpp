// What dense layers of Keras and of HGQ 2 have in common: the same texts, with a quantizer in front or without one.
#pragma once

#include "dal/import/keras/hgq_quantizer.hpp"

namespace dal::importer::keras {

/// A parameter in the program.
struct Parameter {
    std::string text;  ///< a name, or a number
    Shape shape;
};

/// x times a matrix plus a bias (or none) over the last axis: `nn.dense`, `nn.dense_each`, `x @ kernel`.
Value dense_expression(LayerContext& layer, const RoundedInput& x, const Parameter& kernel,
                       const std::optional<Parameter>& bias);

/// A parameter of a layer that has no quantizers: the numbers as they are. Kernels get a comment. Error: bad_model_file
/// if one is not finite.
Result<Parameter> exact_parameter(LayerContext& layer, std::string_view part, const Tensor& values);

/// A kernel in a comment: "64 × 32, 812 of 2048 weights are 0".
std::string kernel_comment(const Tensor& kernel);

/// The layer's `let`: the expression, its activation (key "activation"), its output quantizer (HGQ 2).
Result<Outputs> finish_layer(LayerContext& layer, const Value& expression);

}  // namespace dal::importer::keras
