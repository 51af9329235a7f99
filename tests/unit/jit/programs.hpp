// What the tests of the JIT make random programs of: widths at every lane boundary, formats, weights.
#pragma once

#include "unit/jit/agreement.hpp"

namespace dal::test {

inline const std::vector<int> widths{1,  2,  3,  4,  5,  6,  7,  8,   9,   15,  16,  17, 31,
                                     32, 33, 62, 63, 64, 65, 66, 127, 128, 129, 200, 300};

inline const std::vector<Round> rounds{Round::trn,      Round::rnd,     Round::rnd_conv,   Round::trn_zero,
                                       Round::rnd_zero, Round::rnd_inf, Round::rnd_min_inf};
inline const std::vector<Overflow> overflows{Overflow::wrap, Overflow::sat, Overflow::sat_sym, Overflow::sat_zero};

inline Kif random_kif(Random& random, int width) {
    const bool k = random() % 2 == 0;
    const int f = static_cast<int>(random() % 12) - 4;
    return {k, width - (k ? 1 : 0) - f, f};
}

inline FormatMap random_formats(Random& random, int64_t elements, int width) {
    std::vector<Format> formats;
    for (int64_t e = 0; e < elements; ++e)
        formats.push_back(
            {random_kif(random, width), rounds[random() % rounds.size()], overflows[random() % overflows.size()]});
    return FormatMap(std::move(formats));
}

inline NodeId must(Result<NodeId> node) {
    REQUIRE(node);
    return *node;
}

inline std::vector<Dyadic> random_weights(Random& random, int64_t count, int bits) {
    std::vector<Dyadic> weights;
    for (int64_t j = 0; j < count; ++j)
        weights.emplace_back(random() % 4 == 0 ? Int(0) : random_between(random, -Int::pow2(bits), Int::pow2(bits)),
                             static_cast<int64_t>(random() % 7) - 5);
    return weights;
}

}  // namespace dal::test
