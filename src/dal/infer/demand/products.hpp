// Products as einsum and `*` have them, with what is constant in one element taken together: what demand and lowering
// make of each term.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "dal/graph/graph.hpp"

namespace dal {

/// One term of a sum of products: a constant times elements that are not.
struct ProductTerm {
    Dyadic weight = 1;
    std::vector<ElementOf> factors;
};
/// The product of these elements, one of each operand of `node`; nothing if it is 0 whatever the inputs are.
std::optional<ProductTerm> product_term(const Graph& graph, const Node& node, std::span<const int64_t> elements);
/// Binary point of the grid that all values of a term are on: they are multiples of 2^-f.
int64_t grid_of(const Graph& graph, const ProductTerm& term);
/// Shapes of its operands.
std::vector<Shape> operand_shapes(const Graph& graph, const Node& node);

}  // namespace dal
