// Graphs whose nodes were not made in the order in which they are to be read: by C++, which computes the operands of an
// expression in any order.
#pragma once

#include <span>
#include <vector>

#include "dal/graph/graph.hpp"

namespace dal {

/// Makes node order[j] node j, and returns where each node is now. `order` is a permutation that leaves operands before
/// their users, and inputs in their order (checked).
std::vector<NodeId> reorder(Graph& graph, std::span<const NodeId> order);

}  // namespace dal
