// Parts of a graph: to shrink a program on which engines differ, and to look at every value of one.
#pragma once

#include <span>

#include "dal/graph/graph.hpp"

namespace dal::property {

/// `graph` with other outputs and without what they do not need. Keeps all inputs, and the ranges.
Graph with_outputs(const Graph& graph, std::span<const Output> outputs);

/// `graph` with every value that is not real as an output, named after its node: "%3".
Graph with_all_outputs(const Graph& graph);

}  // namespace dal::property
