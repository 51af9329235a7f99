// Mixing of bits: for tables of hashes, and for random numbers that are the same on every platform. Not for secrets,
// and not for a file's name (cmvm/cache_files.cpp has FNV-1a, which is written down there).
#pragma once

#include <cstdint>

namespace dal {

/// 2^64 divided by the golden ratio, which is odd: its multiples are spread evenly.
inline constexpr uint64_t golden_ratio = 0x9E3779B97F4A7C15U;

/// Fibonacci hashing (Knuth, volume 3, 6.4): the upper bits of the result are a position in a table.
constexpr uint64_t spread(uint64_t key) noexcept { return key * golden_ratio; }

/// The hash of a sequence to which `value` is added.
constexpr uint64_t add_to_hash(uint64_t hash, uint64_t value) noexcept { return spread(hash ^ value) + (hash >> 29); }

/// Every bit of the result depends on every bit of x: the last step of SplitMix64.
constexpr uint64_t mix_bits(uint64_t x) noexcept {
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9U;
    x = (x ^ x >> 27) * 0x94D049BB133111EBU;
    return x ^ x >> 31;
}

/// SplitMix64 (Steele, Lea and Flood: Fast splittable pseudorandom number generators, 2014): a sequence of random
/// numbers for every start.
class SplitMix {
  public:
    constexpr explicit SplitMix(uint64_t start) noexcept : state_(start) {}
    constexpr uint64_t next() noexcept { return mix_bits(state_ += golden_ratio); }

  private:
    uint64_t state_;
};

}  // namespace dal
