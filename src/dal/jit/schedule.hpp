// Orders the values of a Plan into functions of bounded size and gives those that cross from one function
// to another a place in the scratch buffer, reused once nobody reads it any more. No LLVM here.
#pragma once

#include <cstddef>
#include <vector>

#include "dal/jit/plan.hpp"

namespace dal::jit {

/// Instructions that a definition becomes, roughly: digits of weights for sums.
int64_t operations(const Definition& definition);

/// How values are computed.
enum class Style : uint8_t {
    vector,  ///< several samples at a time
    scalar,  ///< one sample at a time
    looped   ///< a long sum, by a function that reads its terms from a table
};

/// Values that are computed together.
struct Chunk {
    Style style = Style::vector;
    std::vector<ValueId> values;  ///< looped: one
};

/// Where a value lies: `block` consecutive integers of `lane` bits at `offset`.
struct Slot {
    static constexpr size_t none = SIZE_MAX;
    size_t offset = none;
    int lane = 0;  ///< may be wider than the value's own lane: the width in which its users want it
};

struct Schedule {
    int block = 0;  ///< samples that one call of a function handles, in a loop
    int width = 0;  ///< samples per turn of that loop: integers per vector
    std::vector<Chunk> chunks;
    std::vector<Slot> slots;  ///< per value; `none` if it never leaves its function
    size_t scratch_bytes = 0;
};

/// `width`: samples per vector, a power of two; 0: chosen for the lanes that the program has.
Schedule make_schedule(const Plan& plan, int width = 0);

}  // namespace dal::jit
