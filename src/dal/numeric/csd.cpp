#include "dal/numeric/csd.hpp"

namespace dal {

std::vector<CsdDigit> csd_digits(const Int& value) {
    const Int magnitude = abs(value);
    const Int half = magnitude >> 1;
    const Int sum = magnitude + half;
    const auto words = static_cast<size_t>(sum.bit_length() / 64 + 1);
    std::vector<uint64_t> half_words(words);
    std::vector<uint64_t> sum_words(words);
    half.to_words(half_words.data(), words);
    sum.to_words(sum_words.data(), words);

    std::vector<CsdDigit> result;
    for (size_t w = 0; w < words; ++w) {
        for (uint64_t digits = sum_words[w] ^ half_words[w]; digits != 0; digits &= digits - 1) {
            const int bit = std::countr_zero(digits);
            const bool negative = (half_words[w] >> bit & 1) != 0;
            result.push_back({static_cast<int>(64 * w) + bit, negative != value.is_negative()});
        }
    }
    return result;
}

}  // namespace dal
