// One input times one constant with as few adders as there can be: all adder graphs of up to four adders are looked
// through, then those of five until one fits. That is enough for every constant of up to 19 bits. Internal to cmvm.
#pragma once

#include <cstdint>
#include <optional>

#include "dal/cmvm/cmvm.hpp"

namespace dal::cmvm {

/// Larger constants take too long.
constexpr int most_constant_bits = 32;
/// So do more adders.
constexpr int most_constant_adders = 5;

/// A graph of one input (depth 0) whose only output is `constant`·x, with the fewest adders that are possible within
/// `most_depth` levels, and, up to four adders, about the fewest bits among those. Nothing if that takes more than
/// `most_adders` (at most most_constant_adders; three for more than 24 bits), if the constant is even or has more bits,
/// or if five adders were tried too long. Intermediate values have up to two bits more than the constant. The adders
/// have neither ranges nor depths yet, and the shift of the output may be negative.
std::optional<AdderGraph> constant_graph(uint64_t constant, int most_depth, int most_adders);

}  // namespace dal::cmvm
