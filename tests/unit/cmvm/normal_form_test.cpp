// Equivalent problems have one normal form, and solutions find their way there and back.
#include "dal/cmvm/cache/normal_form.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "dal/cmvm/assemble/assemble.hpp"
#include "dal/cmvm/assemble/linear_forms.hpp"
#include "unit/cmvm/equivalent_problem.hpp"

using namespace dal;
using namespace dal::cmvm;
using namespace dal::cmvm::testing;

namespace {

/// There and back, certified.
Solution through_normal_form(const RandomProblem& problem, const NormalForm& form, const AdderGraph& graph) {
    const auto normal = to_normal_form(form, graph);
    REQUIRE(normal);
    auto back = from_normal_form(form, *normal, problem.matrix);
    REQUIRE(back);
    Solution solution = measure(std::move(*back), problem.matrix, problem.inputs);
    CAPTURE(print(problem));
    const auto fault = certify(solution.graph, problem.matrix, problem.inputs);
    CAPTURE(fault.value_or(""));
    REQUIRE_FALSE(fault);
    return solution;
}

}  // namespace

TEST_CASE("a solution survives its normal form") {
    Random random(21);
    int forms = 0;
    for (int n = 0; n < 400; ++n) {
        const RandomProblem problem = random_problem(random, 7, random.chance(15) ? 90 : 10);
        for (const Objective objective : {Objective::adders, Objective::bits}) {
            const Options options{.objective = objective, .effort = 0};
            const auto form = normal_form(problem.matrix, problem.inputs, options);
            if (!form) continue;
            ++forms;
            const Solution solution = solve(problem.matrix, problem.inputs, options);
            const Solution back = through_normal_form(problem, *form, solution.graph);
            CHECK(back.graph.adders.size() == solution.graph.adders.size());
            CHECK(back.depth <= solution.depth + 1);
        }
    }
    CHECK(forms > 400);
}

TEST_CASE("equivalent problems share a normal form") {
    Random random(22);
    int shared = 0;
    int total = 0;
    for (int n = 0; n < 400; ++n) {
        const RandomProblem problem = random_problem(random, 8, random.chance(15) ? 90 : 8);
        for (const Objective objective : {Objective::adders, Objective::bits}) {
            const Options options{.objective = objective, .effort = 0};
            const RandomProblem other = equivalent_problem(random, problem, objective);
            const auto form = normal_form(problem.matrix, problem.inputs, options);
            const auto other_form = normal_form(other.matrix, other.inputs, options);
            REQUIRE(form.has_value() == other_form.has_value());
            if (!form) continue;
            ++total;
            if (form->key != other_form->key) continue;
            ++shared;
            // The same graph serves both.
            const Solution solution = solve(problem.matrix, problem.inputs, options);
            const auto normal = to_normal_form(*form, solution.graph);
            REQUIRE(normal);
            auto graph = from_normal_form(*other_form, *normal, other.matrix);
            REQUIRE(graph);
            const Solution moved = measure(std::move(*graph), other.matrix, other.inputs);
            CAPTURE(print(problem));
            CAPTURE(print(other));
            REQUIRE_FALSE(certify(moved.graph, other.matrix, other.inputs));
            CHECK(moved.graph.adders.size() == solution.graph.adders.size());
        }
    }
    INFO(shared << " of " << total);
    CHECK(shared > total * 98 / 100);  // repeated lines and ties may be missed
}

TEST_CASE("symmetric matrices share a normal form too") {
    // The Hadamard matrix of 16 points with one other weight: nearly all magnitudes are tied.
    Random random(23);
    RandomProblem problem;
    problem.matrix = {16, 16, {}};
    for (unsigned i = 0; i < 16; ++i)
        for (unsigned o = 0; o < 16; ++o)
            problem.matrix.weights.emplace_back((std::popcount(i & o) & 1) != 0 ? -1 : i == 3 && o == 5 ? 3 : 1);
    problem.inputs.assign(16, {Interval::of(Kif(true, 7, 0)), 0});
    int shared = 0;
    for (int n = 0; n < 10; ++n) {
        const RandomProblem other = equivalent_problem(random, problem, Objective::adders);
        shared +=
            normal_form(problem.matrix, problem.inputs, {})->key == normal_form(other.matrix, other.inputs, {})->key;
    }
    CHECK(shared == 10);
}

TEST_CASE("different problems have different normal forms") {
    const std::vector<InputInfo> bytes(2, {Interval::of(Kif(true, 7, 0)), 0});
    const auto key = [](const Matrix& matrix, const std::vector<InputInfo>& inputs, const Options& options = {}) {
        return normal_form(matrix, inputs, options)->key;
    };
    const Matrix matrix{2, 2, {Int(3), Int(5), Int(7), Int(11)}};
    const std::string base = key(matrix, bytes);
    CHECK(key(matrix, bytes) == base);
    CHECK(key({2, 2, {Int(3), Int(5), Int(7), Int(-11)}}, bytes) != base);
    CHECK(key({2, 2, {Int(3), Int(5), Int(7), Int(13)}}, bytes) != base);
    CHECK(key({2, 2, {Int(3), Int(5), Int(7), Int(22)}}, bytes) != base);
    CHECK(key({2, 2, {Int(3), Int(5), Int(7), Int(0)}}, bytes) != base);
    CHECK(key({2, 2, {Int(3), Int(5), Int(7), Int(11) << 64}}, bytes) != base);
    CHECK(key(matrix, bytes, {.depth = Depth::free}) != base);
    CHECK(key(matrix, bytes, {.depth = Depth::each_output}) != base);
    CHECK(key(matrix, bytes, {.extra_depth = 1}) != base);
    CHECK(key(matrix, bytes, {.objective = Objective::bits}) != base);
    CHECK(key(matrix, {bytes[0], {bytes[1].range, 1}}) != base);
    CHECK(key(matrix, {bytes[0], {Interval(0, 255, 0), 0}}) != base);
    CHECK(key(matrix, {{bytes[0].range, 3}, {bytes[1].range, 3}}) == base);  // all later by the same
    // Powers of two of a row are free when adders count, but not when bits do.
    const Matrix scaled{2, 2, {Int(6), Int(10), Int(7), Int(11)}};
    CHECK(key(scaled, bytes) == base);
    const Options bits{.objective = Objective::bits};
    CHECK(key(scaled, bytes, bits) != key(matrix, bytes, bits));
    CHECK(key(scaled, {{bytes[0].range.shifted(-1), 0}, bytes[1]}, bits) == key(matrix, bytes, bits));
}

TEST_CASE("nothing to solve has no normal form") {
    CHECK_FALSE(normal_form({0, 0, {}}, {}, {}));
    CHECK_FALSE(normal_form({1, 2, {Int(0), Int(0)}}, {{Interval(0, 3, 0), 0}}, {}));
    CHECK_FALSE(normal_form({1, 1, {Int(5)}}, {InputInfo()}, {}));
}

TEST_CASE("a graph for another form is refused") {
    const Matrix matrix{2, 1, {Int(3), Int(5)}};
    const std::vector<InputInfo> inputs(2, {Interval::of(Kif(true, 7, 0)), 0});
    const auto form = normal_form(matrix, inputs, {});
    const AdderGraph good = *to_normal_form(*form, solve(matrix, inputs).graph);
    REQUIRE(from_normal_form(*form, good, matrix));
    AdderGraph graph = good;
    graph.inputs = 3;
    CHECK_FALSE(from_normal_form(*form, graph, matrix));
    graph = good;
    graph.adders[0].a = 1000;
    CHECK_FALSE(from_normal_form(*form, graph, matrix));
    graph = good;
    graph.adders[0].b = 2;  // itself
    CHECK_FALSE(from_normal_form(*form, graph, matrix));
    graph = good;
    graph.outputs[0].node = 1000;
    CHECK_FALSE(from_normal_form(*form, graph, matrix));
    graph = good;
    graph.outputs.push_back({});
    CHECK_FALSE(from_normal_form(*form, graph, matrix));
    // Numbers that would fill the memory.
    for (const int shift : {40, 1 << 20, 1 << 30, -(1 << 30)}) {
        graph = good;
        for (Adder& adder : graph.adders) adder.shift_a = shift;
        CHECK_FALSE(from_normal_form(*form, graph, matrix));
    }
}

TEST_CASE("constants that follow are part of the normal form, wherever their outputs stand") {
    const std::vector<InputInfo> inputs(2, {Interval::of(Kif(true, 7, 0)), 0});
    const Matrix matrix{2, 2, {3, 5, 7, 1}};
    const Matrix swapped{2, 2, {5, 3, 1, 7}};
    const auto key = [&](const Matrix& m, std::vector<bool> follows) {
        Options options;
        options.constant_follows = std::move(follows);
        return normal_form(m, inputs, options)->key;
    };
    CHECK(key(matrix, {true, false}) == key(swapped, {false, true}));
    CHECK(key(matrix, {true, false}) != key(matrix, {false, true}));
    CHECK(key(matrix, {true, false}) != key(matrix, {}));
    CHECK(key(matrix, {false, false}) == key(matrix, {}));
}
