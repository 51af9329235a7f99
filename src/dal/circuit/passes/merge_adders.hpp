// Adders of three operands: an add or sub that only another one uses is marked as part of it (`Operation::merged`).
// Both stay in the circuit, and every evaluator may ignore the mark; costs, stages and Verilog take the two as one.
#pragma once

#include "dal/circuit/circuit.hpp"

namespace dal::circuit {

/// The same circuit with operations marked so that most LUTs are saved. The last pass: others neither know nor keep the
/// marks.
Circuit merge_adders(const Circuit& circuit);

}  // namespace dal::circuit
