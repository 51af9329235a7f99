// The part of a graph that some results need, as a graph of its own: to run or cost one value of a program.
#pragma once

#include <span>

#include "dal/graph/graph.hpp"

namespace dal {

/// The nodes that `outputs` (of `graph`) depend on, in their order and with what inference found, and these outputs.
/// Only the inputs that are needed stay.
Graph extract(const Graph& graph, std::span<const Output> outputs);

}  // namespace dal
