// The certificate against an independent, slow checker: it accepts what is right, and no broken graph.
#include <doctest/doctest.h>

#include "unit/cmvm/random_problem.hpp"

using namespace dal;
using namespace dal::cmvm;
using namespace dal::cmvm::testing;

namespace {

/// Changes one thing in a graph that has at least one adder.
void mutate(AdderGraph& graph, Random& random) {
    const auto node = [&] {
        return static_cast<uint32_t>(random.between(0, static_cast<int64_t>(graph.inputs + graph.adders.size())));
    };
    Adder& adder = graph.adders[static_cast<size_t>(random.between(0, static_cast<int64_t>(graph.adders.size()) - 1))];
    OutputTap& tap =
        graph.outputs[static_cast<size_t>(random.between(0, static_cast<int64_t>(graph.outputs.size()) - 1))];
    const Interval& range = adder.range;
    switch (random.between(0, 13)) {
        case 0: adder.shift_a += random.chance(50) ? 1 : -1; break;
        case 1: adder.shift_b += random.chance(50) ? 1 : -1; break;
        case 2: adder.subtract = !adder.subtract; break;
        case 3: adder.a = node(); break;
        case 4: adder.b = node(); break;
        case 5: std::swap(adder.a, adder.b); break;
        case 6: adder.depth += random.chance(50) ? 1 : -1; break;
        case 7: adder.range = Interval(range.lo() - 1, range.hi(), range.f()); break;
        case 8: adder.range = Interval(range.lo(), range.hi() + 1, range.f()); break;
        case 9: adder.range = Interval(range.lo() << 1, range.hi() << 1, range.f() + 1); break;
        case 10: tap.shift += random.chance(50) ? 1 : -1; break;
        case 11: tap.negate = !tap.negate; break;
        case 12: tap.node = node(); break;
        case 13: tap.node.reset(); break;
    }
}

}  // namespace

TEST_CASE("a changed graph is rejected unless it is still right") {
    Random random(5);
    int rejected = 0;
    int harmless = 0;
    for (int n = 0; n < 600; ++n) {
        const RandomProblem problem = random_problem(random, 5, random.chance(20) ? 70 : 8);
        Options options;
        options.max_moves = 50;
        const Solution solution = solve(problem.matrix, problem.inputs, options);
        REQUIRE_FALSE(certify(solution.graph, problem.matrix, problem.inputs));
        if (solution.graph.adders.empty()) continue;
        for (int m = 0; m < 30; ++m) {
            AdderGraph graph = solution.graph;
            mutate(graph, random);
            const bool valid = is_valid(graph, problem);
            CAPTURE(print(problem));
            REQUIRE(certify(graph, problem.matrix, problem.inputs).has_value() == !valid);
            ++(valid ? harmless : rejected);
        }
    }
    CHECK(rejected > 8000);
    CHECK(harmless < rejected / 5);
}

TEST_CASE("the certificate says what is wrong") {
    const Matrix matrix{2, 1, {Int(1), Int(1)}};
    const std::vector<InputInfo> inputs(2, {Interval(0, 15, 0), 0});
    const AdderGraph good = solve(matrix, inputs).graph;
    AdderGraph graph = good;
    graph.adders[0].subtract = true;
    graph.adders[0].range = Interval(-15, 15, 0);
    CHECK(certify(graph, matrix, inputs) == "output 0: the weight of input 1 is not that of the matrix");
    graph = good;
    graph.adders[0].depth = 2;
    CHECK(certify(graph, matrix, inputs) == "adder 2: depth 2 recorded, 1 found");
    graph = good;
    graph.adders[0].range = Interval(0, 31, 0);
    CHECK(certify(graph, matrix, inputs) == "adder 2: range [0, 31] step 2^0 recorded, [0, 30] step 2^0 found");
    graph = good;
    graph.adders[0].a = 2;
    CHECK(certify(graph, matrix, inputs) == "adder 2: an operand does not come before it");
    graph = good;
    graph.adders[0].shift_a = 1 << 30;
    CHECK(certify(graph, matrix, inputs) == "adder 2: a shift is out of bounds");
    graph = good;
    graph.outputs.clear();
    CHECK(certify(graph, matrix, inputs) == "the graph has another number of outputs than the matrix");
    CHECK(certify(good, matrix, {}) == "the number of input intervals is not that of the inputs");
    graph = good;
    graph.adders.push_back(good.adders[0]);
    CHECK(certify(graph, matrix, inputs) == "adder 3: nothing uses it");
}

TEST_CASE("a graph may use negative shifts") {
    // y = 2·x0 + x1 as 2·(x0 + x1/2).
    const Matrix matrix{2, 1, {Int(2), Int(1)}};
    const std::vector<InputInfo> inputs(2, {Interval(0, 3, 0), 0});
    AdderGraph graph{2, {Adder{0, 1, 0, -1, false, 1, Interval(0, 9, 1)}}, {OutputTap{2, 1, false}}};
    CHECK_FALSE(certify(graph, matrix, inputs));
    graph.outputs[0].shift = 0;
    CHECK(certify(graph, matrix, inputs));
}

TEST_CASE("shifts that add up to more than numbers can say are refused") {
    // x·2^(2^24 + 1), and that again and again.
    constexpr int shift = 1 << 24;
    const Matrix matrix{1, 1, {Int(1)}};
    const std::vector<InputInfo> inputs(1, {Interval(Int(-128), Int(127), 0), 0});
    AdderGraph graph{1, {}, {{200U, 0, false}}};
    for (uint32_t n = 0; n < 200; ++n) {
        const int64_t f = -int64_t{shift + 1} * (n + 1);
        Adder adder{n, n, shift, shift, false, static_cast<int>(n) + 1, inputs[0].range};
        if (f > INT32_MIN) adder.range = Interval(Int(-128), Int(127), static_cast<int>(f));
        graph.adders.push_back(adder);
    }
    const auto fault = certify(graph, matrix, inputs);
    REQUIRE(fault);
    CHECK(*fault == "adder 2: its shifts add up beyond all bounds");
    // Down again: each shift for itself is one that solvers might use.
    for (uint32_t n = 1; n < 200; n += 2) graph.adders[n].shift_a = graph.adders[n].shift_b = -shift;
    CHECK(certify(graph, matrix, inputs));
}
