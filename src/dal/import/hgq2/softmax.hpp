// The softmax of HGQ 2: exponentials and the reciprocal of their sum by tables. Alone it is QSoftmax; attention has one
// inside.
#pragma once

#include "dal/import/hgq2/parts.hpp"

namespace dal::importer::hgq2 {

struct Softmax {
    Variables variables;    ///< of the QSoftmax
    std::string prefix;     ///< of the keys of its configuration: "softmax_" in attention, else empty
    std::vector<int> axes;  ///< of one sample
    bool is_stable = true;  ///< the largest element is subtracted first
    double scaler = 1;      ///< what is in the exponent is multiplied with this
    std::string mask{};     ///< an expression of zeros and ones that elements are multiplied with; empty: none
    /// What it reads, if it does not round that itself, are multiples of 2^-grid. Used where is_stable is not.
    std::optional<int> grid{};
};

/// The softmax of a value that has a name, with its output quantizer: an expression.
Result<Value> write_softmax(LayerContext& layer, const Value& x, const Softmax& softmax);

}  // namespace dal::importer::hgq2
