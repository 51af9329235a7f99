// Affine forms: ranges where a value arrives twice, their cost, and what happens beyond the budget.
#include <doctest/doctest.h>

#include <ctime>
#include <numeric>

#include "dal/graph/movement.hpp"
#include "dal/infer/forward/forward.hpp"

using namespace dal;

namespace {

NodeId port(Graph& graph, const Shape& shape, const Kif& kif) {
    const std::string name(1, static_cast<char>('a' + graph.inputs().size()));
    return graph.input(name, shape, {.real = false, .formats = Format{kif}}, {});
}

NodeId numbers(Graph& graph, const Shape& shape, std::vector<int> values) {
    return graph.constant(shape, std::vector<Dyadic>(values.begin(), values.end()), {});
}

Interval range(Graph& graph, NodeId node, size_t element = 0) {
    REQUIRE(infer_forward(graph));
    return graph[node].range[element];
}

/// On an idle machine all of these take well under a second; anything that is not linear takes minutes, sanitized or
/// not.
constexpr double patience = 20;

/// Of the processor, so that other programs do not count.
double seconds_of(Graph& graph) {
    const std::clock_t start = std::clock();
    REQUIRE(infer_forward(graph));
    return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

}  // namespace

TEST_CASE("a value that is taken away again is gone") {
    Graph graph;
    const NodeId x = port(graph, {}, Kif(true, 3, 2));
    const NodeId y = port(graph, {}, Kif(false, 2, 0));
    const NodeId sum = graph.add(x, y, {}).value();
    CHECK(range(graph, graph.sub(sum, sum, {}).value()) == Interval());
    CHECK(range(graph, graph.sub(sum, x, {}).value()) == Interval::of(Kif(false, 2, 0)));
    CHECK(range(graph, graph.sub(y, sum, {}).value()) == Interval(-31, 32, 2));
}

TEST_CASE("3x - 2x has the range and the step of x") {
    Graph graph;
    const Kif kif(true, 70, 3);
    const NodeId x = port(graph, {}, kif);
    const NodeId three = graph.mul(x, numbers(graph, {}, {3}), {}).value();
    const NodeId two = graph.shift(x, 1, {});
    CHECK(range(graph, graph.sub(three, two, {}).value()) == Interval::of(kif));
    const NodeId minus = graph.neg(three, {});
    CHECK(range(graph, graph.add(minus, two, {}).value()) == -Interval::of(kif));
    // A quarter of x added to three quarters: the step of x again, not that of a quarter.
    const NodeId quarter = graph.shift(x, -2, {});
    const NodeId rest = graph.shift(three, -2, {});
    CHECK(range(graph, graph.add(quarter, rest, {}).value()) == Interval::of(kif));
}

TEST_CASE("constants on the way are part of the form") {
    Graph graph;
    const NodeId x = port(graph, {}, Kif(false, 4, 0));
    const NodeId moved = graph.add(x, numbers(graph, {}, {100}), {}).value();
    CHECK(range(graph, graph.sub(moved, x, {}).value()) == Interval::constant(100));
    const NodeId away = graph.sub(numbers(graph, {}, {7}), x, {}).value();
    CHECK(range(graph, graph.add(away, moved, {}).value()) == Interval::constant(107));
}

TEST_CASE("a constant on the way is scaled with the rest") {
    Graph graph;
    const NodeId x = port(graph, {2}, Kif(true, 4, 1));
    const NodeId moved = graph.add(x, numbers(graph, {2}, {5, -3}), {}).value();
    const NodeId three = numbers(graph, {}, {3});
    const NodeId thrice = graph.sub(graph.mul(moved, three, {}).value(), graph.mul(x, three, {}).value(), {}).value();
    CHECK(range(graph, thrice, 0) == Interval::constant(15));
    CHECK(range(graph, thrice, 1) == Interval::constant(-9));
    const NodeId quarter = graph.sub(graph.shift(moved, -2, {}), graph.shift(x, -2, {}), {}).value();
    CHECK(range(graph, quarter) == Interval::constant(Dyadic(5, -2)));
    const NodeId opposite = graph.add(graph.neg(moved, {}), x, {}).value();
    CHECK(range(graph, opposite) == Interval::constant(-5));
    // A dense layer of what was moved: 2·5 - 7·(-3).
    const NodeId weights = numbers(graph, {2}, {2, -7});
    const auto dense = [&](NodeId of) {
        return graph.einsum(parse_einsum("i,i->", {}).value(), of, weights, {}).value();
    };
    CHECK(range(graph, graph.sub(dense(moved), dense(x), {}).value()) == Interval::constant(31));
}

TEST_CASE("beyond 2^300, and below 2^-300") {
    Graph graph;
    const NodeId far = port(graph, {}, Kif(true, 310, -290));
    const NodeId fine = port(graph, {}, Kif(true, -300, 310));
    const NodeId both =
        graph.sub(graph.mul(far, numbers(graph, {}, {5}), {}).value(), graph.shift(far, 2, {}), {}).value();
    CHECK(range(graph, both) == Interval::of(Kif(true, 310, -290)));
    const NodeId tiny =
        graph.sub(graph.mul(fine, numbers(graph, {}, {5}), {}).value(), graph.shift(fine, 2, {}), {}).value();
    CHECK(range(graph, tiny) == Interval::of(Kif(true, -300, 310)));
}

TEST_CASE("a residual around a dense layer counts each input once") {
    Graph graph;
    const NodeId x = port(graph, {3}, Kif(true, 2, 0));  // [-4, 3]
    const NodeId w = numbers(graph, {3, 3}, {-1, 2, 0, 3, -1, 1, 0, 0, -2});
    const NodeId dense = graph.einsum({{"i", "io"}, "o"}, x, w, {}).value();
    const NodeId residual = graph.add(dense, x, {}).value();
    // o = 0: (-1 + 1)·x0 + 3·x1
    CHECK(range(graph, residual, 0) == Interval(-12, 9, 0));
    CHECK(range(graph, residual, 1) == Interval(-4, 3, -1));  // 2·x0 + (-1 + 1)·x1
    CHECK(range(graph, residual, 2) == Interval(-4, 3, 0) + Interval(-3, 4, 0));
}

TEST_CASE("a mean that is subtracted") {
    Graph graph;
    const NodeId x = port(graph, {4}, Kif(false, 4, 0));  // [0, 15]
    const NodeId sum = graph.einsum({{"i"}, ""}, std::vector<NodeId>{x}, {}).value();
    const NodeId centred = graph.sub(x, graph.shift(sum, -2, {}), {}).value();
    // 3/4 of one minus 1/4 of three others
    for (size_t e = 0; e < 4; ++e) CHECK(range(graph, centred, e) == Interval(-45, 45, 2));
    // The sum of all deviations is 0.
    CHECK(range(graph, graph.einsum({{"i"}, ""}, std::vector<NodeId>{centred}, {}).value()) == Interval());
}

TEST_CASE("two dense layers without anything in between are one") {
    Graph graph;
    const NodeId x = port(graph, {2}, Kif(true, 3, 0));
    const NodeId first = graph.einsum({{"i", "io"}, "o"}, x, numbers(graph, {2, 2}, {1, 1, 1, -1}), {}).value();
    const NodeId second = graph.einsum({{"i", "io"}, "o"}, first, numbers(graph, {2, 2}, {1, 1, 1, -1}), {}).value();
    CHECK(range(graph, second, 0) == Interval(-8, 7, -1));
    CHECK(range(graph, second, 1) == Interval(-8, 7, -1));
}

TEST_CASE("movements are seen through, element by element") {
    Graph graph;
    const NodeId x = port(graph, {2}, Kif(true, 3, 0));
    const NodeId y = graph.shift(x, 1, {});
    const NodeId swapped = graph.move("flip", {2}, {{0, 1}, {0, 0}}, {y}, {});
    const NodeId back = graph.move("flip", {2}, {{0, 1}, {0, 0}}, {swapped}, {});
    const NodeId same = graph.sub(back, x, {}).value();
    const NodeId other = graph.sub(swapped, x, {}).value();
    CHECK(range(graph, same, 0) == Interval(-8, 7, 0));
    CHECK(range(graph, other, 0) == Interval(-23, 22, 0));
    // A window that has an element twice.
    const NodeId twice = graph.move("gather", {3}, {{0, 0}, {0, 1}, {0, 0}}, {x}, {});
    const NodeId w = numbers(graph, {3}, {1, 1, -1});
    CHECK(range(graph, graph.einsum({{"i", "i"}, ""}, twice, w, {}).value()) == Interval(-8, 7, 0));
}

TEST_CASE("what is not linear is a symbol of its own") {
    Graph graph;
    const NodeId x = port(graph, {}, Kif(true, 2, 1));
    const NodeId positive = graph.relu(x, {});
    CHECK(range(graph, graph.sub(positive, x, {}).value()) == Interval(-7, 15, 1));  // not 0: [0, 4] would be exact
    const NodeId more = graph.add(positive, x, {}).value();
    CHECK(range(graph, graph.sub(more, positive, {}).value()) == Interval::of(Kif(true, 2, 1)));
    const NodeId wrapped = graph.quantize(more, Format{Kif(true, 1, 0)}, {}).value();
    CHECK(range(graph, graph.sub(wrapped, more, {}).value()) == Interval(-18, 10, 1));
}

TEST_CASE("a chain of 100,000 sums, of one value and of ever new ones") {
    Graph one;
    NodeId x = port(one, {}, Kif(true, 7, 0));
    const NodeId start = x;
    for (int j = 0; j < 50'000; ++j) {
        const NodeId more = one.add(x, start, {}).value();
        x = one.sub(more, start, {}).value();
    }
    CHECK(seconds_of(one) < patience);
    CHECK(one[x].range[0] == Interval::of(Kif(true, 7, 0)));

    Graph many;
    x = port(many, {}, Kif(true, 7, 0));
    for (int j = 0; j < 50'000; ++j) {
        const NodeId next = many.quantize(x, Format{Kif(true, 7, 0)}, {}).value();
        x = many.add(x, many.relu(next, {}), {}).value();
    }
    CHECK(seconds_of(many) < patience);
}

TEST_CASE("a ladder of 10,000 diamonds") {
    Graph graph;
    NodeId x = port(graph, {}, Kif(true, 7, 0));
    for (int j = 0; j < 10'000; ++j) {
        const NodeId left = graph.mul(x, numbers(graph, {}, {3}), {}).value();
        const NodeId right = graph.shift(x, 1, {});
        x = graph.sub(left, right, {}).value();
    }
    CHECK(seconds_of(graph) < patience);
    CHECK(graph[x].range[0] == Interval::of(Kif(true, 7, 0)));

    Graph wrapped;
    x = port(wrapped, {}, Kif(true, 7, 0));
    for (int j = 0; j < 10'000; ++j) {
        const NodeId left = wrapped.relu(x, {});
        const NodeId right = wrapped.neg(x, {});
        x = wrapped.quantize(wrapped.add(left, right, {}).value(), Format{Kif(true, 7, 0)}, {}).value();
    }
    CHECK(seconds_of(wrapped) < patience);
}

TEST_CASE("beyond the budget ranges are those of interval arithmetic") {
    const auto last_of = [](int64_t n, double limit) {
        Graph graph;
        const NodeId x = port(graph, {n}, Kif(true, 3, 0));
        const NodeId total = graph.einsum({{"i"}, ""}, std::vector<NodeId>{x}, {}).value();
        const NodeId spread = graph.add(total, x, {}).value();  // each element has n terms
        const NodeId less = graph.sub(spread, x, {}).value();
        CHECK(seconds_of(graph) < limit);
        return graph[less].range.back();
    };
    CHECK(last_of(500, 1) == Interval(-4000, 3500, 0));
    CHECK(last_of(3000, 2) == Interval(-24'000 - 8 - 7, 21'000 + 7 + 8, 0));
}
