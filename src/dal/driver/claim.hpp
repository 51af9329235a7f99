// A graph and a design as the checker wants to see them: plain data, of which it believes nothing.
#pragma once

#include "dal/array/samples.hpp"
#include "dal/emit/design.hpp"
#include "dal/graph/graph.hpp"
#include "dal/proof/prove.hpp"

namespace dal {

/// That `design` computes `graph`.
proof::Claim claim_of(const Graph& graph, const emit::Design& design);

/// One sample of each input of `graph`, with these values, and 0 elsewhere.
std::vector<Samples> sample_of(const Graph& graph, const std::vector<proof::InputValue>& values);

}  // namespace dal
