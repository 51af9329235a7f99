// Where two paths from the same value come together again, both linear: only there do affine forms know more than
// ranges. One walk over the nodes, not over elements.
#pragma once

#include <vector>

#include "dal/graph/graph.hpp"

namespace dal {

struct Meetings {
    std::vector<bool> linear;  ///< of each node: its elements are linear in those of its operands that are not constant
    std::vector<bool> meets;   ///< a value may arrive twice at an element; false is certain
};
Meetings find_meetings(const Graph& graph);

}  // namespace dal
