// Where passes that build a circuit anew begin and end: its inputs, outputs and kept wires, which no pass
// changes.
#pragma once

#include <vector>

#include "dal/circuit/circuit.hpp"

namespace dal::circuit {

/// Gives an empty circuit the origins, input tensors and inputs of another one. The wires of the inputs are noted in
/// `wires`, which goes from the wires of `from` to those of `to`. Returns which wires of `from` are inputs, those
/// included that are the constant 0.
std::vector<bool> copy_inputs(const Circuit& from, Circuit& to, std::vector<WireId>& wires);
/// The operation on the wires of `to`, of which `wires` has those of its operands. Tables have the same positions in
/// both circuits.
WireId copy_operation(Circuit& to, const Operation& x, const std::vector<WireId>& wires);
/// And what is kept.
void copy_outputs(const Circuit& from, Circuit& to, const std::vector<WireId>& wires);

}  // namespace dal::circuit
