// One constant: as few adders as there can be.
#include "dal/cmvm/constants/single_constant.hpp"

#include <doctest/doctest.h>

#include <array>
#include <bit>
#include <set>

#include "dal/numeric/csd.hpp"
#include "unit/cmvm/random_problem.hpp"

using namespace dal;
using namespace dal::cmvm;
using namespace dal::cmvm::testing;

namespace {

constexpr int free_depth = 100;

const std::vector<InputInfo> one_byte{{Interval::of(Kif(true, 7, 0)), 0}};

int64_t odd(int64_t x) {
    x = x < 0 ? -x : x;
    return x == 0 ? 0 : x >> std::countr_zero(static_cast<uint64_t>(x));
}

/// Odd values up to 2^bits of graphs of so many adders and levels, by making all graphs: slow, and shares nothing.
void add_values(std::vector<std::pair<int64_t, int>>& graph, int adders, int levels, int bits,
                std::set<int64_t>& made) {
    for (const auto& [value, depth] : graph)
        if (value < int64_t{1} << (bits - 2)) made.insert(value);
    if (adders == 0) return;
    for (size_t u = 0; u < graph.size(); ++u)
        for (size_t v = 0; v <= u; ++v) {
            const int depth = std::max(graph[u].second, graph[v].second) + 1;
            if (depth > levels) continue;
            for (int s = 0; s <= bits; ++s)
                for (const int64_t w :
                     {(graph[u].first << s) + graph[v].first, (graph[u].first << s) - graph[v].first,
                      graph[u].first + (graph[v].first << s), graph[u].first - (graph[v].first << s)}) {
                    if (odd(w) <= 1 || odd(w) >= int64_t{1} << bits) continue;
                    graph.emplace_back(odd(w), depth);
                    add_values(graph, adders - 1, levels, bits, made);
                    graph.pop_back();
                }
        }
}

size_t adders_of(uint64_t constant, int levels = free_depth) {
    const auto graph = constant_graph(constant, levels, most_constant_adders);
    return graph ? graph->adders.size() : 100;
}

}  // namespace

TEST_CASE("products with a constant are exact and as short as asked for") {
    Random random(41);
    for (int n = 0; n < 300; ++n) {
        const auto constant = static_cast<int64_t>(abs(random.integer(random.between(1, 24))).to_int64() | 1);
        for (const int levels : {2, 3, 4, free_depth}) {
            const auto graph = constant_graph(static_cast<uint64_t>(constant), levels, 3);
            if (!graph) continue;
            CHECK(graph->adders.size() <= 3);
            CAPTURE(constant);
            const Evaluation at = evaluate(*graph, {Dyadic(13)});
            REQUIRE(at.outputs[0] == Dyadic(13 * constant));
        }
    }
}

TEST_CASE("no graph of up to three adders is overlooked") {
    constexpr int bits = 9;
    for (const int levels : {2, 3, free_depth}) {
        std::array<std::set<int64_t>, 3> made;
        for (int adders = 1; adders <= 2; ++adders) {
            std::vector<std::pair<int64_t, int>> graph{{1, 0}};
            add_values(graph, adders, levels, bits, made[static_cast<size_t>(adders)]);
        }
        for (int64_t constant = 3; constant < 1 << (bits - 2); constant += 2) {
            CAPTURE(constant);
            CAPTURE(levels);
            const size_t found = adders_of(static_cast<uint64_t>(constant), levels);
            if (made[1].contains(constant))
                CHECK(found == 1);
            else if (made[2].contains(constant))
                CHECK(found == 2);
            else
                CHECK(found > 2);
        }
    }
}

TEST_CASE("the fewest adders of small constants are those that are known") {
    // The least constants that take 1, 2, 3, 4 and 5 adders (Gustafsson, Dempster and Wanhammar): 3, 11, 43, 683,
    // 14709.
    for (uint64_t constant = 1; constant < 4096; constant += 2) {
        const size_t most = constant < 3 ? 0 : constant < 11 ? 1 : constant < 43 ? 2 : constant < 683 ? 3 : 4;
        CAPTURE(constant);
        REQUIRE(adders_of(constant) <= most);
    }
    const std::pair<uint64_t, size_t> least[] = {{1, 0}, {3, 1}, {11, 2}, {43, 3}, {683, 4}, {14707, 4}, {14709, 5}};
    for (const auto& [constant, adders] : least) CHECK(adders_of(constant) == adders);
    CHECK(adders_of(105) == 2);
    CHECK(adders_of(105, 2) == 2);
    CHECK(adders_of(105, 1) == 100);
}

TEST_CASE("what is solved for one constant is the best there is") {
    Random random(43);
    for (int n = 0; n < 30; ++n) {
        const auto constant = static_cast<int64_t>(abs(random.integer(14)).to_int64() | 1);
        for (const Depth depth : {Depth::minimum, Depth::free}) {
            const Matrix matrix{1, 3, {Int(constant) << 2, Int(0), -Int(constant)}};
            const Solution solution = solve(matrix, one_byte, {.depth = depth});
            const int levels = depth == Depth::free ? free_depth : minimum_depth(matrix, one_byte);
            CAPTURE(constant);
            // The opposite product may take one more.
            CHECK(solution.adders <= static_cast<int64_t>(adders_of(static_cast<uint64_t>(constant), levels)) + 1);
        }
    }
    // Eight inputs with the same weight.
    const Matrix matrix{8, 1, std::vector<Int>(8, Int(105))};
    CHECK(solve(matrix, std::vector<InputInfo>(8, one_byte[0])).adders == 7 + 2);
}
