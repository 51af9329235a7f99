// The greedy pass: repeatedly gives the best two-term pattern a ± b·2^s that occurs in several places of the sums a
// node of its own, as long as every sum can still be added within its depth. Internal to cmvm.
#pragma once

#include <span>

#include "dal/cmvm/problem/problem.hpp"
#include "dal/cmvm/watch.hpp"

namespace dal::cmvm {

/// What makes a pair good. None is best everywhere, so callers try several; the first is the best on average.
/// Overlap: bits that both operands have, at the pair's true shift.
enum class Score : uint8_t {
    saved_overlap,       ///< (occurrences − 1) × overlap
    count,               ///< occurrences
    count_then_overlap,  ///< occurrences, then overlap
    width,               ///< (occurrences − 1) × bits of the adder
    long_overlap,        ///< occurrences × (2·overlap − bits of the adder): what sticks out counts against a pair
    level_gap,           ///< occurrences, less the difference of the operands' depths
};

/// A node a·2^shift_a ± b·2^shift_b; one of the shifts is 0. Values 0..inputs-1 are the inputs, then the nodes.
struct Node {
    uint32_t a = 0;
    uint32_t b = 0;
    int shift_a = 0;
    int shift_b = 0;
    bool subtract = false;
};

struct Plan {
    std::vector<Node> nodes;
    std::vector<Sum> sums;  ///< what is left of the problem's sums, over inputs and nodes
};

/// Runs the pass with each of the scores. What they have in common is set up once. When `watch` says so the pass ends
/// with the pairs that it has, and no further one begins: there is one plan at least.
std::vector<Plan> eliminate_pairs(const Problem& problem, std::span<const Score> scores, Watch& watch);

}  // namespace dal::cmvm
