// Runs compiled code over batches: feeds blocks of samples, redoes by exact arithmetic what the fast conversion
// of inputs cannot do, collects the outputs. No LLVM here.
#pragma once

#include <span>

#include "dal/array/samples.hpp"
#include "dal/jit/engine.hpp"

namespace dal::jit {

/// All that running needs; read-only while running.
struct Compiled {
    Graph ports;  ///< the inputs of the program alone, for checks and messages
    Plan plan;
    Schedule schedule;
    Engine engine;
    std::vector<InputRows> rows;  ///< per input
};

/// The contract of `interpret`, on `threads` threads at most.
Result<std::vector<Codes>> run(const Compiled& program, std::span<const Samples> inputs, int threads);

}  // namespace dal::jit
