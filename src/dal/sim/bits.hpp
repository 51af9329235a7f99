// Rows of bits in 32-bit words, least significant first: the form in which codes go to a simulation and come
// back. Private to this layer.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

namespace dal::sim {

/// Writes the low `width` bits of a two's-complement number of `limbs` words (sign-extended without end) to
/// bits [offset, offset + width) of a row whose bits there are 0.
inline void put_bits(uint32_t* row, int64_t offset, int width, const uint64_t* words, int limbs) {
    const uint64_t sign = words[limbs - 1] >> 63 != 0 ? ~uint64_t{0} : 0;
    for (int done = 0; done < width;) {
        const int64_t at = offset + done;
        const int room = 32 - static_cast<int>(at % 32);
        const int count = std::min({room, width - done, 32 - done % 32});
        const uint64_t word = done / 64 < limbs ? words[done / 64] : sign;
        const auto bits = static_cast<uint32_t>(word >> (done % 64) & ((uint64_t{1} << count) - 1));
        row[at / 32] |= bits << (at % 32);
        done += count;
    }
}

/// The other way: `limbs` words, extended by the sign or by zeros.
inline void get_bits(const uint32_t* row, int64_t offset, int width, bool is_signed, uint64_t* words, int limbs) {
    const int64_t last = offset + width - 1;
    const bool negative = is_signed && (row[last / 32] >> (last % 32) & 1) != 0;
    for (int limb = 0; limb < limbs; ++limb) words[limb] = negative ? ~uint64_t{0} : 0;
    for (int done = 0; done < width;) {
        const int64_t at = offset + done;
        const int room = 32 - static_cast<int>(at % 32);
        const int count = std::min({room, width - done, 32 - done % 32});
        const uint64_t mask = ((uint64_t{1} << count) - 1) << (done % 64);
        const uint64_t bits = static_cast<uint64_t>(row[at / 32] >> (at % 32)) << (done % 64);
        words[done / 64] = (words[done / 64] & ~mask) | (bits & mask);
        done += count;
    }
}

}  // namespace dal::sim
