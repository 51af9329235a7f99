// The search: repeatable, stoppable, never worse than where it starts, and near the best where that is known.
#include <doctest/doctest.h>

#include <algorithm>

#include "unit/cmvm/random_problem.hpp"

using namespace dal;
using namespace dal::cmvm;
using namespace dal::cmvm::testing;

namespace {

std::vector<InputInfo> bytes(size_t count) {
    return std::vector<InputInfo>(count, InputInfo{Interval::of(Kif(true, 7, 0)), 0});
}

Matrix random_matrix(Random& random, size_t size, int64_t bits) {
    Matrix matrix{size, size, {}};
    for (size_t w = 0; w < size * size; ++w) matrix.weights.push_back(random.integer(bits));
    return matrix;
}

bool equal(const AdderGraph& a, const AdderGraph& b) {
    return a.adders.size() == b.adders.size() &&
           std::ranges::equal(a.adders, b.adders, [](const Adder& x, const Adder& y) {
               return x.a == y.a && x.b == y.b && x.shift_a == y.shift_a && x.shift_b == y.shift_b &&
                      x.subtract == y.subtract;
           });
}

/// A matrix that takes no more adders than given: its columns are the last nodes of a random graph.
Matrix planted(Random& random, size_t size, size_t adders) {
    std::vector<std::vector<int64_t>> nodes;
    for (size_t i = 0; i < size; ++i) {
        nodes.emplace_back(size, 0);
        nodes.back()[i] = 1;
    }
    for (size_t n = 0; n < adders; ++n) {
        const auto pick = [&] {
            return static_cast<size_t>(random.between(0, static_cast<int64_t>(nodes.size()) - 1));
        };
        const auto& a = nodes[pick()];
        const auto& b = nodes[pick()];
        const int64_t shift = random.between(0, 2);
        const bool subtract = random.chance(50);
        std::vector<int64_t> sum(size);
        for (size_t i = 0; i < size; ++i) sum[i] = a[i] + (subtract ? -(b[i] << shift) : b[i] << shift);
        nodes.push_back(std::move(sum));
    }
    Matrix matrix{size, size, std::vector<Int>(size * size)};
    for (size_t o = 0; o < size; ++o) {
        for (size_t i = 0; i < size; ++i) matrix.weights[i * size + o] = nodes[nodes.size() - size + o][i];
    }
    return matrix;
}

}  // namespace

TEST_CASE("the search finds fewer adders than the greedy pass, and the same ones each time") {
    Random random(11);
    for (const size_t size : {4, 8, 12}) {
        const Matrix matrix = random_matrix(random, size, 8);
        Options flash;
        flash.effort = 0;
        const Solution greedy = solve(matrix, bytes(size), flash);
        const Solution first = solve(matrix, bytes(size));
        CHECK(first.adders < greedy.adders);
        CHECK(first.moves > 0);
        CHECK(equal(first.graph, solve(matrix, bytes(size)).graph));
    }
}

TEST_CASE("threads do not change what a number of moves finds, seeds do") {
    Random random(12);
    const Matrix matrix = random_matrix(random, 12, 8);
    Options options;
    options.effort = 2;
    options.max_moves = 2000;
    const Solution one = solve(matrix, bytes(12), options);
    for (const int threads : {2, 3, 9}) {
        options.threads = threads;
        const Solution several = solve(matrix, bytes(12), options);
        CHECK(equal(one.graph, several.graph));
        CHECK(one.moves == several.moves);
    }
    options.seed = 1;
    CHECK(!equal(one.graph, solve(matrix, bytes(12), options).graph));
}

TEST_CASE("threads do not change what an effort finds, nor how far it goes") {
    Random random(15);
    const Matrix matrix = random_matrix(random, 4, 4);
    for (const Objective objective : {Objective::adders, Objective::bits}) {
        Options options;
        options.effort = 2;
        options.objective = objective;
        const Solution one = solve(matrix, bytes(4), options);
        options.threads = 3;
        const Solution several = solve(matrix, bytes(4), options);
        CHECK(equal(one.graph, several.graph));
        CHECK(one.moves == several.moves);
        CHECK(one.moves > 1000);
    }
}

TEST_CASE("progress is told, and ends the search") {
    Random random(13);
    const Matrix matrix = random_matrix(random, 16, 8);
    Options options;
    options.seconds = 1000;
    options.threads = 2;
    std::vector<Progress> seen;
    options.progress = [&](const Progress& progress) {
        seen.push_back(progress);
        return seen.size() < 2;
    };
    const Solution solution = solve(matrix, bytes(16), options);
    REQUIRE(seen.size() == 2);
    CHECK(seen[0].seconds < seen[1].seconds);
    CHECK(seen[1].seconds < options.seconds);
    CHECK(seen[1].moves > seen[0].moves);
    CHECK(seen[1].adders <= seen[0].adders);
    CHECK(solution.adders <= seen[1].adders);
    CHECK(seen[1].bits > 0);
}

TEST_CASE("a solution to start from is never lost") {
    Random random(14);
    const Matrix matrix = random_matrix(random, 8, 8);
    Options options;
    options.effort = 2;
    options.max_moves = 20'000;
    const Solution good = solve(matrix, bytes(8), options);
    options.start = &good.graph;
    options.max_moves = 10;
    CHECK(solve(matrix, bytes(8), options).adders <= good.adders);
    options.effort = 0;
    CHECK(solve(matrix, bytes(8), options).adders == good.adders);
    options.max_moves = 20'000;
    options.effort = 2;
    CHECK(solve(matrix, bytes(8), options).adders <= good.adders);

    // A graph of something else is ignored.
    const Matrix other = random_matrix(random, 8, 8);
    options.effort = 0;
    const Solution alone = solve(other, bytes(8), {.effort = 0});
    CHECK(solve(other, bytes(8), options).adders == alone.adders);
}

TEST_CASE("planted graphs are found, or nearly") {
    Random random(15);
    for (int round = 0; round < 5; ++round) {
        const size_t adders = 20;
        const Matrix matrix = planted(random, 8, adders);
        Options options;
        options.effort = 2;
        options.depth = Depth::free;
        options.max_moves = 10'000;
        const Solution solution = solve(matrix, bytes(8), options);
        CHECK(solution.adders <= static_cast<int64_t>(adders) + 1);
        CHECK(solution.adders >= lower_bound(matrix));
    }
}

TEST_CASE("each output keeps to its own depth") {
    Random random(16);
    const auto depths = [](const Solution& solution) {
        std::vector<int> result;
        for (const OutputTap& tap : solution.graph.outputs) {
            const bool adder = tap.node && *tap.node >= solution.graph.inputs;
            result.push_back(adder ? solution.graph.adders[*tap.node - solution.graph.inputs].depth : 0);
        }
        return result;
    };
    int differ = 0;
    for (int round = 0; round < 6; ++round) {
        const Matrix matrix = random_matrix(random, 6, 8);
        Options options;
        options.effort = round % 3;
        options.max_moves = 500;
        options.depth = round % 2 == 0 ? Depth::free : Depth::minimum;
        const Solution loose = solve(matrix, bytes(6), options);
        options.output_depths.assign(6, 99);
        for (const size_t tight : {0, 3}) options.output_depths[tight] = 0;  // as flat as it can be
        const Solution solution = solve(matrix, bytes(6), options);
        const auto least = depths(solve(matrix, bytes(6), {.depth = Depth::each_output, .effort = 0}));
        for (const size_t tight : {0, 3}) CHECK(depths(solution)[tight] <= least[tight]);
        differ += depths(loose)[0] > depths(solution)[0] || depths(loose)[3] > depths(solution)[3] ? 1 : 0;
    }
    CHECK(differ > 0);  // the bounds did something
}

TEST_CASE("the search for bits finds fewer of them than the search for adders") {
    Random random(17);
    int64_t with_bits = 0;
    int64_t with_adders = 0;
    for (int round = 0; round < 4; ++round) {
        const Matrix matrix = random_matrix(random, 10, 8);
        Options options;
        options.max_moves = 5000;
        with_adders += solve(matrix, bytes(10), options).bits;
        options.objective = Objective::bits;
        with_bits += solve(matrix, bytes(10), options).bits;
    }
    CHECK(with_bits * 100 < with_adders * 99);
}

TEST_CASE("searched graphs need no negations and keep to the depth") {
    Random random(18);
    for (int round = 0; round < 4; ++round) {
        const Matrix matrix = random_matrix(random, 12, 6);
        Options options;
        options.max_moves = 3000;
        const Solution solution = solve(matrix, bytes(12), options);
        CHECK(solution.depth <= minimum_depth(matrix, bytes(12)));
        CHECK(std::ranges::none_of(solution.graph.outputs, &OutputTap::negate));
    }
}

TEST_CASE("bounds of small matrices") {
    const auto bound = [](size_t inputs, size_t outputs, std::vector<int64_t> weights) {
        Matrix matrix{inputs, outputs, {}};
        for (const int64_t w : weights) matrix.weights.emplace_back(w);
        return lower_bound(matrix);
    };
    CHECK(bound(0, 0, {}) == 0);
    CHECK(bound(2, 2, {1, 0, 0, -4}) == 0);
    CHECK(bound(1, 1, {7}) == 1);
    CHECK(bound(1, 1, {45}) == 2);        // 4 digits, 5·9
    CHECK(bound(1, 3, {3, 5, 12}) == 2);  // 12 = 4·3
    CHECK(bound(1, 2, {11, 13}) == 3);    // 3 digits each: the first takes 2
    CHECK(bound(3, 1, {1, 1, 3}) == 3);   // two to add them, one for the 3
    CHECK(bound(2, 2, {1, 1, 1, -1}) == 2);
    CHECK(bound(4, 1, {1, 1, 0, 1}) == 2);
    CHECK(bound(3, 2, {1, 1, 1, 1, 1, 0}) == 2);
    CHECK(lower_bound({2, 1, {1, 1}}, std::vector<InputInfo>(2)) == 0);  // inputs that are always 0
}
