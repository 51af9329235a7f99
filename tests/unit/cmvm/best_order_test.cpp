#include "dal/cmvm/sums/best_order.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <random>

#include "dal/cmvm/sums/sum_order.hpp"

using namespace dal::cmvm;

namespace {

constexpr int none = std::numeric_limits<int>::max();

/// The least bits of all trees whose root is not deeper than the bound, one by one; `none` if there is no such tree.
int least_bits(const std::vector<OrderedTerm>& terms, int bound) {
    if (terms.size() == 1) return terms[0].depth <= bound ? 0 : none;
    int least = none;
    for (size_t i = 0; i < terms.size(); ++i) {
        for (size_t j = 0; j < i; ++j) {
            std::vector<OrderedTerm> rest = terms;
            const auto [sum, bits] = join(terms[i].summand, terms[j].summand);
            rest[j] = {sum, std::max(terms[i].depth, terms[j].depth) + 1};
            rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
            const int others = least_bits(rest, bound);
            if (others != none) least = std::min(least, bits + others);
        }
    }
    return least;
}

struct Total {
    int bits = 0;
    int depth = 0;
    size_t unused = 0;
};

Total add_up_in(std::vector<OrderedTerm> terms, const std::vector<std::pair<uint32_t, uint32_t>>& steps) {
    Total total;
    std::vector<int> uses(terms.size() + steps.size(), 0);
    for (const auto& [a, b] : steps) {
        ++uses[a];
        ++uses[b];
        const auto [sum, bits] = join(terms.at(a).summand, terms.at(b).summand);
        total.bits += bits;
        total.depth = std::max(terms[a].depth, terms[b].depth) + 1;
        terms.push_back({sum, total.depth});
    }
    for (size_t i = 0; i + 1 < uses.size(); ++i) total.unused += uses[i] == 1 ? 0 : 1;
    return total;
}

struct Leaf {
    Summand summand;
    int level;
    int top;
};

}  // namespace

TEST_CASE("the best order of a few terms is that of the best tree") {
    std::mt19937_64 random(5);
    const auto below = [&](uint64_t n) { return static_cast<int>(random() % n); };
    int impossible = 0;
    int better = 0;
    for (int round = 0; round < 400; ++round) {
        std::vector<OrderedTerm> terms;
        const int count = 2 + below(4);
        for (int i = 0; i < count; ++i) {
            const int low = below(8);
            const int64_t lo = -(below(3) == 0 ? 0 : int64_t{below(200)}) << low;
            const int64_t hi = (int64_t{below(200)} + 1) << low;
            terms.push_back({{{lo, hi, low, top_of(lo, hi, low)}, below(2) == 0}, below(3)});
        }
        const int bound = 2 + below(4);
        const int least = least_bits(terms, bound);
        const auto steps = best_order(terms, bound);
        if (least == none) {
            ++impossible;
            CHECK(steps.empty());
            continue;
        }
        REQUIRE(steps.size() == terms.size() - 1);
        const Total total = add_up_in(terms, steps);
        CHECK(total.bits == least);
        CHECK(total.depth <= bound);
        CHECK(total.unused == 0);

        std::vector<Leaf> leaves;
        int64_t slack = int64_t{1} << bound;
        for (const OrderedTerm& term : terms) {
            leaves.push_back({term.summand, term.depth, term.summand.range.top});
            slack -= int64_t{1} << term.depth;
        }
        int bits = 0;
        add_up(leaves, true, slack, [&](const Leaf& a, const Leaf& b) {
            const Joined joined = join(a.summand, b.summand);
            bits += joined.bits;
            return Leaf{joined.sum, 0, joined.sum.range.top};
        });
        CHECK(bits >= least);
        if (bits > least) ++better;
    }
    CHECK(impossible > 5);
    CHECK(better > 5);
}

TEST_CASE("the best order of as many terms as are allowed, deep ones and without a bound") {
    std::vector<OrderedTerm> terms;
    for (int i = 0; i < static_cast<int>(most_ordered_terms); ++i) {
        terms.push_back({{{-(int64_t{1} << i), (int64_t{1} << i) - 1, 0, i}, i % 3 == 0}, 1000 + i % 4});
    }
    const auto steps = best_order(terms, none);
    REQUIRE(steps.size() == terms.size() - 1);
    CHECK(add_up_in(terms, steps).unused == 0);
    CHECK(best_order(terms, 1003).empty());
    CHECK(add_up_in(terms, best_order(terms, 1006)).depth <= 1006);
    terms[0].depth = 0;
    CHECK(best_order(terms, 1006).empty());
}
