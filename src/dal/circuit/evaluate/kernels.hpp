// The inner loops of the evaluator: one operation on one block of samples in lanes of 16, 32 or 64 bits.
// Private to this layer. Wider lanes are in wide.hpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace dal::circuit {

/// Samples per block: enough to hide the dispatch, few enough that the live slots stay in the L2 cache.
inline constexpr int64_t block_size = 256;

/// How the codes of a slot are stored: int16_t, int32_t, int64_t, or `wide`, several 64-bit words each.
enum class Lane : uint8_t { i16, i32, i64, wide };
inline constexpr size_t narrow_lanes = 3;

/// One loop. An operand is shifted right in its own lane, then converted to the lane of the result, then
/// shifted left. All arithmetic is modulo 2^lane, which is exact because results fit.
struct Step {
    void (*kernel)(const Step&, std::byte* arena) = nullptr;
    size_t r = 0;  ///< offsets of slots in the arena
    size_t a = 0;
    size_t b = 0;
    size_t c = 0;  ///< select: the condition, in 16-bit lanes
    uint8_t right_a = 0;
    uint8_t right_b = 0;
    uint8_t left_a = 0;
    uint8_t left_b = 0;
    uint8_t extend = 0;  ///< slice: bits above the result in its lane
    bool shifted = false;
    const void* entries = nullptr;  ///< look_up: in the lane of the result, of the codes from `first`
    int64_t first = 0;              ///< less: the bound
    uint64_t size = 0;
};
using Kernel = decltype(Step::kernel);

enum class Form : uint8_t { add, sub, mul, select, bit_and, bit_or, bit_xor };
inline constexpr size_t form_count = 7;

/// All loops, compiled for one instruction set. Indices: lanes of the result, then of the operands.
struct KernelSet {
    template <class T>
    using PerLane = std::array<T, narrow_lanes>;
    std::array<PerLane<PerLane<PerLane<Kernel>>>, form_count> binary{};
    PerLane<PerLane<Kernel>> slice_signed{};
    PerLane<PerLane<Kernel>> slice_unsigned{};
    PerLane<PerLane<Kernel>> look_up{};
    PerLane<Kernel> any{};   ///< the result is in 16-bit lanes
    PerLane<Kernel> less{};  ///< so it is here
};

const KernelSet& kernels_generic();
const KernelSet& kernels_avx2();
const KernelSet& kernels_avx512();
/// The best set for this machine.
const KernelSet& kernels();

}  // namespace dal::circuit
