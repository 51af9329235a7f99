// The exact range of each element of one node, from those of its operands: one rule per operation. Whether the operands
// are allowed (not real, in the domain of a table) is for the caller to check.
#pragma once

#include <optional>
#include <vector>

#include "dal/graph/graph.hpp"
#include "dal/infer/forward/roots.hpp"

namespace dal {

/// Ranges of `id`, which is not real. For independent operands each is the smallest interval with all results. Operands
/// that are the same element, seen through data movement, are known to be equal (x·x is never negative, x < x never
/// true); other correlations are not seen, except that a constant einsum counts an operand once. x + x keeps the step
/// of x.
std::vector<Interval> node_ranges(const Graph& graph, NodeId id, const Roots& roots);

/// Positions in a table that an operand reads: first, first + stride, … up to last. Nothing if a value of the operand
/// is not in the table, be it outside or between two entries.
struct TablePositions {
    int64_t first;
    int64_t last;
    int64_t stride;
};
std::optional<TablePositions> table_positions(const op::Table& table, const Interval& operand);

}  // namespace dal
