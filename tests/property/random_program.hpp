// Random programs and inputs for them, the same for a seed on every platform. Every engine, optimizer and
// backend can be compared with the interpreter on them.
#pragma once

#include <cstdint>
#include <vector>

#include "dal/array/samples.hpp"
#include "dal/graph/graph.hpp"

namespace dal::property {

struct ProgramOptions {
    int widest = 16;        ///< formats have up to this many bits; sums and products may be somewhat wider
    int operations = 10;    ///< operations on variables
    int64_t elements = 24;  ///< of a tensor, at most
    int64_t extent = 4;     ///< of an axis, at most
};

/// The options that the tests use for a seed: sizes vary, and one program in four is at one of the widths
/// where machine words end (63, 64, 65, 128, 200, 300 bits). One in 40 has larger tensors.
ProgramOptions options_for(uint64_t seed);

/// An inferred graph of small tensors (rank 0 to 3) with every operation, all rounding and overflow modes,
/// formats and tables per element, zero-width and far-away binary points, every kind of data movement, of real
/// inputs too, einsums of one to three operands with diagonals and batch letters, and the compositions of
/// graph/compose.hpp.
Graph random_program(uint64_t seed, const ProgramOptions& options);
inline Graph random_program(uint64_t seed) { return random_program(seed, options_for(seed)); }

/// A batch per input: for a port with a format its limits, 0 and random values; for a real one numbers
/// around the limits, the ties and the overflows of the formats that it is quantized to.
std::vector<Samples> random_inputs(const Graph& graph, uint64_t seed, int64_t samples);

/// `inputs` with one value that the program does not accept: NaN, infinite, or for a port with a format
/// past its range or between its steps.
std::vector<Samples> spoiled_inputs(const Graph& graph, std::vector<Samples> inputs, uint64_t seed);

}  // namespace dal::property
