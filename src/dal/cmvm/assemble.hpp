// From a plan to an adder graph: adds what is left of each sum within its depth, connects the outputs, and chooses
// signs so that few outputs must be negated. Ranges, depths and costs come after (linear_forms.hpp). Internal.
#pragma once

#include "dal/cmvm/pair_elimination.hpp"

namespace dal::cmvm {

/// Adders without depth and range.
AdderGraph assemble(const Problem& problem, const Plan& plan);

/// Rewrites differences so that fewer outputs are negated; never adds more adders than it saves negations.
void reduce_negations(AdderGraph& graph);

}  // namespace dal::cmvm
