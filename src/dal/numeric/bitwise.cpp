#include "dal/numeric/bitwise.hpp"

#include <algorithm>
#include <functional>
#include <vector>

namespace dal {
namespace {

template <class Function>
Int by_word(const Int& a, const Int& b, Function&& function) {
    if (a.fits_int64() && b.fits_int64()) return Int(static_cast<long>(function(a.to_int64(), b.to_int64())));
    const auto words = static_cast<size_t>(std::max(a.bit_length(), b.bit_length()) / 64 + 1);  // with a sign bit
    std::vector<uint64_t> of_a(words);
    std::vector<uint64_t> of_b(words);
    a.to_words(of_a.data(), words);
    b.to_words(of_b.data(), words);
    for (size_t j = 0; j < words; ++j) of_a[j] = function(of_a[j], of_b[j]);
    return Int::from_words(of_a.data(), words);
}

template <class Function>
Dyadic aligned(const Dyadic& a, const Dyadic& b, Function&& function) {
    const int64_t f = std::max(-a.exponent(), -b.exponent());
    return {function(a.mantissa() << (a.exponent() + f), b.mantissa() << (b.exponent() + f)), -f};
}

}  // namespace

Int bit_and(const Int& a, const Int& b) { return by_word(a, b, std::bit_and<>()); }
Int bit_or(const Int& a, const Int& b) { return by_word(a, b, std::bit_or<>()); }
Int bit_xor(const Int& a, const Int& b) { return by_word(a, b, std::bit_xor<>()); }

Dyadic bit_and(const Dyadic& a, const Dyadic& b) {
    return aligned(a, b, [](const Int& x, const Int& y) { return bit_and(x, y); });
}
Dyadic bit_or(const Dyadic& a, const Dyadic& b) {
    return aligned(a, b, [](const Int& x, const Int& y) { return bit_or(x, y); });
}
Dyadic bit_xor(const Dyadic& a, const Dyadic& b) {
    return aligned(a, b, [](const Int& x, const Int& y) { return bit_xor(x, y); });
}

}  // namespace dal
