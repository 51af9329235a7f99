// Backward demand on a Circuit: bits that no output can see are not computed. An addition whose users only look at the
// bits below 2^n is done modulo 2^n, and low bits that nobody reads are left out where that is exact. The rules and
// their proofs: docs/inference.md.
#pragma once

#include "dal/circuit/circuit.hpp"

namespace dal::circuit {

/// The same outputs on every input, from narrower operations; no operation is added except slices, which are wiring.
/// Inputs stay. Linear.
Circuit narrow(const Circuit& circuit);

}  // namespace dal::circuit
