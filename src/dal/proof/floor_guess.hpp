// Guesses that a function is ⌊(m·t + c) / 2^k⌋.
#pragma once

#include <vector>

#include "dal/proof/pieces.hpp"

namespace dal::proof {

/// ⌊(factor·t + offset) / 2^bits⌋.
struct FloorOf {
    int64_t factor = 1;
    int64_t offset = 0;
    int64_t bits = 0;
};

/// Those that agree with the function where its first runs begin, the most likely first. The caller checks them.
std::vector<FloorOf> floors_like(const Pieces& function, Budget& budget);

}  // namespace dal::proof
