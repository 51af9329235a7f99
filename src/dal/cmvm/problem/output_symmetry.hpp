// Sums whose weights are equal or opposite, term by term: y = e + o and z = e - o, where e has the terms they share and
// o the others. Half the digits, for two adders at the end; inverse transforms consist of such pairs. Internal to cmvm.
#pragma once

#include <optional>

#include "dal/cmvm/problem/problem.hpp"

namespace dal::cmvm {

/// The problem with all such pairs of sums split, and the parts again, as far as the depth allows; nothing if there
/// are none.
std::optional<Problem> split_symmetric_sums(const Problem& problem);

}  // namespace dal::cmvm
