// Adders of three operands: an add or sub that only another one uses is marked as part of it (`Operation::merged`).
// Both stay in the circuit, and every evaluator may ignore the mark; costs, stages and Verilog take the two as one.
#pragma once

#include <array>
#include <span>

#include "dal/circuit/circuit.hpp"

namespace dal::circuit {

/// ±wire·2^shift.
struct Addend {
    WireId wire{};
    int shift = 0;
    bool negative = false;
};
/// What an add or sub adds up: two wires, or three if one of its operands is merged. The first is not negative.
struct Addends {
    std::array<Addend, 3> all;
    size_t count = 2;
    [[nodiscard]] std::span<const Addend> list() const { return std::span(all).first(count); }
};
Addends addends(const Circuit& circuit, const Operation& operation);

/// Marks operations so that most LUTs are saved. The last pass: others neither know nor keep the marks.
void merge_adders(Circuit& circuit);

}  // namespace dal::circuit
