// Outputs as other outputs plus what they differ by: a spanning tree over the columns. Internal to cmvm.
#pragma once

#include <optional>

#include "dal/cmvm/problem/problem.hpp"

namespace dal::cmvm {

/// The problem with columns rewritten where that takes fewer digits, as combinations of an earlier column and a
/// difference; nothing if that saves little, if the depth does not allow it, or if weights exceed 60 bits.
std::optional<Problem> split_by_differences(const Problem& problem);

}  // namespace dal::cmvm
