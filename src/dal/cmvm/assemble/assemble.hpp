// From a plan to an adder graph: adds what is left of each sum within its depth, connects the outputs, and chooses
// signs so that few outputs must be negated. Ranges, depths and costs come after (linear_forms.hpp). Internal.
#pragma once

#include <optional>

#include "dal/cmvm/greedy/pair_elimination.hpp"
#include "dal/cmvm/rows/row_graph.hpp"

namespace dal::cmvm {

/// Adders without depth and range.
AdderGraph assemble(const Problem& problem, const Plan& plan);
/// Rows of up to `most_ordered` terms are added in the order of least bits (best_order.hpp), longer ones in a good one.
AdderGraph assemble(const Problem& problem, const Rows& rows, size_t most_ordered);

/// The other way round: the adders of a graph of the problem's matrix as rows of two terms. Nothing for graphs whose
/// nodes are larger than the outputs that they are for.
std::optional<Rows> rows_of(const AdderGraph& graph, const Problem& problem);

/// Rewrites differences so that fewer outputs are negated; never adds more adders than it saves negations.
void reduce_negations(AdderGraph& graph);

}  // namespace dal::cmvm
