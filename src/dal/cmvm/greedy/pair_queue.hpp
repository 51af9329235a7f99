// Candidate pairs by score, highest first: buckets of linked chunks, so that every operation takes constant time.
// Scores of pairs that wait may be too high; whoever takes one counts again. Internal to cmvm.
#pragma once

#include <algorithm>
#include <array>
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
        Pair pair;
        size_t score;
    };

    void push(const Pair& pair, size_t score) {
        score = std::min(score, kBuckets - 1);
        if (score >= heads_.size()) heads_.resize(std::max(score + 1, 2 * heads_.size()), kNone);
        top_ = std::max(top_, score);
        uint32_t& head = heads_[score];
        if (head == kNone || chunks_[head].count == Chunk::kSize) {
            const uint32_t fresh = new_chunk();
            chunks_[fresh].next = head;
            head = fresh;
        }
        Chunk& chunk = chunks_[head];
        chunk.pairs[chunk.count++] = pair;
    }
    /// Takes a pair of the highest score: the one that came last.
    std::optional<Entry> pop() {
        while (top_ > 0 && heads_[top_] == kNone) --top_;
        if (top_ == 0) return std::nullopt;
        uint32_t& head = heads_[top_];
        Chunk& chunk = chunks_[head];
        if (chunk.count == Chunk::kSize && chunk.next != kNone) __builtin_prefetch(&chunks_[chunk.next]);
        const Entry entry{chunk.pairs[--chunk.count], top_};
        if (chunk.count == 0) {
            free_.push_back(head);
            head = chunk.next;
        }
        return entry;
    }

  private:
    static constexpr uint32_t kNone = ~0U;
    /// Higher scores share the last bucket, which bounds the memory.
    static constexpr size_t kBuckets = size_t{1} << 20;

    /// Several pairs of one bucket side by side: taking them one after the other must not wait for the memory.
    struct Chunk {
        static constexpr uint32_t kSize = 15;
        std::array<Pair, kSize> pairs;
        uint32_t next;
        uint32_t count;
    };
    uint32_t new_chunk() {
        if (free_.empty()) {
            chunks_.emplace_back().count = 0;
            return static_cast<uint32_t>(chunks_.size() - 1);
        }
        const uint32_t chunk = free_.back();
        free_.pop_back();
        return chunk;
    }

    std::vector<Chunk> chunks_;
    std::vector<uint32_t> free_;
    std::vector<uint32_t> heads_{kNone};
    size_t top_ = 0;
};

}  // namespace dal::cmvm
