// Which elements of a graph a circuit has to compute: those that reach an output through something other than a
// constant. Private to this layer.
#pragma once

#include <vector>

#include "dal/graph/graph.hpp"

namespace dal {

/// needed[node][element]. An element whose inferred range is one value needs none of its operands. Linear in
/// the size of the program (einsum: in its terms).
std::vector<std::vector<bool>> needed_elements(const Graph& graph);

/// Position of the constant operand of an einsum or a product.
size_t constant_operand(const Graph& graph, const Node& node);
/// Its values.
const std::vector<Dyadic>& constant_values(const Graph& graph, const Node& node);

}  // namespace dal
