// How deep the outputs of a graph are, against the bounds of the problem. Internal to cmvm.
#pragma once

#include <cstdint>

#include "dal/cmvm/problem/problem.hpp"

namespace dal::cmvm {

/// By how many levels outputs are deeper than they may be, all together. Negations of outputs count if asked for,
/// unless a constant follows, from which the output can be subtracted.
int64_t levels_over(const AdderGraph& graph, const Problem& problem, bool with_negations);

}  // namespace dal::cmvm
