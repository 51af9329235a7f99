// How often each pair of terms occurs in all sums together, or a little more: pairs that share a slot by chance are
// counted together, and whoever uses a count must look at the places. Without keys and probing an update is one access
// to memory and no branch. Internal to cmvm.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "dal/support/hash.hpp"

namespace dal::cmvm {

/// A slot is the number of its pairs plus 128 times the sum of their tags, modulo 2^16: two pairs that are different
/// are seen as such. A number of 128 is seen as 0, a candidate that is missed for once.
class PairCounter {
  public:
    /// With room for so many different pairs at a time, most of them without neighbours.
    explicit PairCounter(size_t pairs = 0) {
        const size_t size = std::bit_ceil(std::clamp(slots_per_pair * pairs, smallest, largest));
        slots_.assign(size, 0);
        shift_ = 64 - std::bit_width(size - 1);
    }

    /// For loops, where members of the counter would be loaded again each time.
    class Slots {
      public:
        /// Whether the pair may have come to occur more than once.
        bool add(uint64_t pair) {
            const uint64_t hash = spread(pair);
            const uint16_t unit = unit_of(hash);
            const auto slot = static_cast<uint16_t>(slots_[hash >> shift_] + unit);
            slots_[hash >> shift_] = slot;
            return repeated(slot, unit);
        }
        /// Takes one away from a pair that was added.
        void remove(uint64_t pair) {
            const uint64_t hash = spread(pair);
            slots_[hash >> shift_] = static_cast<uint16_t>(slots_[hash >> shift_] - unit_of(hash));
        }

      private:
        friend class PairCounter;
        Slots(uint16_t* slots, int shift) : slots_(slots), shift_(shift) {}
        uint16_t* slots_;
        int shift_;
    };
    [[nodiscard]] Slots slots() { return {slots_.data(), shift_}; }
    [[nodiscard]] uint32_t count(uint64_t pair) const {
        const uint64_t hash = spread(pair);
        const uint16_t slot = slots_[hash >> shift_];
        return repeated(slot, unit_of(hash)) ? slot & 127U : 1;
    }

  private:
    static constexpr size_t slots_per_pair = 4;
    static constexpr size_t smallest = size_t{1} << 12;
    static constexpr size_t largest = size_t{1} << 25;

    static uint16_t unit_of(uint64_t hash) { return static_cast<uint16_t>((hash >> 13 & 0xFF80) | 1); }
    static bool repeated(uint16_t slot, uint16_t unit) {
        return ((slot & 127) > 2) | (slot == static_cast<uint16_t>(2 * unit));
    }

    std::vector<uint16_t> slots_;
    int shift_ = 0;
};

}  // namespace dal::cmvm
