// How large programs may be. What goes beyond is refused where it is made, before it takes memory.
#pragma once

#include <cstdint>

namespace dal {

/// Elements of one tensor; each costs an interval, and a Source where it is moved.
inline constexpr int64_t most_elements = int64_t{1} << 24;

}  // namespace dal
