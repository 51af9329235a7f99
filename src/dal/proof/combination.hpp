// Finds a function as a sum of multiples of others, by linear algebra on some points.
#pragma once

#include <optional>
#include <vector>

#include "dal/proof/pieces.hpp"

namespace dal::proof {

/// Factors c with: function - Σ c_j·functions_j is affine on the points that were looked at. Only a guess: the caller
/// checks it on all points.
std::optional<std::vector<int64_t>> combination_of(const std::vector<const Pieces*>& functions, const Pieces& function,
                                                   Budget& budget);

}  // namespace dal::proof
