// Forward inference: the exact interval of every element of every node, from the formats of the inputs.
#pragma once

#include "dal/graph/graph.hpp"

namespace dal {

struct InferOptions {
    int width_cap = 512;  ///< bits; a wider element is an error that names the chain of operations that grew it
};

/// Fills Node::range for every node that is not real. Errors, each at the user's expression:
/// real_in_arithmetic (with the inputs that it comes from), width_cap, table_domain (an operand has a value that the
/// table does not), and real_output. Ranges: infer/forward/ranges.hpp.
/// Linear in the size of the program (einsum: in its terms).
Result<void> infer_forward(Graph& graph, const InferOptions& options = {});

}  // namespace dal
