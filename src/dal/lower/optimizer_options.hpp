// What users can ask of the way from a program to its circuit. Plain data: commands, C++ programs, builds and lowering
// hand the same object on.
#pragma once

#include "dal/cmvm/depth.hpp"

namespace dal {

using SumDepth = cmvm::Depth;

struct OptimizerOptions {
    int effort = 1;                      ///< on constant products, 0 to 3
    bool demand = true;                  ///< leave out what no output can see
    bool area = false;                   ///< adders of three operands: fewer LUTs, longer paths
    SumDepth depth = SumDepth::minimum;  ///< the most adders in a chain of a constant product
    int extra_depth = 0;  ///< levels over `depth`, 0 to 1000: fewer adders, longer paths; without effect on `free`
};

}  // namespace dal
