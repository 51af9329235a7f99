// Which elements of a graph a circuit has to compute: those that reach an output through something other than a
// constant. Private to this layer.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "dal/graph/graph.hpp"

namespace dal {

/// needed[node][element]. An element whose inferred range is one value needs none of its operands. Linear in
/// the size of the program (einsum: in its terms). Of a `real` tensor, only inputs: movements of them are seen through.
std::vector<std::vector<bool>> needed_elements(const Graph& graph);

/// One term of a sum of products: a constant times elements that are not.
struct ProductTerm {
    Dyadic weight = 1;
    std::vector<ElementOf> factors;
};
/// The product of these elements, one of each operand of `node`; nothing if it is 0 whatever the inputs are.
std::optional<ProductTerm> product_term(const Graph& graph, const Node& node, std::span<const int64_t> elements);
/// Shapes of its operands.
std::vector<Shape> operand_shapes(const Graph& graph, const Node& node);

}  // namespace dal
