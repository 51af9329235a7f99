// What ATen's operators become.
#pragma once

#include <span>

#include "dal/import/torch/graph.hpp"

namespace dal::importer::torch {

struct OperatorEntry {
    std::string_view name;  ///< without its overload: "linear"
    Result<void> (*build)(Graph& graph, const Node& node);
};

std::span<const OperatorEntry> linear_operators();    ///< products, convolutions, batch normalization
std::span<const OperatorEntry> pooling_operators();   ///< pooling, means
std::span<const OperatorEntry> element_operators();   ///< element by element
std::span<const OperatorEntry> movement_operators();  ///< what computes nothing
std::span<const OperatorEntry> quantize_operators();

}  // namespace dal::importer::torch
