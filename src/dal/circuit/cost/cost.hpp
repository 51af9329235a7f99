// What operations cost on an FPGA, in 6-input LUTs, and how long they take: estimates before synthesis,
// integers only. The model and where its numbers come from: docs/cost-model.md.
#pragma once

#include "dal/circuit/circuit.hpp"

namespace dal::circuit {

// Delays, in thousandths of an adder level.
constexpr int64_t adder_level = 1000;
constexpr int64_t lut_level = 500;  ///< one LUT and its wire

/// Estimated 6-input LUTs of one operation, in halves of a LUT (a multiplexer bit is one half).
int64_t half_luts(const Circuit& circuit, WireId id);

/// Delay of one operation in thousandths of an adder level (the unit of --latency-per-stage).
int64_t delay(const Circuit& circuit, WireId id);

struct Report {
    int64_t adders = 0;  ///< add and sub operations; one that is merged is part of another
    int64_t adder_bits = 0;
    int64_t luts = 0;   ///< estimated, rounded up
    int64_t depth = 0;  ///< longest chain of adders
    int64_t delay = 0;  ///< longest path, thousandths of an adder level
    int64_t operations = 0;
    int64_t multipliers = 0;  ///< of variables
    int64_t tables = 0;       ///< table operations
};
Report report(const Circuit& circuit);

}  // namespace dal::circuit
