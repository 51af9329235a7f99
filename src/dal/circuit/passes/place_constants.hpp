// Constants of sums (biases, and what rounding adds) put where they cost least. (u + v) + c takes two levels; but where
// u is there before v, (u + c) + v takes one, and u + c is a narrower adder. A constant moves down through adders that
// nobody else uses, to any of their operands; how early it is added is decided by the longest path first, then by LUTs.
#pragma once

#include "dal/circuit/circuit.hpp"

namespace dal::circuit {

/// The same outputs on every input, with no more adders, and never a longer longest path.
Circuit place_constants(const Circuit& circuit);

}  // namespace dal::circuit
