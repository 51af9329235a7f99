// Inputs that have the same weights everywhere, up to one sign and power of two: they are added first, and what is left
// is a smaller problem. Internal to cmvm.
#pragma once

#include <optional>
#include <vector>

#include "dal/cmvm/cmvm.hpp"

namespace dal::cmvm {

/// A problem over sums of the inputs of another one.
struct InputSums {
    std::vector<Adder> adders;    ///< over the inputs of the other problem and these; without depths and ranges
    Matrix matrix;                ///< of the smaller problem
    std::vector<InputInfo> sums;  ///< its inputs
    std::vector<uint32_t> nodes;  ///< of each of them, the input or adder that it is
};

/// Nothing if no two inputs are alike, or are so in one digit only, where adding them first saves nothing.
///
/// No graph has fewer adders than the best one that begins with the sum of two such inputs: setting one of them to 0
/// takes away an adder at least, and putting the sum in place of the other adds one. Only inputs of equal depth are
/// added, and as many at once as make a complete tree: Σ 2^depth of a sum, which bounds its depth, stays what it was.
/// Fewer than `least` alike are left: when bits count, the search sometimes finds something narrower for them.
std::optional<InputSums> add_equal_inputs(const Matrix& matrix, const std::vector<InputInfo>& inputs, size_t least = 2);

/// The graph of the smaller problem, with the sums that it stands on, as one of the whole problem.
AdderGraph with_input_sums(const InputSums& sums, AdderGraph graph, size_t inputs);

}  // namespace dal::cmvm
