// Counts how often a new value meets other terms: an open-addressing hash table that is emptied in constant time.
// Internal to cmvm.
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "dal/support/hash.hpp"

namespace dal::cmvm {

class PairTable {
  public:
    /// Empties the table and makes room for `keys` different keys.
    void reset(size_t keys) {
        touched_.clear();
        ++stamp_;
        // Only as much of the table as this round needs, so that small rounds stay in the cache.
        const size_t wanted = std::bit_ceil(2 * keys + 2);
        mask_ = wanted - 1;
        shift_ = 64 - std::bit_width(mask_);
        if (wanted <= slots_.size()) return;
        slots_.assign(wanted, {});
        stamp_ = 1;
    }
    /// Counts one more of `key`.
    void add(uint64_t key) {
        for (size_t i = home(key);; i = (i + 1) & mask_) {
            Slot& slot = slots_[i];
            if (slot.stamp != stamp_) {
                slot = {key, 1, stamp_};
                touched_.push_back(static_cast<uint32_t>(i));
                return;
            }
            if (slot.key == key) {
                ++slot.count;
                return;
            }
        }
    }
    /// The same, for a key that is of no interest if it is new.
    void add_if_present(uint64_t key) {
        for (size_t i = home(key); slots_[i].stamp == stamp_; i = (i + 1) & mask_) {
            if (slots_[i].key == key) {
                ++slots_[i].count;
                return;
            }
        }
    }
    /// Calls visit(key, count) in the order in which the keys came.
    template <class Visit>
    void for_each(Visit visit) const {
        for (const uint32_t i : touched_) visit(slots_[i].key, slots_[i].count);
    }

  private:
    struct Slot {
        uint64_t key = 0;
        uint32_t count = 0;
        uint32_t stamp = 0;
    };
    [[nodiscard]] size_t home(uint64_t key) const { return spread(key) >> shift_; }

    std::vector<Slot> slots_;
    std::vector<uint32_t> touched_;
    uint32_t stamp_ = 0;
    size_t mask_ = 0;
    int shift_ = 0;
};

}  // namespace dal::cmvm
