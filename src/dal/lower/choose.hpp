// Comparisons as plain circuit operations, and what is chosen by them: minimum, maximum, absolute value, select.
// Private to this layer.
#pragma once

#include "dal/circuit/circuit.hpp"
#include "dal/graph/graph.hpp"

namespace dal {

/// {0, 1}: whether x is negative.
circuit::WireId build_sign(circuit::Circuit& circuit, circuit::WireId x, uint32_t origin);

/// {0, 1}: whether a and b are in the relation. Nothing is built that the ranges decide.
circuit::WireId build_compare(circuit::Circuit& circuit, Relation relation, circuit::WireId a, circuit::WireId b,
                              uint32_t origin);

// `range` holds every value of the result; the wire's range lies within, if it does for the operands.
circuit::WireId build_min(circuit::Circuit& circuit, circuit::WireId a, circuit::WireId b, const Interval& range,
                          uint32_t origin);
circuit::WireId build_max(circuit::Circuit& circuit, circuit::WireId a, circuit::WireId b, const Interval& range,
                          uint32_t origin);
circuit::WireId build_abs(circuit::Circuit& circuit, circuit::WireId x, const Interval& range, uint32_t origin);
/// max(x, 0).
circuit::WireId build_relu(circuit::Circuit& circuit, circuit::WireId x, const Interval& range, uint32_t origin);
/// if_true where condition is not 0.
circuit::WireId build_select(circuit::Circuit& circuit, circuit::WireId condition, circuit::WireId if_true,
                             circuit::WireId if_false, const Interval& range, uint32_t origin);

/// The same value with a range within `range`, which holds it: wiring.
circuit::WireId build_within(circuit::Circuit& circuit, circuit::WireId x, const Interval& range, uint32_t origin);

}  // namespace dal
