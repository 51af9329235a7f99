// Candidate pairs by score, highest first: buckets of linked lists, so that every operation takes constant time.
// Scores of pairs that wait may be too high; whoever takes one counts again. Internal to cmvm.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

namespace dal::cmvm {

/// first ± second·2^shift; first ≤ second, and shift > 0 if they are the same value. A negative shift means
/// first·2^-shift ± second.
struct Pair {
    uint32_t first = 0;
    uint32_t second = 0;
    int shift = 0;
    bool subtract = false;
};

class PairQueue {
  public:
    struct Entry {
        uint32_t slot;
        size_t score;
    };

    void push(const Pair& pair, size_t score) {
        pool_.push_back({pair, kNone});
        link(static_cast<uint32_t>(pool_.size() - 1), score);
    }
    /// Puts back an entry that was taken.
    void push_again(uint32_t slot, size_t score) { link(slot, score); }
    /// Takes a pair of the highest score: the one that came last.
    std::optional<Entry> pop() {
        while (top_ > 0 && heads_[top_] == kNone) --top_;
        if (top_ == 0) return std::nullopt;
        const uint32_t slot = heads_[top_];
        heads_[top_] = pool_[slot].next;
        return Entry{slot, top_};
    }
    [[nodiscard]] const Pair& operator[](uint32_t slot) const { return pool_[slot].pair; }

  private:
    static constexpr uint32_t kNone = ~0U;
    /// Higher scores share the last bucket, which bounds the memory.
    static constexpr size_t kBuckets = size_t{1} << 20;

    struct Link {
        Pair pair;
        uint32_t next;
    };
    void link(uint32_t slot, size_t score) {
        score = std::min(score, kBuckets - 1);
        if (score >= heads_.size()) heads_.resize(std::max(score + 1, 2 * heads_.size()), kNone);
        pool_[slot].next = heads_[score];
        heads_[score] = slot;
        top_ = std::max(top_, score);
    }

    std::vector<Link> pool_;
    std::vector<uint32_t> heads_{kNone};
    size_t top_ = 0;
};

}  // namespace dal::cmvm
