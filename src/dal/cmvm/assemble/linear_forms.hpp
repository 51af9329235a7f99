// What each adder computes, as an exact linear form of the inputs: its true range, its depth, and what it costs.
// The solver's side; certify.cpp has its own. Internal to cmvm.
#pragma once

#include "dal/cmvm/cmvm.hpp"

namespace dal::cmvm {

/// Fills in the range and depth of every adder and adds up the costs. `any_graph`: coefficients inside the graph may
/// be larger than the digits of the weights explain, as in graphs that come from elsewhere.
Solution measure(AdderGraph graph, const Matrix& matrix, const std::vector<InputInfo>& inputs, bool any_graph = false);

/// Bits of the adder `outer` with the operands of `inner`, one of its own, in place of it. Node ids; ranges are known.
int64_t three_operand_bits(const AdderGraph& graph, size_t inner, size_t outer, const std::vector<InputInfo>& inputs);

}  // namespace dal::cmvm
