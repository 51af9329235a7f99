// What an adder of the circuit adds up, those of three operands included: an add or sub that is marked as part of its
// only user (`Operation::merged`) is one adder with it, in costs, stages and Verilog.
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

}  // namespace dal::circuit
