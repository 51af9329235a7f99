// Numbers modulo the prime 2^61 - 1 that stand for linear forms: sums, signs and shifts of forms are those of their
// numbers, and different forms have different numbers but for an accident of one in 2^61. Whoever relies on it must
// be checked in the end, as all solutions are. Internal to cmvm.
#pragma once

#include <cstdint>

#include "dal/support/hash.hpp"

namespace dal::cmvm {

class ValueHash {
  public:
    constexpr ValueHash() = default;
    /// Of an input that is like no other.
    static constexpr ValueHash of_input(uint32_t input) {
        return ValueHash(mix_bits(spread(uint64_t{input} + 1)) % prime);
    }
    [[nodiscard]] constexpr ValueHash shifted(int shift) const {
        const int by = shift % 61;
        return by == 0 ? *this : ValueHash((number_ << by & prime) | number_ >> (61 - by));
    }
    [[nodiscard]] constexpr ValueHash negated(bool negative) const {
        return ValueHash(negative && number_ != 0 ? prime - number_ : number_);
    }
    friend constexpr ValueHash operator+(ValueHash a, ValueHash b) {
        const uint64_t sum = a.number_ + b.number_;
        return ValueHash(sum >= prime ? sum - prime : sum);
    }
    /// The same for a form and its negative.
    [[nodiscard]] constexpr uint64_t magnitude() const { return number_ < prime - number_ ? number_ : prime - number_; }
    friend constexpr bool operator==(ValueHash, ValueHash) = default;

  private:
    static constexpr uint64_t prime = (uint64_t{1} << 61) - 1;
    explicit constexpr ValueHash(uint64_t number) : number_(number) {}
    uint64_t number_ = 0;
};

}  // namespace dal::cmvm
