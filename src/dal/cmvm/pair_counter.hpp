// How often each pair of terms occurs in all sums together: an open-addressing hash table in which keys come and go.
// Internal to cmvm.
#pragma once

#include <bit>
#include <cstdint>
#include <utility>
#include <vector>

namespace dal::cmvm {

/// Keys must not be 0.
class PairCounter {
  public:
    PairCounter() { resize(64); }

    /// Adds one; the new count.
    uint32_t add(uint64_t key) {
        for (size_t i = home(key);; i = (i + 1) & mask_) {
            Slot& slot = slots_[i];
            if (slot.key == key) return ++slot.count;
            if (slot.key != 0) continue;
            slot = {key, 1};
            if (2 * ++used_ > slots_.size()) resize(2 * slots_.size());
            return 1;
        }
    }
    /// Takes one away from a key that was added.
    void remove(uint64_t key) {
        size_t i = home(key);
        while (slots_[i].key != key) i = (i + 1) & mask_;
        if (--slots_[i].count == 0) erase(i);
    }
    [[nodiscard]] uint32_t count(uint64_t key) const {
        for (size_t i = home(key); slots_[i].key != 0; i = (i + 1) & mask_) {
            if (slots_[i].key == key) return slots_[i].count;
        }
        return 0;
    }
    template <class Visit>
    void for_each(Visit visit) const {
        for (const Slot& slot : slots_) {
            if (slot.key != 0) visit(slot.key, slot.count);
        }
    }

  private:
    struct Slot {
        uint64_t key = 0;
        uint32_t count = 0;
    };
    [[nodiscard]] size_t home(uint64_t key) const { return key * 0x9E3779B97F4A7C15U >> shift_; }

    /// Moves later keys of the same run into the gap, so that every key is found without passing an empty slot.
    void erase(size_t gap) {
        for (size_t i = (gap + 1) & mask_; slots_[i].key != 0; i = (i + 1) & mask_) {
            const size_t wanted = home(slots_[i].key);
            if (((i - wanted) & mask_) < ((i - gap) & mask_)) continue;
            slots_[gap] = slots_[i];
            gap = i;
        }
        slots_[gap] = {};
        --used_;
    }

    void resize(size_t size) {
        std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(size));
        mask_ = size - 1;
        shift_ = 64 - std::bit_width(mask_);
        for (const Slot& slot : old) {
            if (slot.key == 0) continue;
            size_t i = home(slot.key);
            while (slots_[i].key != 0) i = (i + 1) & mask_;
            slots_[i] = slot;
        }
    }

    std::vector<Slot> slots_;
    size_t mask_ = 0;
    int shift_ = 0;
    size_t used_ = 0;
};

}  // namespace dal::cmvm
