// Sums with a constant (biases, mostly) of which only some low bits and the sign are read, as before a relu and a
// wrapping quantizer: the adder ends where the bits that are read end, and the sign is a small table of the high bits
// and the carry. Below the lowest bit that is read one carry is left. Proof: docs/inference.md.
#pragma once

#include "dal/circuit/circuit.hpp"

namespace dal::circuit {

/// The same outputs on every input, with fewer bits in adders, never a longer longest path and never more estimated
/// LUTs. For circuits that have been narrowed: users that read fewer bits are slices there. Linear.
Circuit shorten(const Circuit& circuit);

}  // namespace dal::circuit
