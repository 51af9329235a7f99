// Adders of three operands, for `Options::area`: a graph of adders of two is rearranged so that many of them can be
// merged with their only user, and the pairs are chosen. Internal to cmvm.
#pragma once

#include "dal/cmvm/problem/problem.hpp"

namespace dal::cmvm {

/// Marks adders as merged: of all choices of disjoint pairs the one that saves most of what the objective counts. Pairs
/// that are marked already win ties, or, with `keep`, everything. Ranges must be known.
void merge_adders(AdderGraph& graph, const std::vector<InputInfo>& inputs, Objective objective, bool keep);

/// The best solution with merged adders that comes out of this one, in which none is merged.
Solution with_three_operands(const Solution& solution, const Problem& problem, const Matrix& matrix,
                             const std::vector<InputInfo>& inputs, const Options& options);

}  // namespace dal::cmvm
