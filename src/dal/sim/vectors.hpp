// Inputs to verify a design with: numbers for the inputs of the program, so that every engine can run them. Chosen from
// what the circuit knows of its inputs; deterministic.
#pragma once

#include <cstdint>
#include <vector>

#include "dal/array/samples.hpp"
#include "dal/circuit/circuit.hpp"

namespace dal::sim {

struct VectorOptions {
    int64_t random = 1000;  ///< samples besides the corners
    int64_t one_hot = 256;  ///< at most so many elements are varied alone
    uint64_t seed = 1;
};

/// One batch per input tensor. Corners: all lowest, all highest, zero, alternating, one element lowest or highest
/// and the others 0, and for inputs that the circuit quantizes itself a step below and above the range, ties and
/// what is beside them, of each of its formats.
/// Then random samples: within the range, close to its ends, and far outside (on a grid of a quarter of the finest
/// step). Elements of declared formats only ever get values of these.
std::vector<Codes> verification_vectors(const circuit::Circuit& circuit, const VectorOptions& options = {});

}  // namespace dal::sim
