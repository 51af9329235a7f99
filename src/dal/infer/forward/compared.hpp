// Comparisons of a variable with numbers that are no multiples of a power of two, such as x < 0.3: decided on the grid
// of the variable. Internal to this layer.
#pragma once

#include <optional>

#include "dal/graph/graph.hpp"

namespace dal {

/// Gives operands of the comparison `id` that are op::Constant::compared their values and ranges: multiples of a power
/// of two that are in the same relation to each value of the other operand as the numbers that are meant. The range of
/// the other operand is known. Error: width_cap, if that operand has a finer grid than real numbers are told apart on.
std::optional<Diagnostic> settle_compared(Graph& graph, NodeId id);

}  // namespace dal
