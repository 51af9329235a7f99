// The heaviest set of disjoint edges of a forest: which operations are merged with their only users. Exact and linear.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace dal {

inline constexpr size_t no_parent = std::numeric_limits<size_t>::max();

/// parents[n] > n is the node above n, or no_parent; gains[n] is what the edge between the two is worth, and is never
/// chosen if that is not positive. Which nodes are matched with their parents; no node is in two edges.
std::vector<bool> heaviest_matching(const std::vector<size_t>& parents, const std::vector<int64_t>& gains);

}  // namespace dal
