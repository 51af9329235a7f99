// The operators that are read, by their names. docs/import/onnx.md says what each becomes.
#pragma once

#include <span>

#include "dal/import/onnx/builder.hpp"

namespace dal::importer::onnx {

using Operator = Result<void> (*)(Builder& builder, const Node& node);

struct OperatorEntry {
    std::string_view type;
    Operator build;
};

/// The operator of a node; null if it is not known in its domain.
Operator find_operator(const Node& node);
/// All names, for suggestions.
const std::vector<std::string>& operator_names();

// In files of their own, by what they do.
std::span<const OperatorEntry> linear_operators();
std::span<const OperatorEntry> convolution_operators();
std::span<const OperatorEntry> pooling_operators();
std::span<const OperatorEntry> element_operators();
std::span<const OperatorEntry> movement_operators();
std::span<const OperatorEntry> reduction_operators();
std::span<const OperatorEntry> quantizer_operators();

/// Operators that only move what QuantizeLinear gives, so that DequantizeLinear may follow.
bool may_move_codes(const Node& node);
/// Whether the node is of the domain whose images have channels last.
bool is_channels_last(const Node& node);
bool is_quantizer_domain(const Node& node);

/// Computes a node all of whose operands are constants. False if it does not know how. Errors: shapes that do not fit.
Result<bool> fold(Builder& builder, const Node& node);
/// The part of it that moves elements.
Result<bool> fold_movement(Builder& builder, const Node& node);

/// The quantizer of a node, of any dialect. Errors: unsupported_layer.
/// `rank`: of the value; `has_batch`: of one sample, where the node's numbers count the batch.
Result<Quantizer> read_quantizer(Builder& builder, const Node& node, size_t rank, bool has_batch);
/// A constant that DequantizeLinear makes, with its codes.
Result<Constant> dequantized(Builder& builder, const Node& node, const Constant& codes);
/// Rounds a value; the flow is what comes out.
Result<void> apply_quantizer(Builder& builder, const Node& node, Flow& flow, const Quantizer& quantizer);
/// The same by counting levels: base + step · how many of them are reached. `levels` are for each element of `shape`.
Result<void> apply_levels(Builder& builder, const Node& node, Flow& flow, const Shape& shape,
                          const std::vector<std::vector<Level>>& levels, const Dyadic& base, const Dyadic& step);

/// A diagnostic of a node: its place, and what does not fit.
tl::unexpected<Diagnostics> refuse(const Node& node, const std::string& fact, const std::string& help = {});

/// The constant of a shape with or without the batch as it broadcasts to one sample of `rank` axes. Nothing if it does
/// not.
std::optional<Constant> without_batch(const Constant& constant, size_t rank);

/// A range that a sum of products has: `weights` for each output, of numbers from low to high.
void set_product_range(Flow& flow, const std::vector<double>& weights, size_t outputs, bool outputs_last);

}  // namespace dal::importer::onnx
