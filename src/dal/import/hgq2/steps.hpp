// Functions that never fall, of numbers that are too wide for a table: their rounded value is a count of the levels
// that the argument reaches.
#pragma once

#include "dal/import/hgq2/table.hpp"

namespace dal::importer::hgq2 {

/// What is computed in steps.
struct Steps {
    std::string part;                        ///< names the arrays: "<layer>_<part>_levels"
    std::function<Float32(float)> function;  ///< never falls
    const Formats* to;                       ///< one format, or one for each element
    int grid;                                ///< arguments are multiples of 2^-grid, to tell which values are doubtful
};

/// "thresholds(x, …)". Errors: unsupported_layer if results wrap or there are more than 1024 levels; inexact_layer as
/// for tables.
Result<std::string> write_steps(keras::LayerContext& layer, const std::string& x, const Steps& steps);

}  // namespace dal::importer::hgq2
