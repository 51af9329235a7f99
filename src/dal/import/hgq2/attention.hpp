// What attention is called with.
#pragma once

#include "dal/import/hgq2/softmax.hpp"
#include "dal/import/hgq2/wires.hpp"

namespace dal::importer::hgq2 {

struct Operands {
    Value query;
    Value key;
    Value value;
    bool is_causal = false;     ///< no item sees later ones
    bool gives_scores = false;  ///< the weights are a second output
};

/// From the arguments of the call: queries, values and keys by position or by name; the values are the queries if there
/// are none, the keys the values. Errors: unsupported_layer for masks that are values.
Result<Operands> read_operands(const LayerContext& layer);

}  // namespace dal::importer::hgq2
