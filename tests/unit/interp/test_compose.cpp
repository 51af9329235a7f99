// Compositions (graph/compose.hpp) run by the interpreter, against the obvious loops.
#include <doctest/doctest.h>

#include <algorithm>

#include "dal/graph/compose.hpp"
#include "dal/infer/forward/forward.hpp"
#include "dal/interp/interpreter.hpp"

using namespace dal;

namespace {

/// Samples of small integers that repeat often, and the elements of sample `s`.
struct Data {
    Shape shape;
    int64_t samples;
    std::vector<double> values;

    Data(Shape of, int64_t count, int spread) : shape(std::move(of)), samples(count) {
        uint64_t state = 12345;
        for (int64_t j = 0; j < samples * element_count(shape); ++j) {
            state = state * 6364136223846793005U + 1442695040888963407U;
            values.push_back(static_cast<double>((state >> 33) % static_cast<uint64_t>(spread)) - spread / 2);
        }
    }
    [[nodiscard]] double at(int64_t sample, int64_t element) const {
        return values[static_cast<size_t>(sample * element_count(shape) + element)];
    }
    [[nodiscard]] Samples batch() const {
        Shape all = shape;
        all.insert(all.begin(), samples);
        return Array::from_doubles(all, values);
    }
};

/// Runs what `build` makes of an input.
template <class Build>
Codes run(const Data& data, Build&& build) {
    Graph graph;
    const NodeId x = graph.input("x", data.shape, {.real = false, .formats = Format{Kif(true, 7, 0)}}, {});
    GraphBuilder builder(graph, {});
    const auto y = build(builder, x);
    REQUIRE(y);
    graph.output("y", *y, {});
    verify(graph);
    REQUIRE(infer_forward(graph));
    const std::vector<Samples> inputs{data.batch()};
    return interpret(graph, inputs).value().front();
}

}  // namespace

TEST_CASE("reductions agree with loops at every length") {
    for (int64_t n = 1; n <= 20; ++n) {
        CAPTURE(n);
        const Data data({n}, 30, 5);
        const auto check = [&](auto&& build, auto&& reference) {
            const Codes y = run(data, build);
            REQUIRE(y.shape() == Shape{});
            for (int64_t s = 0; s < data.samples; ++s) {
                const auto first = data.values.begin() + s * n;
                CHECK(y.value(s, 0) == Dyadic(static_cast<int>(reference(first, first + n))));
            }
        };
        check([](auto& b, NodeId x) { return reduce_max(b, x, {}); },
              [](auto first, auto last) { return *std::max_element(first, last); });
        check([](auto& b, NodeId x) { return reduce_min(b, x, {}); },
              [](auto first, auto last) { return *std::min_element(first, last); });
        check([](auto& b, NodeId x) { return argmax(b, x, {}); },
              [](auto first, auto last) { return std::max_element(first, last) - first; });
        check([](auto& b, NodeId x) { return argmin(b, x, {}); },
              [](auto first, auto last) { return std::min_element(first, last) - first; });
        check([](auto& b, NodeId x) { return sum(b, x, {}); },
              [](auto first, auto last) { return std::accumulate(first, last, 0.0); });
        check([](auto& b, NodeId x) { return any(b, x, {}); },
              [](auto first, auto last) { return std::any_of(first, last, [](double v) { return v != 0; }) ? 1 : 0; });
        check([](auto& b, NodeId x) { return all(b, x, {}); },
              [](auto first, auto last) { return std::all_of(first, last, [](double v) { return v != 0; }) ? 1 : 0; });
    }
}

TEST_CASE("reductions take axes in any order, and keep them if asked") {
    const Data data({2, 3, 4}, 5, 9);
    const Codes most = run(data, [](auto& b, NodeId x) { return reduce_max(b, x, {.axes = {-1, 0}, .keep = false}); });
    const Codes kept = run(data, [](auto& b, NodeId x) { return argmin(b, x, {.axes = {1}, .keep = true}); });
    const Codes total = run(data, [](auto& b, NodeId x) { return sum(b, x, {.axes = {0, 1}, .keep = true}); });
    const Codes place = run(data, [](auto& b, NodeId x) { return argmax(b, x, {.axes = {2, 0}, .keep = false}); });
    CHECK(most.shape() == Shape{3});
    CHECK(kept.shape() == Shape{2, 1, 4});
    CHECK(total.shape() == Shape{1, 1, 4});
    for (int64_t s = 0; s < data.samples; ++s) {
        for (int64_t j = 0; j < 3; ++j) {
            double best = -100;
            int at = 0;
            for (int64_t i = 0; i < 2; ++i)
                for (int64_t k = 0; k < 4; ++k) {
                    const double value = data.at(s, (i * 3 + j) * 4 + k);
                    if (value <= best) continue;
                    best = value;
                    at = static_cast<int>(i * 4 + k);
                }
            CHECK(most.value(s, j) == Dyadic(static_cast<int>(best)));
            CHECK(place.value(s, j) == Dyadic(at));
        }
        for (int64_t k = 0; k < 4; ++k) {
            double sum_of = 0;
            for (int64_t i = 0; i < 2; ++i) {
                int least = 0;
                for (int j = 0; j < 3; ++j) {
                    sum_of += data.at(s, (i * 3 + j) * 4 + k);
                    if (data.at(s, (i * 3 + j) * 4 + k) < data.at(s, (i * 3 + least) * 4 + k)) least = j;
                }
                CHECK(kept.value(s, i * 4 + k) == Dyadic(least));
            }
            CHECK(total.value(s, k) == Dyadic(static_cast<int>(sum_of)));
        }
    }
}

TEST_CASE("the sorting network sorts every sequence of zeros and ones, so everything") {
    for (int64_t n = 0; n <= 16; ++n) {
        const auto steps = compose_detail::sorting_network(n);
        bool sorts = true;
        for (uint32_t bits = 0; bits < (uint32_t{1} << n); ++bits) {
            uint32_t now = bits;
            for (const auto& step : steps)
                for (size_t j = 0; j < step.low.size(); ++j) {
                    const uint32_t low = now >> step.low[j] & 1;
                    const uint32_t high = now >> step.high[j] & 1;
                    if (low > high) now ^= (uint32_t{1} << step.low[j]) | (uint32_t{1} << step.high[j]);
                }
            const auto ones = static_cast<unsigned>(std::popcount(bits));
            sorts = sorts && now == ((uint32_t{1} << n) - 1) - ((uint32_t{1} << (static_cast<unsigned>(n) - ones)) - 1);
        }
        CHECK_MESSAGE(sorts, n);
        for (const auto& step : steps) {
            std::vector<int64_t> used = step.low;
            used.insert(used.end(), step.high.begin(), step.high.end());
            std::sort(used.begin(), used.end());
            CHECK(std::adjacent_find(used.begin(), used.end()) == used.end());
        }
    }
}

TEST_CASE("sort along any axis, both ways") {
    const Data data({3, 5, 2}, 10, 7);
    for (const bool descending : {false, true}) {
        const Codes y = run(data, [&](auto& b, NodeId x) { return sort(b, x, -2, descending); });
        CHECK(y.shape() == data.shape);
        for (int64_t s = 0; s < data.samples; ++s)
            for (int64_t i = 0; i < 3; ++i)
                for (int64_t k = 0; k < 2; ++k) {
                    std::vector<double> line;
                    for (int64_t j = 0; j < 5; ++j) line.push_back(data.at(s, (i * 5 + j) * 2 + k));
                    std::sort(line.begin(), line.end());
                    if (descending) std::reverse(line.begin(), line.end());
                    for (int64_t j = 0; j < 5; ++j)
                        CHECK(y.value(s, (i * 5 + j) * 2 + k) ==
                              Dyadic(static_cast<int>(line[static_cast<size_t>(j)])));
                }
    }
}

TEST_CASE("clip has the range that it says") {
    Graph graph;
    const NodeId x = graph.input("x", {}, {.real = false, .formats = Format{Kif(true, 7, 2)}}, {});
    GraphBuilder b(graph, {});
    const NodeId y = clip(b, x, b.constant({}, {-3}), b.constant({}, {Dyadic(11, -1)}));
    REQUIRE(infer_forward(graph));
    CHECK(graph[y].range.front() == Interval(-12, 22, 2));
}

TEST_CASE("problems of compositions") {
    Graph graph;
    const NodeId x = graph.input("x", {2, 0}, {.real = false, .formats = Format{Kif(true, 7, 0)}}, {});
    GraphBuilder b(graph, {});
    CHECK(reduce_max(b, x, {}).error() == "max of [2, 0]: there is nothing to choose from");
    CHECK(argmin(b, x, {.axes = {2}, .keep = false}).error() ==
          "argmin of [2, 0]: there is no axis 2, axes are -2 to 1");
    CHECK(sum(b, x, {.axes = {0, -2}, .keep = false}).error() == "sum of [2, 0]: axis -2 is given twice");
    CHECK(sort(b, x, 5, false).error() == "sort of [2, 0]: there is no axis 5, axes are -2 to 1");
    CHECK(graph[sort(b, x, 1, false).value()].shape == Shape{2, 0});
    CHECK(graph[sum(b, x, {.axes = {1}, .keep = false}).value()].shape == Shape{2});
    const NodeId scalar = b.constant({}, {3});
    CHECK(sort(b, scalar, 0, false).error() == "sort of a scalar: there is no axis 0");
    CHECK(graph[reduce_max(b, scalar, {}).value()].shape == Shape{});
}
