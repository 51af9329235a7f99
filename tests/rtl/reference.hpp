// The values of a Circuit on unbounded numbers, one operation at a time, straight from the comments in
// circuit.hpp; and random codes for its inputs. For tests: it shares no code with the engines.
#pragma once

#include <random>
#include <vector>

#include "dal/array/samples.hpp"
#include "dal/circuit/circuit.hpp"

namespace dal::sim::test {

/// One batch per output. Also checks each wire against its range.
std::vector<Codes> evaluate(const circuit::Circuit& circuit, const Codes& inputs);

/// Codes as circuit::encode_inputs makes them: lowest, highest, 0, then random, every code in range.
Codes random_inputs(const circuit::Circuit& circuit, int64_t samples, std::mt19937_64& random);

/// Uniform in [lo, hi].
Int random_int(const Int& lo, const Int& hi, std::mt19937_64& random);

}  // namespace dal::sim::test
