// Where two engines differ, said for a person.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dal/array/samples.hpp"
#include "dal/graph/graph.hpp"

namespace dal {

/// "output `y[3]` of sample 7: JIT 1.25, circuit 1.5" for the first place where the outputs of a graph differ in
/// value, by sample within the first differing output; empty if they agree. The first sample has the number `first`.
std::string describe_difference(const Graph& graph, const std::vector<Codes>& a, std::string_view a_name,
                                const std::vector<Codes>& b, std::string_view b_name, int64_t first = 0);

}  // namespace dal
