#include "dal/support/forest_matching.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

using namespace dal;

namespace {

/// The weight of the heaviest matching, by trying all sets of edges.
int64_t heaviest(const std::vector<size_t>& parents, const std::vector<int64_t>& gains) {
    int64_t best = 0;
    for (size_t set = 0; set < size_t{1} << parents.size(); ++set) {
        std::vector<bool> used(parents.size(), false);
        int64_t sum = 0;
        bool is_matching = true;
        for (size_t n = 0; n < parents.size() && is_matching; ++n) {
            if ((set >> n & 1) == 0) continue;
            is_matching = parents[n] != no_parent && !used[n] && !used[parents[n]];
            if (!is_matching) break;
            used[n] = used[parents[n]] = true;
            sum += gains[n];
        }
        if (is_matching) best = std::max(best, sum);
    }
    return best;
}

}  // namespace

TEST_CASE("matchings of small forests are the heaviest ones") {
    std::mt19937_64 random(1);
    for (int round = 0; round < 300; ++round) {
        const size_t size = 1 + random() % 9;
        std::vector<size_t> parents(size, no_parent);
        std::vector<int64_t> gains(size);
        for (size_t n = 0; n + 1 < size; ++n)
            if (random() % 5 != 0) parents[n] = n + 1 + random() % (size - n - 1);
        for (int64_t& gain : gains) gain = static_cast<int64_t>(random() % 8) - 1;
        const std::vector<bool> matched = heaviest_matching(parents, gains);
        std::vector<bool> used(size, false);
        int64_t sum = 0;
        for (size_t n = 0; n < size; ++n) {
            if (!matched[n]) continue;
            REQUIRE(parents[n] != no_parent);
            CHECK_FALSE(used[n]);
            CHECK_FALSE(used[parents[n]]);
            CHECK(gains[n] > 0);
            used[n] = used[parents[n]] = true;
            sum += gains[n];
        }
        CHECK(sum == heaviest(parents, gains));
    }
}
