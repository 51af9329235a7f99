// The order of least adder bits in which a few terms can be added within a depth. Internal to cmvm.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "dal/cmvm/sums/summand.hpp"

namespace dal::cmvm {

struct OrderedTerm {
    Summand summand;
    int depth = 0;
};

/// More terms take too long: 3^terms steps for each level.
constexpr size_t most_ordered_terms = 12;

/// So do terms that arrive further apart.
constexpr int most_ordered_levels = 32;

/// Which two are added at each step: terms by their index, then sums by that of their step after the terms. Nothing if
/// `bound` is too small or too much above the first of the terms. Exact, by dynamic programming over the sets of terms
/// and the depths of their sums; ranges of partial sums are the sums of ranges.
std::vector<std::pair<uint32_t, uint32_t>> best_order(std::span<const OrderedTerm> terms, int bound);

}  // namespace dal::cmvm
