// Who looks at the bits of a value? What demand (demand.hpp) found out about one element; for people.
#pragma once

#include <string>

#include "dal/infer/demand/demand.hpp"
#include "dal/support/source.hpp"

namespace dal {

/// "`relu` (net.da:5:10)", "output `y`".
std::string asker_text(const Graph& graph, const Asker& asker, const SourceMap& sources);

/// Lines: how many bits are seen and by whom the highest and the lowest, and what it would take to save one. Empty for
/// `real` elements, for constants, which have no bits, and in a graph without outputs.
std::string explain_seen(const Graph& graph, const Demand& demand, NodeId node, int64_t element,
                         const SourceMap& sources);

}  // namespace dal
