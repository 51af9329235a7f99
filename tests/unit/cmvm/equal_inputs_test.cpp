// Inputs of equal weights, and what else would make millions of pairs: the work stays in proportion.
#include "dal/cmvm/problem/equal_inputs.hpp"

#include <doctest/doctest.h>

#include "dal/cmvm/greedy/pair_elimination.hpp"
#include "dal/cmvm/search/search.hpp"
#include "unit/cmvm/random_problem.hpp"

using namespace dal;
using namespace dal::cmvm;
using namespace dal::cmvm::testing;

namespace {

std::vector<InputInfo> bytes(size_t count) {
    return std::vector<InputInfo>(count, InputInfo{Interval::of(Kif(true, 7, 0)), 0});
}

/// The n-th input has the weights ±2^(n % 5) times 115, 37.
Matrix scaled_alike(size_t count) {
    Matrix matrix{count, 2, {}};
    for (size_t n = 0; n < count; ++n) {
        for (const int64_t weight : {115, 37}) {
            const Int scaled = Int(weight) << static_cast<int>(n % 5);
            matrix.weights.push_back(n % 3 == 0 ? -scaled : scaled);
        }
    }
    return matrix;
}

/// A node that is the sum of all inputs but the last, and two outputs x + n and 2x - 8n of the last input and it.
Rows rows_with_a_long_node(uint32_t last) {
    Rows rows;
    Rows::Node node;
    for (uint32_t i = 0; i < last; ++i) node.terms.emplace_back(i, 0, false);
    rows.nodes.push_back(std::move(node));
    const uint32_t sum = last + 1;
    rows.outputs = {{RowTerm(last, 0, false), RowTerm(sum, 0, false)},
                    {RowTerm(last, 1, false), RowTerm(sum, 3, true)}};
    return rows;
}

}  // namespace

TEST_CASE("inputs of equal weights are added before anything else") {
    const Matrix matrix = scaled_alike(1000);
    const auto sums = add_equal_inputs(matrix, bytes(1000));
    REQUIRE(sums);
    CHECK(sums->sums.size() == 6);  // 512 + 256 + 128 + 64 + 32 + 8
    CHECK(sums->adders.size() == 1000 - 6);
    std::vector<int> depths;
    for (const InputInfo& sum : sums->sums) depths.push_back(sum.depth);
    CHECK(depths == std::vector{9, 8, 7, 6, 5, 3});
    CHECK(minimum_depth(sums->matrix, sums->sums) == minimum_depth(matrix, bytes(1000)));
}

TEST_CASE("what saves nothing is left to the rest of the solver") {
    CHECK(!add_equal_inputs({500, 1, std::vector<Int>(500, Int(4))}, bytes(500)));  // one digit
    CHECK(!add_equal_inputs({3, 1, {Int(3), Int(5), Int(7)}}, bytes(3)));           // nothing alike
    CHECK(!add_equal_inputs({2, 2, {Int(3), Int(3), Int(3), Int(-3)}}, bytes(2)));  // two signs
    std::vector<InputInfo> late = bytes(2);
    late[1].depth = 1;
    CHECK(!add_equal_inputs({2, 1, {Int(3), Int(3)}}, late));
    std::vector<InputInfo> constant = bytes(2);
    constant[1].range = Interval::constant(7);
    CHECK(!add_equal_inputs({2, 1, {Int(3), Int(3)}}, constant));
    CHECK(add_equal_inputs({2, 1, {Int(3), Int(-6)}}, bytes(2)));
    CHECK(!add_equal_inputs({2, 1, {Int(3), Int(-6)}}, bytes(2), 3));
}

TEST_CASE("thousands of equal weights take no adder too many, and no search") {
    for (const size_t count : {500U, 5000U}) {
        const Matrix matrix{count, 1, std::vector<Int>(count, Int(7))};
        for (const Objective objective : {Objective::adders, Objective::bits}) {
            const Solution solution = solve(matrix, bytes(count), {.objective = objective});
            CHECK(solution.adders == lower_bound(matrix));
            CHECK(solution.depth == minimum_depth(matrix, bytes(count)));
            CHECK(solution.moves <= (objective == Objective::adders ? 0 : 1000));
        }
    }
}

TEST_CASE("sums of equal inputs keep ranges, signs and depths right") {
    Random random(31);
    for (int n = 0; n < 200; ++n) {
        RandomProblem problem = random_problem(random, 6, 5);
        Matrix& matrix = problem.matrix;
        // Some rows become others, scaled.
        for (size_t i = 1; i < matrix.inputs; ++i) {
            if (!random.chance(60)) continue;
            const auto shift = static_cast<int>(random.between(0, 4));
            const bool negative = random.chance(50);
            for (size_t o = 0; o < matrix.outputs; ++o) {
                const Int weight = matrix.at(i - 1, o) << shift;
                matrix.weights[i * matrix.outputs + o] = negative ? -weight : weight;
            }
        }
        const Options options{.depth = static_cast<Depth>(n % 3), .area = n % 4 == 3, .effort = n % 2};
        const Solution solution = solve(matrix, problem.inputs, options);  // certified
        INFO(print(problem));
        CHECK((options.area || is_valid(solution.graph, problem)));
        if (options.depth == Depth::minimum && !options.area)
            CHECK(solution.depth <= minimum_depth(matrix, problem.inputs) + 1);  // a negation may come on top
    }
}

TEST_CASE("a pass whose time is over shares nothing more") {
    Random random(32);
    Matrix matrix{40, 40, {}};
    for (size_t w = 0; w < 1600; ++w) matrix.weights.push_back(random.integer(8));
    const Options options{.seconds = 1e-9};
    const Problem problem = make_problem(matrix, bytes(40), options);
    const Solution none;
    Watch watch(options, [&]() -> const Solution& { return none; });
    CHECK(!watch.look());
    const std::vector scores{Score::count, Score::width};
    const std::vector<Plan> plans = eliminate_pairs(problem, scores, watch);
    REQUIRE(plans.size() == 1);
    CHECK(plans[0].nodes.empty());
    CHECK(solve(matrix, bytes(40), options).adders > 0);  // and is certified
}

TEST_CASE("a caller who wants no more is asked within some millions of steps") {
    Options options;
    int told = 0;
    options.progress = [&](const Progress&) { return ++told < 2; };
    Solution best;
    best.adders = 5;
    Watch watch(options, [&]() -> const Solution& { return best; });
    while (watch.goes_on(100'000)) {
    }
    CHECK(told == 2);
    CHECK(watch.stopped());
    CHECK(!watch.goes_on(0));
}

TEST_CASE("what is told of the progress includes the sums of equal inputs") {
    Random random(33);
    Matrix matrix{60, 20, {}};
    for (size_t w = 0; w < 600; ++w) matrix.weights.push_back(random.integer(8));
    for (size_t w = 0; w < 600; ++w) matrix.weights.push_back(matrix.weights[w]);
    std::vector<Progress> seen;
    Options options{.seconds = 5};
    options.progress = [&](const Progress& progress) {
        seen.push_back(progress);
        return seen.size() < 3;
    };
    const Solution solution = solve(matrix, bytes(60), options);
    REQUIRE(!seen.empty());
    CHECK(seen.back().adders >= solution.adders);
    CHECK(seen.back().bits > 0);
}

TEST_CASE("a node of thousands of terms is not dissolved by a move") {
    for (const uint32_t inputs : {200U, 4000U}) {
        Matrix matrix{inputs + 1, 2, std::vector<Int>(2 * (inputs + 1), Int(1))};
        for (size_t i = 0; i < inputs; ++i) matrix.weights[2 * i + 1] = -8;
        matrix.weights[2 * inputs + 1] = 2;
        const Problem problem = make_problem(matrix, bytes(inputs + 1), {.depth = Depth::free});
        const Rows rows = rows_with_a_long_node(inputs);
        const RowGraph graph(problem, rows, false);
        CHECK(graph.is_light(inputs + 1) == (inputs == 200));
        // Refused moves are counted as some work, so that the search ends.
        SearchLimits limits;
        limits.work = 1'000'000;
        const auto goes_on = [](const SearchState&) { return true; };
        const SearchResult result = search(problem, rows, limits, 1, goes_on);
        CHECK(result.moves <= (inputs == 200 ? 2000 : 20'000));
    }
}

TEST_CASE("a graph whose pairs are too many to count in time is given up") {
    const uint32_t inputs = 4000;
    Rows rows;
    rows.outputs.emplace_back();
    for (uint32_t i = 0; i < inputs; ++i) rows.outputs[0].emplace_back(i, 0, false);
    const Problem problem =
        make_problem({inputs, 1, std::vector<Int>(inputs, Int(1))}, bytes(inputs), {.depth = Depth::free});
    int asked = 0;
    CHECK(!RowGraph(problem, rows, false, [&] { return ++asked > 1; }).is_complete());
    CHECK(asked == 1);
    CHECK(RowGraph(problem, rows, false).is_complete());
}
