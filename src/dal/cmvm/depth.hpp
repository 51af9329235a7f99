// How deep sums may be. A header of its own, since options of builds name it.
#pragma once

#include <cstdint>

namespace dal::cmvm {

/// The least depth of an output is that of the flattest adder tree of its canonical signed digits.
enum class Depth : uint8_t {
    minimum,      ///< no output deeper than the least depth of the deepest output: shortest for the whole matrix
    each_output,  ///< every output within its own least depth: shorter paths, a few more adders
    free,         ///< no bound
};

}  // namespace dal::cmvm
