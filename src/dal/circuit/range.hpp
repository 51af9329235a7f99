// The interval of an operation's value, from those of its operands: what the builder computes and what
// verify demands. Private to this layer.
#pragma once

#include <optional>

#include "dal/circuit/circuit.hpp"

namespace dal::circuit {

/// Range of `operation` (its kind and parameters; `range` itself only for input and constant) over operands
/// in the ranges given. Those that the kind does not use are ignored. Sound, and exact for one operation
/// except the bitwise ones.
Interval result_range(const Operation& operation, const Interval& a, const Interval& b, const Interval& c);

/// What two sound statements about the same value say together; nothing if they contradict each other.
std::optional<Interval> intersection(const Interval& a, const Interval& b);

/// 0, or one bit: what selects in a mux.
bool is_condition(const Interval& range);

}  // namespace dal::circuit
