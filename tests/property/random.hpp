// A generator of random numbers whose sequence is the same on every platform and compiler (the standard
// library's distributions are not). For tests: a seed names a case for ever.
#pragma once

#include <cstdint>
#include <span>

#include "dal/support/hash.hpp"
#include "dal/support/int.hpp"

namespace dal::property {

class Random {
  public:
    explicit Random(uint64_t seed) : bits_(seed) {}
    uint64_t bits() { return bits_.next(); }
    /// Uniform enough for tests in [lo, hi].
    int64_t between(int64_t lo, int64_t hi) {
        return lo + static_cast<int64_t>(bits() % static_cast<uint64_t>(hi - lo + 1));
    }
    /// True `percent` times in a hundred.
    bool chance(int percent) { return between(0, 99) < percent; }
    /// In [lo, hi]; any size.
    Int between(const Int& lo, const Int& hi) {
        const Int span = hi - lo + 1;
        Int value;
        for (int64_t have = 0; have < span.bit_length() + 8; have += 32)
            value = (value << 32) + Int(static_cast<int64_t>(bits() >> 32));
        return lo + Int::floor_mod(value, span);
    }
    template <class T>
    const T& of(std::span<const T> choices) {
        return choices[static_cast<size_t>(between(0, static_cast<int64_t>(choices.size()) - 1))];
    }

  private:
    SplitMix bits_;
};

}  // namespace dal::property
