// Operations of the evaluator on values of any width: exact two's complement in 64-bit words, one sample at
// a time. Used where a value, or an intermediate sum, does not fit a lane of 64 bits. Private to this layer.
#pragma once

#include <span>
#include <vector>

#include "dal/circuit/circuit.hpp"
#include "dal/circuit/evaluate/kernels.hpp"

namespace dal::circuit {

/// Where a value lives in the arena: `words` 64-bit words per sample if the lane is wide.
struct Slot {
    size_t offset = 0;
    Lane lane = Lane::i16;
    int words = 1;
};
/// Bytes of a slot for one block.
size_t slot_bytes(const Slot& slot);

/// Reads the code of one sample into `words`, sign-extended.
void load_words(const Slot& slot, const std::byte* arena, int64_t sample, std::span<uint64_t> words);
/// Writes the low words of a code that fits the slot.
void store_words(const Slot& slot, std::byte* arena, int64_t sample, std::span<const uint64_t> words);
/// words · 2^amount, modulo the size of `words`.
void shift_left(std::span<uint64_t> words, int64_t amount);
/// floor(words · 2^-amount).
void shift_right(std::span<uint64_t> words, int64_t amount);

/// The entries that a table operation reaches, by the code of its operand, in words of two's complement.
struct LookUp {
    std::vector<uint64_t> first;    ///< the code of the first entry
    std::vector<uint64_t> entries;  ///< `words` each
    size_t words = 1;
};

/// One operation in this form: operands are shifted (left if positive), combined, and the result is shifted
/// right; a slice then keeps `bits` bits.
struct WideStep {
    Kind kind = Kind::add;
    Slot r, a, b, c;
    int64_t shift_a = 0;
    int64_t shift_b = 0;
    int64_t shift_c = 0;
    int64_t right = 0;
    int64_t bits = 0;
    bool is_signed = false;
    size_t words = 1;                 ///< that hold every intermediate value
    const LookUp* entries = nullptr;  ///< table

    /// `scratch` holds at least 3 · words.
    void run(std::byte* arena, std::span<uint64_t> scratch) const;
};

}  // namespace dal::circuit
