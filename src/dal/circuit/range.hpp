// The interval of an operation's value, from those of its operands: what the builder computes and what
// verify demands. Private to this layer.
#pragma once

#include <utility>

#include "dal/circuit/circuit.hpp"

namespace dal::circuit {

/// Range of `operation` (its kind and parameters; `range` itself only for input and constant) over operands
/// in the ranges given. Those that the kind does not use are ignored. Sound, and exact for one operation
/// on independent operands. A table operation is one of `circuit`.
Interval result_range(const Circuit& circuit, const Operation& operation, const Interval& a, const Interval& b,
                      const Interval& c);

/// Positions of the first entry that an operand in this range reaches and of the one behind the last; the range must
/// lie in the table (checked).
std::pair<size_t, size_t> reachable(const Table& table, const Interval& operand);
/// Values that an operand in this range finds.
Interval table_range(const Table& table, const Interval& operand);

/// a·b; with `is_square`, of one value with itself.
Interval product_range(const Interval& a, const Interval& b, bool is_square);

/// Whether no bit of one can be where the other has bits: then their sum is wiring. One lies below the lowest bit of
/// the other and is not negative.
bool are_disjoint(const Interval& a, const Interval& b);

/// 0, or one bit: what selects in a mux.
bool is_condition(const Interval& range);

}  // namespace dal::circuit
