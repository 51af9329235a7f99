// Simplification of a Circuit: constants folded, exact duplicates shared (same kind, operands, parameters, table
// and range: a different format is a different operation), constants that are added one after the other added at once,
// sums of bits that do not overlap turned into wiring, dead operations removed.
#pragma once

#include "dal/circuit/circuit.hpp"

namespace dal::circuit {

/// The same outputs on every input, at no higher cost. Inputs stay, used or not. Linear.
Circuit simplify(const Circuit& circuit);

}  // namespace dal::circuit
