// What two sound statements about the same value say together.
#pragma once

#include <optional>

#include "dal/numeric/interval.hpp"

namespace dal {

/// The values that are in both; nothing if there are none, so that one of the statements is wrong. A single value is in
/// both or in none.
std::optional<Interval> intersection(const Interval& a, const Interval& b);

}  // namespace dal
