// Ranges of an einsum of any number of operands, constant or variable.
#pragma once

#include <span>
#include <vector>

#include "dal/graph/graph.hpp"
#include "dal/infer/forward/roots.hpp"

namespace dal {

/// Range of each element. Operands whose ranges are single values count as constants. With one variable operand the
/// result is exact (linear_range.hpp); with several it is the sum of the ranges of its products, where a factor that
/// occurs several times in a product is known to be the same. Products with a zero factor contribute nothing, not
/// even a finer step. Linear in the terms.
std::vector<Interval> einsum_ranges(const Graph& graph, std::span<const NodeId> operands, const EinsumSpec& spec,
                                    const Roots& roots);

}  // namespace dal
