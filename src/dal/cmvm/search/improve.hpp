// Improves a solution by search: how long by which effort, with which threads, and what comes out. Internal to cmvm.
#pragma once

#include "dal/cmvm/problem/problem.hpp"
#include "dal/cmvm/watch.hpp"

namespace dal::cmvm {

/// Whether a is to be preferred: no deeper than the bound if the other one is, then by objective.
bool better(const Solution& a, const Solution& b, const Problem& problem, Objective objective);

/// The best that the search finds from here; `start` itself if that is nothing better. `problem` is not split;
/// `is_symmetric` says whether it could be. What is left
/// of the seconds is the search's.
Solution improve(Solution start, const Problem& problem, const Matrix& matrix, const std::vector<InputInfo>& inputs,
                 const Options& options, bool is_symmetric, Watch& watch);

}  // namespace dal::cmvm
