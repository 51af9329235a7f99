#include "dal/circuit/evaluate/wide.hpp"

#include <algorithm>
#include <array>

#include "dal/support/check.hpp"

namespace dal::circuit {
namespace {

__extension__ typedef __int128 Int128;
__extension__ typedef unsigned __int128 Word128;

bool is_negative(std::span<const uint64_t> words) { return (words.back() >> 63) != 0; }

void shift_by(std::span<uint64_t> words, int64_t amount) {
    if (amount >= 0)
        shift_left(words, amount);
    else
        shift_right(words, -amount);
}

void add_to(std::span<uint64_t> x, std::span<const uint64_t> y) {
    unsigned char carry = 0;
    for (size_t j = 0; j < x.size(); ++j) {
        const uint64_t sum = x[j] + y[j];
        const uint64_t with_carry = sum + carry;
        carry = static_cast<unsigned char>(sum < y[j] || with_carry < sum);
        x[j] = with_carry;
    }
}

void subtract_from(std::span<uint64_t> x, std::span<const uint64_t> y) {
    unsigned char borrow = 0;
    for (size_t j = 0; j < x.size(); ++j) {
        const uint64_t difference = x[j] - y[j];
        const bool borrows = x[j] < y[j] || difference < borrow;
        x[j] = difference - borrow;
        borrow = static_cast<unsigned char>(borrows);
    }
}

/// r = x·y modulo the size of `r`; all are as long.
void multiply(std::span<uint64_t> r, std::span<const uint64_t> x, std::span<const uint64_t> y) {
    std::fill(r.begin(), r.end(), 0);
    for (size_t j = 0; j < r.size(); ++j) {
        Word128 carry = 0;
        for (size_t k = 0; j + k < r.size(); ++k) {
            carry += Word128{x[j]} * y[k] + r[j + k];
            r[j + k] = static_cast<uint64_t>(carry);
            carry >>= 64;
        }
    }
}

/// Keeps the low `bits` ≥ 1 bits and extends them.
void keep_bits(std::span<uint64_t> words, int64_t bits, bool is_signed) {
    const auto total = static_cast<int64_t>(words.size()) * 64;
    if (bits >= total) return;
    const auto top = static_cast<size_t>((bits - 1) / 64);
    const int above = static_cast<int>(63 - (bits - 1) % 64);
    words[top] = is_signed ? static_cast<uint64_t>(static_cast<int64_t>(words[top] << above) >> above)
                           : words[top] << above >> above;
    const uint64_t fill = is_signed && (words[top] >> 63) != 0 ? ~uint64_t{0} : 0;
    std::fill(words.begin() + static_cast<std::ptrdiff_t>(top) + 1, words.end(), fill);
}

template <class T>
T* lanes(std::byte* arena, const Slot& slot) {
    return reinterpret_cast<T*>(arena + slot.offset);
}
template <class T>
const T* lanes(const std::byte* arena, const Slot& slot) {
    return reinterpret_cast<const T*>(arena + slot.offset);
}

// Most wide values need two words: a block of them at a time, in the machine's 128-bit integers.
using Block = std::array<Int128, block_size>;

template <class T>
void widen(const Slot& slot, const std::byte* arena, Block& out) {
    const T* from = lanes<T>(arena, slot);
    for (size_t j = 0; j < out.size(); ++j) out[j] = from[j];
}

void load_block(const Slot& slot, const std::byte* arena, int64_t shift, Block& out) {
    switch (slot.lane) {
        case Lane::i16: widen<int16_t>(slot, arena, out); break;
        case Lane::i32: widen<int32_t>(slot, arena, out); break;
        case Lane::i64: widen<int64_t>(slot, arena, out); break;
        case Lane::wide: {
            const auto* from = lanes<uint64_t>(arena, slot);
            for (Int128& value : out) {
                value = static_cast<Int128>(Word128{from[1]} << 64 | from[0]);
                from += slot.words;
            }
            break;
        }
    }
    if (shift > 0)
        for (Int128& value : out) value = static_cast<Int128>(static_cast<Word128>(value) << shift);
    if (shift < 0)
        for (Int128& value : out) value >>= std::min<int64_t>(-shift, 127);
}

template <class T>
void narrow(const Slot& slot, std::byte* arena, const Block& in) {
    T* to = lanes<T>(arena, slot);
    for (size_t j = 0; j < in.size(); ++j) to[j] = static_cast<T>(in[j]);
}

void store_block(const Slot& slot, std::byte* arena, const Block& in) {
    switch (slot.lane) {
        case Lane::i16: return narrow<int16_t>(slot, arena, in);
        case Lane::i32: return narrow<int32_t>(slot, arena, in);
        case Lane::i64: return narrow<int64_t>(slot, arena, in);
        case Lane::wide: {
            auto* to = lanes<uint64_t>(arena, slot);
            for (const Int128 value : in) {
                to[0] = static_cast<uint64_t>(value);
                to[1] = static_cast<uint64_t>(value >> 64);
                to += slot.words;
            }
            return;
        }
    }
}

Word128 unsigned_of(Int128 value) { return static_cast<Word128>(value); }

void run_in_128_bits(const WideStep& step, std::byte* arena) {
    Block x;
    Block y;
    load_block(step.a, arena, step.shift_a, x);
    if (operand_count(step.kind) > 1) load_block(step.b, arena, step.shift_b, y);
    const auto combine = [&](auto&& apply) {
        for (size_t j = 0; j < x.size(); ++j) x[j] = static_cast<Int128>(apply(unsigned_of(x[j]), unsigned_of(y[j])));
    };
    switch (step.kind) {
        case Kind::add: combine([](Word128 a, Word128 b) { return a + b; }); break;
        case Kind::sub: combine([](Word128 a, Word128 b) { return a - b; }); break;
        case Kind::mul: combine([](Word128 a, Word128 b) { return a * b; }); break;
        case Kind::bit_and: combine([](Word128 a, Word128 b) { return a & b; }); break;
        case Kind::bit_or: combine([](Word128 a, Word128 b) { return a | b; }); break;
        case Kind::bit_xor: combine([](Word128 a, Word128 b) { return a ^ b; }); break;
        case Kind::mux: {
            Block z;
            load_block(step.c, arena, step.shift_c, z);
            for (size_t j = 0; j < x.size(); ++j) x[j] = x[j] != 0 ? y[j] : z[j];
            break;
        }
        case Kind::any:
            for (Int128& value : x) value = value != 0 ? 1 : 0;
            break;
        case Kind::less:
            for (size_t j = 0; j < x.size(); ++j) x[j] = x[j] < y[j] ? 1 : 0;
            break;
        case Kind::slice: {
            const int above = static_cast<int>(128 - std::min<int64_t>(step.bits, 128));
            for (Int128& value : x) {
                const Word128 top = unsigned_of(value) << above;
                value = step.is_signed ? static_cast<Int128>(top) >> above : static_cast<Int128>(top >> above);
            }
            break;
        }
        case Kind::input:
        case Kind::constant:
        case Kind::shift:
        case Kind::table:
        case Kind::bit_not: internal_error("kind", __FILE__, __LINE__, "has no 128-bit form");
    }
    if (step.right > 0)
        for (Int128& value : x) value >>= std::min<int64_t>(step.right, 127);
    store_block(step.r, arena, x);
}

}  // namespace

size_t slot_bytes(const Slot& slot) {
    switch (slot.lane) {
        case Lane::i16: return 2 * block_size;
        case Lane::i32: return 4 * block_size;
        case Lane::i64: return 8 * block_size;
        case Lane::wide: return 8 * block_size * static_cast<size_t>(slot.words);
    }
    internal_error("lane", __FILE__, __LINE__, "no such lane");
}

void load_words(const Slot& slot, const std::byte* arena, int64_t sample, std::span<uint64_t> words) {
    size_t count = 1;
    switch (slot.lane) {
        case Lane::i16: words[0] = static_cast<uint64_t>(int64_t{lanes<int16_t>(arena, slot)[sample]}); break;
        case Lane::i32: words[0] = static_cast<uint64_t>(int64_t{lanes<int32_t>(arena, slot)[sample]}); break;
        case Lane::i64: words[0] = static_cast<uint64_t>(lanes<int64_t>(arena, slot)[sample]); break;
        case Lane::wide: {
            count = std::min(words.size(), static_cast<size_t>(slot.words));
            const uint64_t* from = lanes<uint64_t>(arena, slot) + sample * slot.words;
            std::copy(from, from + count, words.begin());
            break;
        }
    }
    const uint64_t fill = is_negative(words.first(count)) ? ~uint64_t{0} : 0;
    std::fill(words.begin() + static_cast<std::ptrdiff_t>(count), words.end(), fill);
}

void store_words(const Slot& slot, std::byte* arena, int64_t sample, std::span<const uint64_t> words) {
    switch (slot.lane) {
        case Lane::i16: lanes<int16_t>(arena, slot)[sample] = static_cast<int16_t>(words[0]); return;
        case Lane::i32: lanes<int32_t>(arena, slot)[sample] = static_cast<int32_t>(words[0]); return;
        case Lane::i64: lanes<int64_t>(arena, slot)[sample] = static_cast<int64_t>(words[0]); return;
        case Lane::wide: {
            const uint64_t fill = is_negative(words) ? ~uint64_t{0} : 0;
            uint64_t* to = lanes<uint64_t>(arena, slot) + sample * slot.words;
            for (size_t j = 0; j < static_cast<size_t>(slot.words); ++j) to[j] = j < words.size() ? words[j] : fill;
            return;
        }
    }
}

void shift_left(std::span<uint64_t> words, int64_t amount) {
    if (amount == 0) return;
    const auto by_words = static_cast<size_t>(amount / 64);
    const int by_bits = static_cast<int>(amount % 64);
    for (size_t j = words.size(); j-- > 0;) {
        const uint64_t low = j >= by_words ? words[j - by_words] : 0;
        const uint64_t lower = j > by_words ? words[j - by_words - 1] : 0;
        words[j] = by_bits == 0 ? low : (low << by_bits) | (lower >> (64 - by_bits));
    }
}

void shift_right(std::span<uint64_t> words, int64_t amount) {
    if (amount == 0) return;
    const uint64_t fill = is_negative(words) ? ~uint64_t{0} : 0;
    const auto by_words = static_cast<size_t>(amount / 64);
    const int by_bits = static_cast<int>(amount % 64);
    for (size_t j = 0; j < words.size(); ++j) {
        const uint64_t high = j + by_words < words.size() ? words[j + by_words] : fill;
        const uint64_t higher = j + by_words + 1 < words.size() ? words[j + by_words + 1] : fill;
        words[j] = by_bits == 0 ? high : (high >> by_bits) | (higher << (64 - by_bits));
    }
}

void WideStep::run(std::byte* arena, std::span<uint64_t> scratch) const {
    if (words <= 2 && kind != Kind::table) return run_in_128_bits(*this, arena);
    const std::span<uint64_t> x = scratch.subspan(0, words);
    const std::span<uint64_t> y = scratch.subspan(words, words);
    const std::span<uint64_t> z = scratch.subspan(2 * words, words);
    const int count = operand_count(kind);
    for (int64_t sample = 0; sample < block_size; ++sample) {
        load_words(a, arena, sample, x);
        shift_by(x, shift_a);
        if (count > 1) {
            load_words(b, arena, sample, y);
            shift_by(y, shift_b);
        }
        std::span<uint64_t> result = x;
        switch (kind) {
            case Kind::add: add_to(x, y); break;
            case Kind::sub: subtract_from(x, y); break;
            case Kind::bit_and:
                for (size_t j = 0; j < words; ++j) x[j] &= y[j];
                break;
            case Kind::bit_or:
                for (size_t j = 0; j < words; ++j) x[j] |= y[j];
                break;
            case Kind::bit_xor:
                for (size_t j = 0; j < words; ++j) x[j] ^= y[j];
                break;
            case Kind::slice: break;  // below
            case Kind::mul:
                multiply(z, x, y);
                result = z;
                break;
            case Kind::table: {
                std::fill(y.begin(), y.end(), is_negative(entries->first) ? ~uint64_t{0} : 0);
                std::copy(entries->first.begin(), entries->first.end(), y.begin());
                subtract_from(x, y);
                const size_t count_of_entries = entries->entries.size() / entries->words;
                const bool inside = x[0] < count_of_entries &&
                                    std::all_of(x.begin() + 1, x.end(), [](uint64_t word) { return word == 0; });
                const size_t at = (inside ? x[0] : 0) * entries->words;
                store_words(r, arena, sample, std::span(entries->entries).subspan(at, entries->words));
                continue;
            }
            case Kind::mux: {
                const bool chosen = std::any_of(x.begin(), x.end(), [](uint64_t word) { return word != 0; });
                load_words(c, arena, sample, z);
                shift_by(z, shift_c);
                result = chosen ? y : z;
                break;
            }
            case Kind::any: {
                const bool nonzero = std::any_of(x.begin(), x.end(), [](uint64_t word) { return word != 0; });
                std::fill(x.begin(), x.end(), 0);
                x[0] = nonzero ? 1 : 0;
                break;
            }
            case Kind::less: {
                subtract_from(x, y);
                const bool below = is_negative(x);
                std::fill(x.begin(), x.end(), 0);
                x[0] = below ? 1 : 0;
                break;
            }
            case Kind::input:
            case Kind::constant:
            case Kind::shift:
            case Kind::bit_not: internal_error("kind", __FILE__, __LINE__, "never needs wide arithmetic");
        }
        shift_right(result, right);
        if (kind == Kind::slice) keep_bits(result, bits, is_signed);
        store_words(r, arena, sample, result);
    }
}

}  // namespace dal::circuit
