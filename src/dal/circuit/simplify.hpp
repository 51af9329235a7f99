// Simplification of a Circuit: constants folded, exact duplicates shared (same kind, operands, parameters
// and range: a different format is a different operation), dead operations removed.
#pragma once

#include "dal/circuit/circuit.hpp"

namespace dal::circuit {

/// The same outputs on every input, with at most as many operations. Inputs stay, used or not. Linear.
Circuit simplify(const Circuit& circuit);

}  // namespace dal::circuit
