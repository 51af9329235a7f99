// Loops over the samples of a block, for whatever vectors the processor has. Internal to interp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "dal/numeric/kif.hpp"

namespace dal {

/// Samples of a block.
inline constexpr size_t block_samples = 64;
using BlockCodes = std::array<int64_t, block_samples>;
using BlockReals = std::array<double, block_samples>;

/// What a block of codes has in it.
struct CodeExtent {
    int64_t lo;
    int64_t hi;
    uint64_t bits;  ///< or of all
};

namespace kernel {
CodeExtent extent(const BlockCodes& codes);
/// sum += weight · x, which is known to fit.
void add_product(BlockCodes& sum, const BlockCodes& x, int64_t weight);
void add_product(BlockReals& sum, const BlockReals& x, double weight);
/// Codes without their last `drop` (1 to 63) bits, rounded; the codes are below 2^62 in magnitude.
void round(BlockCodes& codes, int drop, Round round);
/// Numbers as codes of f fractional bits, rounded; false, and no codes, if a code may have 2^51 or more.
bool round(const BlockReals& reals, int f, Round round, BlockCodes& codes);
/// Keeps the last `bits` (1 to 62): as numbers from lo on.
void wrap(BlockCodes& codes, int bits, int64_t lo);
void clamp(BlockCodes& codes, int64_t lo, int64_t hi);
/// 0 in place of what is outside.
void clear_outside(BlockCodes& codes, int64_t lo, int64_t hi);
/// codes · 2^-f.
void to_reals(const BlockCodes& codes, int f, BlockReals& reals);
}  // namespace kernel

}  // namespace dal
