// What merging layers of Keras and of HGQ 2 have in common: all inputs are there, quantized or not, as operands.
#pragma once

#include "dal/import/keras/layer.hpp"

namespace dal::importer::keras {

enum class Merge : uint8_t { add, subtract, multiply, maximum, minimum };

/// "a + b + c", "max(a, b)". Errors: bad_model_file if shapes do not broadcast, or too few are given.
Result<Value> merge_expression(const LayerContext& layer, Merge merge, const std::vector<Value>& operands);

/// Keras's Dot: the sum of products over one axis of each; `axes` is the key of the configuration.
Result<Value> dot_expression(const LayerContext& layer, const std::vector<Value>& operands, const Json& axes);

/// The shape of an operation between tensors. Nothing if they do not broadcast.
std::optional<Shape> broadcast_shape(const Shape& a, const Shape& b);

/// An operand of an operator: in parentheses unless it binds tightly.
std::string operand_text(const std::string& text);

/// Axes of a sample that a key names, counted with the batch in front, ascending. Error: bad_model_file;
/// unsupported_layer for the batch itself.
Result<std::vector<int64_t>> axes_of(const LayerContext& layer, const Json& axes, size_t rank);

}  // namespace dal::importer::keras
