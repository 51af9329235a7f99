// Why does a value have the bits that it has? The chain of operations behind one element, each with the rule that gave
// it its range; for people.
#pragma once

#include <string>
#include <vector>

#include "dal/graph/graph.hpp"

namespace dal {

/// One step of the chain.
struct Explanation {
    NodeId node;
    int64_t element;
    std::string what;  ///< "`h1` at [3]"
    std::string rule;  ///< how its range follows from its operands
};

/// From (node, element) of an inferred graph back along the widest operand, at most 8 steps. A real element has one
/// step.
std::vector<Explanation> explain(const Graph& graph, NodeId node, int64_t element);

}  // namespace dal
