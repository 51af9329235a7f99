// Orders the values of a Plan into functions of bounded size and gives those that cross from one function
// to another a place in the scratch buffer, reused once nobody reads it any more. No LLVM here.
#pragma once

#include <cstddef>
#include <vector>

#include "dal/jit/plan.hpp"

namespace dal::jit {

/// One function of the generated code.
struct Chunk {
    bool wide = false;  ///< a loop over the samples with scalars; otherwise straight vector code
    std::vector<ValueId> values;
};

/// Where a value lies: block() consecutive integers of `lane` bits at `offset`.
struct Slot {
    static constexpr size_t none = SIZE_MAX;
    size_t offset = none;
    int lane = 0;  ///< may be wider than the value's own lane: the width in which its users want it
};

struct Schedule {
    int block = 64;  ///< samples that the generated code handles at once
    std::vector<Chunk> chunks;
    std::vector<Slot> slots;  ///< per value; `none` if it never leaves its function
    size_t scratch_bytes = 0;
};

/// `block`: a multiple of 8.
Schedule make_schedule(const Plan& plan, int block);

}  // namespace dal::jit
