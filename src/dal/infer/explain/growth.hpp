// Why is this value so wide? Follows the widest operand back through a graph; for diagnostics.
#pragma once

#include <string>
#include <vector>

#include "dal/graph/graph.hpp"

namespace dal {

/// One element on the way.
struct GrowthStep {
    NodeId node;
    int64_t element;
    int width;
};

/// From (node, element) back along the widest operand to where a format was written, at most 8 steps.
/// The nodes on the way have ranges.
std::vector<GrowthStep> growth(const Graph& graph, NodeId node, int64_t element);

/// "`h1` has 22 bits at [3]".
std::string describe(const Graph& graph, const GrowthStep& step);

}  // namespace dal
