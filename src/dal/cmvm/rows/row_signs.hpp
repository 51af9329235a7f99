// Signs of nodes, chosen so that no output comes out negated: a node a - b may as well be b - a. Internal to cmvm.
#pragma once

#include "dal/cmvm/rows/row_graph.hpp"

namespace dal::cmvm {

/// Node indices such that each node comes after those it uses. `inputs` is the number of inputs.
std::vector<uint32_t> operands_first(const Rows& rows, size_t inputs);

/// The terms of a row where its values are what `values` says.
Sum sum_over(const std::vector<Term>& values, const std::vector<RowTerm>& terms);

/// Turns nodes into their negatives, so that as few outputs as possible have negative terms only.
void choose_signs(Rows& rows, size_t inputs);

}  // namespace dal::cmvm
