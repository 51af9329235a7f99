// Ranges of bit operations, exact for independent operands. The smallest and the largest result are found from the
// highest bit down: among all pairs of operands whose result agrees with the best one so far, it only matters whether
// each operand still follows one of its ends; that makes at most 16 states.
#include <algorithm>
#include <array>

#include "dal/numeric/interval.hpp"
#include "dal/support/check.hpp"

namespace dal {
namespace {

/// Longer results are only bounded by their width: the walk over the bits would take too long, and nothing computes
/// with such values.
constexpr int64_t longest_walk = 1 << 12;

enum class Function : uint8_t { bit_and, bit_or, bit_xor };

bool apply(Function function, bool a, bool b) {
    switch (function) {
        case Function::bit_and: return a && b;
        case Function::bit_or: return a || b;
        case Function::bit_xor: return a != b;
    }
    internal_error("function", __FILE__, __LINE__, "no such bit function");
}

/// The integers in [lo, hi] that are multiples of 2^zeros.
struct Codes {
    Int lo;
    Int hi;
    int64_t zeros;
};

/// The least (or greatest) result over both sets, all in two's complement of `bits` bits.
Int extreme(Function function, const Codes& a, const Codes& b, int64_t bits, bool greatest) {
    // A state says of each operand whether its bits so far are those of its lo, and of its hi.
    constexpr unsigned a_lo = 1;
    constexpr unsigned a_hi = 2;
    constexpr unsigned b_lo = 4;
    constexpr unsigned b_hi = 8;
    // The states after bit `bit` of one operand; nothing (16) if it leaves the operand's range.
    const auto follow = [](unsigned state, unsigned lo, unsigned hi, bool bit, bool lo_bit, bool hi_bit,
                           bool is_sign) -> std::optional<unsigned> {
        // A set sign bit makes a number smaller, any other one greater.
        const bool up = bit != is_sign;
        const bool lo_up = lo_bit != is_sign;
        const bool hi_up = hi_bit != is_sign;
        if ((state & lo) != 0 && up < lo_up) return std::nullopt;
        if ((state & hi) != 0 && up > hi_up) return std::nullopt;
        if (up != lo_up) state &= ~lo;
        if (up != hi_up) state &= ~hi;
        return state;
    };
    std::array<bool, 16> states{};
    states[a_lo | a_hi | b_lo | b_hi] = true;
    Int result;
    for (int64_t at = bits; at-- > 0;) {
        const bool is_sign = at + 1 == bits;
        const bool a_lo_bit = a.lo.bit(at);
        const bool a_hi_bit = a.hi.bit(at);
        const bool b_lo_bit = b.lo.bit(at);
        const bool b_hi_bit = b.hi.bit(at);
        std::array<std::array<bool, 16>, 2> next{};  // by the bit of the result
        for (unsigned state = 0; state < 16; ++state) {
            if (!states[state]) continue;
            for (const bool a_bit : {false, true}) {
                if (a_bit && at < a.zeros) continue;
                const auto with_a = follow(state, a_lo, a_hi, a_bit, a_lo_bit, a_hi_bit, is_sign);
                if (!with_a) continue;
                for (const bool b_bit : {false, true}) {
                    if (b_bit && at < b.zeros) continue;
                    if (const auto both = follow(*with_a, b_lo, b_hi, b_bit, b_lo_bit, b_hi_bit, is_sign))
                        next[apply(function, a_bit, b_bit) ? 1 : 0][*both] = true;
                }
            }
        }
        const auto possible = [&](bool bit) {
            const auto& set = next[bit ? 1 : 0];
            return std::find(set.begin(), set.end(), true) != set.end();
        };
        bool bit = greatest != is_sign;
        if (!possible(bit)) bit = !bit;
        states = next[bit ? 1 : 0];
        if (bit) result += is_sign ? -Int::pow2(at) : Int::pow2(at);
    }
    return result;
}

/// Can bit `at` be set in an integer of [lo, hi]?
bool can_be_set(const Int& lo, const Int& hi, int64_t at) {
    if (lo.bit(at)) return true;
    return ((lo >> at) + 1) << at <= hi;  // the next one that has it
}

Codes codes(const Interval& a, int f) {
    return {a.lo_at(f), a.hi_at(f), a.is_zero() ? 0 : static_cast<int64_t>(f) - a.f()};
}

/// Both operands on the binary point f, of which neither is 0.
Interval walk(Function function, const Interval& a, const Interval& b, int f) {
    const Codes of_a = codes(a, f);
    const Codes of_b = codes(b, f);
    int64_t bits = 0;
    for (const Int* end : {&of_a.lo, &of_a.hi, &of_b.lo, &of_b.hi}) bits = std::max(bits, end->bit_length());
    ++bits;  // a sign
    const bool negative = of_a.lo.is_negative() || of_b.lo.is_negative();
    if (bits > longest_walk) return {negative ? -Int::pow2(bits - 1) : Int(0), Int::pow2(bits - 1) - 1, f};
    return {extreme(function, of_a, of_b, bits, false), extreme(function, of_a, of_b, bits, true), f};
}

}  // namespace

Interval bit_and(const Interval& a, const Interval& b) {
    if (a.is_zero() || b.is_zero()) return {};
    // Bits below the coarser grid are 0 in the result, and what is above is what rounding down leaves.
    const int f = std::min(a.f(), b.f());
    const auto cut = [f](const Interval& x) { return Interval(x.lo() >> (x.f() - f), x.hi() >> (x.f() - f), f); };
    const Interval x = cut(a);
    const Interval y = cut(b);
    if (x.is_zero() || y.is_zero()) return {};
    if (x.f() != y.f()) return bit_and(x, y);  // a constant that has become coarser: at most one more time for each
    const Interval result = walk(Function::bit_and, x, y, x.f());
    if (result.is_constant()) return result;
    int64_t grid = 0;  // the lowest bit that both can have
    while (!can_be_set(x.lo(), x.hi(), grid) || !can_be_set(y.lo(), y.hi(), grid)) {
        if (grid > longest_walk) return result;
        ++grid;
    }
    return {result.lo() >> grid, result.hi() >> grid, result.f() - static_cast<int>(grid)};
}

Interval bit_or(const Interval& a, const Interval& b) {
    if (a.is_zero()) return b;
    if (b.is_zero()) return a;
    return walk(Function::bit_or, a, b, std::max(a.f(), b.f()));
}

Interval bit_xor(const Interval& a, const Interval& b) {
    if (a.is_zero()) return b;
    if (b.is_zero()) return a;
    return walk(Function::bit_xor, a, b, std::max(a.f(), b.f()));
}

}  // namespace dal
