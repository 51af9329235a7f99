// Random matrices: every solution is right when it is simply evaluated, its ranges are reached, and its depth is
// within the bound. Small matrices whose best adder graph is known.
#include <doctest/doctest.h>

#include <bit>

#include "dal/numeric/adder_bits.hpp"
#include "dal/support/check.hpp"
#include "unit/cmvm/random_problem.hpp"

using namespace dal;
using namespace dal::cmvm;
using namespace dal::cmvm::testing;

namespace {

/// Evaluates at random points and corners.
void check_values(const RandomProblem& problem, const AdderGraph& graph, Random& random) {
    const Matrix& m = problem.matrix;
    for (int round = 0; round < 4; ++round) {
        std::vector<Dyadic> x;
        for (const InputInfo& input : problem.inputs) {
            const Interval& range = input.range;
            const Int code = round == 0 ? range.lo() : round == 1 ? range.hi() : random.inside(range.lo(), range.hi());
            x.emplace_back(code, -range.f());
        }
        const Evaluation found = evaluate(graph, x);
        for (size_t o = 0; o < m.outputs; ++o) {
            Dyadic wanted;
            for (size_t i = 0; i < m.inputs; ++i) wanted = wanted + x[i] * Dyadic(m.at(i, o));
            REQUIRE(found.outputs[o] == wanted);
        }
        for (size_t n = 0; n < graph.adders.size(); ++n) {
            REQUIRE(graph.adders[n].range.contains(found.nodes[m.inputs + n]));
        }
    }
}

/// Number of nonzero digits of the non-adjacent form, the slow way.
int digits_of(Int value) {
    int count = 0;
    value = abs(value);
    while (!value.is_zero()) {
        if (value.is_odd()) {
            ++count;
            value -= (Int::floor_mod(value, Int(4)) == Int(1)) ? Int(1) : Int(-1);
        }
        value >>= 1;
    }
    return count;
}

/// Least D with Σ digits·2^depth ≤ 2^D for an output.
int bound_of(const RandomProblem& problem, size_t o) {
    Int total(0);
    for (size_t i = 0; i < problem.matrix.inputs; ++i) {
        if (problem.inputs[i].range.is_zero()) continue;
        total += Int(digits_of(problem.matrix.at(i, o))) << problem.inputs[i].depth;
    }
    int bound = 0;
    while (Int::pow2(bound) < total) ++bound;
    return bound;
}

int depth_of(const RandomProblem& problem, const AdderGraph& graph, size_t o) {
    const OutputTap& tap = graph.outputs[o];
    if (!tap.node) return 0;
    return *tap.node < graph.inputs ? problem.inputs[*tap.node].depth : graph.adders[*tap.node - graph.inputs].depth;
}

void check_costs(const RandomProblem& problem, const Solution& solution) {
    const AdderGraph& graph = solution.graph;
    const auto range_of = [&](uint32_t node) {
        return node < graph.inputs ? problem.inputs[node].range : graph.adders[node - graph.inputs].range;
    };
    int64_t bits = 0;
    bool negated = false;
    for (const Adder& adder : graph.adders) {
        bits += adder_bits(range_of(adder.a).shifted(adder.shift_a), range_of(adder.b).shifted(adder.shift_b),
                           adder.subtract);
    }
    for (const OutputTap& tap : graph.outputs) negated = negated || tap.negate;
    if (negated) {
        CHECK(solution.adders > static_cast<int64_t>(graph.adders.size()));
        CHECK(solution.bits > bits);
    } else {
        CHECK(solution.adders == static_cast<int64_t>(graph.adders.size()));
        CHECK(solution.bits == bits);
    }
}

void check(const RandomProblem& problem, Random& random) {
    CAPTURE(print(problem));
    for (const Depth depth : {Depth::minimum, Depth::each_output, Depth::free}) {
        Options options;
        options.depth = depth;
        options.extra_depth = random.chance(30) ? 2 : 0;
        options.objective = random.chance(50) ? Objective::adders : Objective::bits;
        options.effort = random.chance(50) ? 0 : 1;
        options.max_moves = 50;
        const Solution solution = solve(problem.matrix, problem.inputs, options);
        REQUIRE(solution.graph.outputs.size() == problem.matrix.outputs);
        check_values(problem, solution.graph, random);
        REQUIRE(is_valid(solution.graph, problem));
        check_costs(problem, solution);
        if (depth == Depth::free) continue;
        // Inputs that arrive more than 50 levels apart are rounded; their bounds are not exact.
        bool near = true;
        for (const InputInfo& input : problem.inputs) near = near && input.depth < 40;
        if (!near) continue;
        int deepest = 0;
        for (size_t o = 0; o < problem.matrix.outputs; ++o) deepest = std::max(deepest, bound_of(problem, o));
        for (size_t o = 0; o < problem.matrix.outputs; ++o) {
            const int bound = depth == Depth::minimum ? deepest : bound_of(problem, o);
            REQUIRE(depth_of(problem, solution.graph, o) <= bound + options.extra_depth);
        }
    }
}

Matrix matrix_of(size_t inputs, size_t outputs, std::vector<int64_t> weights) {
    Matrix matrix{inputs, outputs, {}};
    for (const int64_t w : weights) matrix.weights.emplace_back(w);
    return matrix;
}

int64_t adders_of(size_t inputs, size_t outputs, std::vector<int64_t> weights) {
    const Matrix matrix = matrix_of(inputs, outputs, std::move(weights));
    return solve(matrix, std::vector<InputInfo>(inputs, {Interval::of(Kif(true, 7, 0)), 0})).adders;
}

}  // namespace

TEST_CASE("random small matrices") {
    Random random(1);
    for (int n = 0; n < 2000; ++n) check(random_problem(random, 6, 12), random);
}

TEST_CASE("random matrices with weights of up to 40 bits") {
    Random random(2);
    for (int n = 0; n < 300; ++n) check(random_problem(random, 12, 40), random);
}

TEST_CASE("weights around and far beyond 64 bits") {
    Random random(3);
    for (const int bits : {62, 63, 64, 65, 127, 128, 129, 200, 300}) {
        for (int n = 0; n < 12; ++n) {
            RandomProblem problem = random_problem(random, 4, 1);
            for (Int& w : problem.matrix.weights) {
                if (!w.is_zero())
                    w = random.chance(30) ? Int::pow2(bits) - Int(random.between(0, 1)) : random.integer(bits);
            }
            check(problem, random);
        }
    }
}

TEST_CASE("empty matrices and zeros") {
    CHECK(solve(Matrix(), {}).adders == 0);
    CHECK(solve(Matrix{0, 3, {}}, {}).graph.outputs.size() == 3);
    CHECK(solve(Matrix{2, 0, {}}, std::vector<InputInfo>(2)).adders == 0);
    const Solution zeros = solve(matrix_of(2, 2, {0, 3, 0, 0}), std::vector<InputInfo>(2, {Interval(0, 7, 0), 0}));
    CHECK_FALSE(zeros.graph.outputs[0].node);
    CHECK(zeros.adders == 1);
    // Inputs that are always 0 take part in nothing.
    CHECK(solve(matrix_of(2, 1, {5, 7}), std::vector<InputInfo>(2)).adders == 0);
}

TEST_CASE("outputs that are inputs, or like other outputs, share") {
    CHECK(adders_of(2, 2, {1, 0, 0, 8}) == 0);
    CHECK(adders_of(1, 1, {-4}) == 1);                   // a negation
    CHECK(adders_of(1, 4, {5, 10, 5, 40}) == 1);         // duplicates and multiples
    CHECK(adders_of(2, 2, {1, -1, -1, 1}) == 2);         // a - b and b - a
    CHECK(adders_of(2, 3, {1, -2, 4, -1, 2, -4}) == 2);  // and their multiples
    CHECK(adders_of(2, 1, {-3, -5}) == 3);               // 4 digits, no negation
    CHECK(adders_of(2, 1, {-1, 1}) == 1);
}

TEST_CASE("known optimal graphs") {
    CHECK(adders_of(1, 1, {7}) == 1);
    CHECK(adders_of(1, 1, {45}) <= 3);  // 45 = 5·9 takes 2; pairs of digits find 101101 = 3 at least
    CHECK(adders_of(2, 2, {1, 1, 1, -1}) == 2);
    // The forward transform of H.264.
    CHECK(adders_of(4, 4, {1, 2, 1, 1, 1, 1, -1, -2, 1, -1, -1, 2, 1, -2, 1, -1}) == 8);
    // Walsh-Hadamard: n·log2(n) additions, which takes the symmetries of the outputs.
    for (const auto& [points, adders] : {std::pair{4, 8}, {8, 24}, {16, 64}, {32, 160}}) {
        std::vector<int64_t> hadamard;
        for (int i = 0; i < points; ++i) {
            for (int o = 0; o < points; ++o) {
                hadamard.push_back(std::popcount(static_cast<unsigned>(i & o)) % 2 == 0 ? 1 : -1);
            }
        }
        const auto size = static_cast<size_t>(points);
        CHECK(adders_of(size, size, hadamard) == adders);
    }
}

TEST_CASE("the same matrix gives the same graph") {
    Random random(4);
    const RandomProblem problem = random_problem(random, 12, 8);
    const Solution first = solve(problem.matrix, problem.inputs);
    const Solution second = solve(problem.matrix, problem.inputs);
    REQUIRE(first.graph.adders.size() == second.graph.adders.size());
    for (size_t n = 0; n < first.graph.adders.size(); ++n) {
        CHECK(first.graph.adders[n].a == second.graph.adders[n].a);
        CHECK(first.graph.adders[n].b == second.graph.adders[n].b);
    }
}

TEST_CASE("inputs that arrive at different times") {
    // x0 is 3 levels deep: the others are added first, and x0 last.
    std::vector<InputInfo> inputs(4, {Interval::of(Kif(true, 7, 0)), 0});
    inputs[0].depth = 3;
    CHECK(solve(matrix_of(4, 1, {1, 1, 1, 1}), inputs).depth == 4);
}

TEST_CASE("an input that nothing uses may arrive any time") {
    // It must not count as the latest one, from which levels are counted.
    std::vector<InputInfo> inputs(9, {Interval::of(Kif(true, 7, 0)), 0});
    inputs[8].depth = 70;
    const Matrix matrix = matrix_of(9, 1, {1, 2, 4, 8, 16, 32, 64, 128, 0});
    REQUIRE(minimum_depth(matrix, inputs) == 3);
    for (const int effort : {0, 1}) {
        Options options;
        options.effort = effort;
        const Solution solution = solve(matrix, inputs, options);
        CHECK(solution.adders == 7);
        CHECK(solution.depth == 3);
    }
}

TEST_CASE("a constant that follows has room within the bound") {
    const std::vector<InputInfo> inputs(8, {Interval::of(Kif(true, 7, 0)), 0});
    const auto depth_with = [&](const Matrix& matrix, std::vector<bool> follows) {
        const std::vector<InputInfo> some(inputs.begin(), inputs.begin() + static_cast<int64_t>(matrix.inputs));
        int deepest = 0;
        for (const int effort : {0, 1}) {
            Options options;
            options.effort = effort;
            options.constant_follows = follows;
            const Solution solution = solve(matrix, some, options);
            CHECK(minimum_depth(matrix, some, follows) >= depths_with_constants(solution.graph, some)[0]);
            deepest = std::max(deepest, depths_with_constants(solution.graph, some)[0]);
        }
        return deepest;
    };
    CHECK(depth_with(matrix_of(7, 1, {1, 1, 1, 1, 1, 1, 1}), {true}) == 3);
    CHECK(depth_with(matrix_of(8, 1, {1, 1, 1, 1, 1, 1, 1, 1}), {true}) == 4);
    // One sum for two outputs: what is added to one of them can only be added after it.
    CHECK(depth_with(matrix_of(7, 2, {1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2}), {true, false}) == 4);
    // Only the output that has no room takes a level more: the other one has to be done within 3 levels.
    Options options;
    options.constant_follows = {true, true};
    const Matrix matrix = matrix_of(8, 2, {1, 0, 1, 1, 1, -1, 1, 1, 1, 2, 1, 1, 1, 1, 1, -4});
    const Solution solution = solve(matrix, inputs, options);
    CHECK(depths_with_constants(solution.graph, inputs) == std::vector<int>{4, 3});
}

TEST_CASE("random outputs with constants that follow stay within their bounds") {
    Random random(31);
    int64_t as_flat_as_without = 0;
    for (int n = 0; n < 300; ++n) {
        const RandomProblem problem = random_problem(random, 9, 12);
        Options options;
        options.effort = n % 2;
        for (size_t o = 0; o < problem.matrix.outputs; ++o) options.constant_follows.push_back(true);
        const Solution solution = solve(problem.matrix, problem.inputs, options);
        const int least = minimum_depth(problem.matrix, problem.inputs);
        const int with_constants = minimum_depth(problem.matrix, problem.inputs, options.constant_follows);
        CHECK(with_constants <= least + 1);
        as_flat_as_without += with_constants == least ? 1 : 0;
        const std::vector<int> depths = depths_with_constants(solution.graph, problem.inputs);
        for (size_t o = 0; o < depths.size(); ++o)
            if (solution.graph.outputs[o].node) CHECK(depths[o] <= with_constants);
    }
    CHECK(as_flat_as_without > 200);
}

TEST_CASE("arguments that do not fit together are refused") {
    Options options;
    options.constant_follows = {true, false};
    CHECK_THROWS_AS(solve(matrix_of(1, 1, {1}), std::vector<InputInfo>(1), options), InternalError);
    CHECK_THROWS_AS(solve(matrix_of(1, 1, {1}), {}), InternalError);
    CHECK_THROWS_AS(solve(matrix_of(1, 2, {1}), std::vector<InputInfo>(1)), InternalError);
}
