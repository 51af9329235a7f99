#include <doctest/doctest.h>

#include <ctime>

#include "dal/infer/forward/forward.hpp"
#include "dal/infer/forward/linear_range.hpp"
#include "dal/support/codes/real_codes.hpp"
#include "dal/support/codes/size_codes.hpp"

using namespace dal;

namespace {

NodeId port(Graph& graph, const char* name, const Shape& shape, const Kif& kif) {
    return graph.input(name, shape, {.real = false, .formats = Format{kif}}, {});
}

/// Range of element 0 of `node` after inference.
Interval range_of(Graph& graph, NodeId node) {
    REQUIRE(infer_forward(graph));
    return graph[node].range.front();
}

/// A span that stands for line `n`, to tell places apart.
Span place(uint32_t n) { return {FileId{0}, n, n + 1}; }

}  // namespace

TEST_CASE("each operation has its exact range") {
    Graph g;
    const NodeId x = port(g, "x", {}, Kif(true, 3, 2));  // [-8, 7.75] step 1/4
    const NodeId u = port(g, "u", {}, Kif(false, 2, 0));
    const NodeId c = g.constant({}, {Dyadic(-3, -1)}, {});
    const NodeId zero = g.constant({}, {0}, {});
    CHECK(range_of(g, x) == Interval(-32, 31, 2));
    CHECK(range_of(g, c) == Interval::constant(Dyadic(-3, -1)));
    CHECK(range_of(g, g.add(x, u, {}).value()) == Interval(-32, 43, 2));
    CHECK(range_of(g, g.sub(u, x, {}).value()) == Interval(-31, 44, 2));
    CHECK(range_of(g, g.mul(x, c, {}).value()) == Interval(-93, 96, 3));
    CHECK(range_of(g, g.mul(c, x, {}).value()) == Interval(-93, 96, 3));
    CHECK(range_of(g, g.mul(x, zero, {}).value()) == Interval());
    CHECK(range_of(g, g.add(u, zero, {}).value()) == Interval(0, 3, 0));
    CHECK(range_of(g, g.shift(x, 5, {})) == Interval(-32, 31, -3));
    CHECK(range_of(g, g.shift(x, -5, {})) == Interval(-32, 31, 7));
    CHECK(range_of(g, g.neg(x, {})) == Interval(-31, 32, 2));
    CHECK(range_of(g, g.relu(x, {})) == Interval(0, 31, 2));
    CHECK(range_of(g, g.relu(g.neg(u, {}), {})) == Interval());
    CHECK(range_of(g, g.quantize(x, Format{Kif(true, 2, 1), Round::rnd, Overflow::sat}, {}).value()) ==
          Interval(-8, 7, 1));
    CHECK(range_of(g, g.quantize(u, Format{Kif(true, 5, 3)}, {}).value()) == Interval(0, 3, 0));
    CHECK(range_of(g, g.quantize(x, Format{}, {}).value()) == Interval());
}

TEST_CASE("a quantized real has every value of its format") {
    Graph g;
    const NodeId x = g.input("x", {}, {.real = true, .formats = {}}, {});
    const auto quantized = [&](const Kif& kif, Overflow overflow) {
        return range_of(g, g.quantize(x, Format{kif, Round::rnd, overflow}, {}).value());
    };
    CHECK(quantized(Kif(true, 3, 1), Overflow::wrap) == Interval(-16, 15, 1));
    CHECK(quantized(Kif(true, 3, 1), Overflow::sat) == Interval(-16, 15, 1));
    CHECK(quantized(Kif(true, 3, 1), Overflow::sat_zero) == Interval(-16, 15, 1));
    CHECK(quantized(Kif(true, 3, 1), Overflow::sat_sym) == Interval(-15, 15, 1));
    CHECK(quantized(Kif(false, 3, 1), Overflow::sat_sym) == Interval(0, 15, 1));
    CHECK(quantized(Kif(true, 0, 0), Overflow::sat_sym) == Interval());  // one bit: only 0
    CHECK(quantized(Kif(true, 0, 0), Overflow::sat) == Interval(-1, 0, 0));
    CHECK(quantized(Kif(), Overflow::sat) == Interval());
}

TEST_CASE("formats and broadcasting are per element") {
    Graph g;
    const NodeId x = g.input(
        "x", {2}, {.real = false, .formats = FormatMap({Format{Kif(false, 1, 0)}, Format{Kif(true, 2, 3)}})}, {});
    const NodeId column = g.constant({2, 1}, {10, 20}, {});
    const NodeId sum = g.add(x, column, {}).value();
    REQUIRE(infer_forward(g));
    const std::vector<Interval> expected{Interval(10, 11, 0), Interval(48, 111, 3), Interval(20, 21, 0),
                                         Interval(128, 191, 3)};
    CHECK(g[sum].range == expected);
}

TEST_CASE("a constant einsum sums exact ranges, whichever operand is constant") {
    Graph g;
    const NodeId x = port(g, "x", {3}, Kif(true, 2, 1));  // [-4, 3.5]
    const NodeId w = g.constant({3, 2}, {1, 0, -2, 0, Dyadic(1, -3), Dyadic(0)}, {});
    const NodeId wt = g.constant({2, 3}, {1, -2, Dyadic(1, -3), 0, 0, 0}, {});
    const NodeId a = g.einsum(parse_einsum("i,io->o", {}).value(), x, w, {}).value();
    const NodeId b = g.einsum(parse_einsum("oi,i->o", {}).value(), wt, x, {}).value();
    REQUIRE(infer_forward(g));
    // In sixteenths: 16·x0 - 32·x1 + 2·x2, all in halves.
    CHECK(g[a].range[0] == Interval(-64 - 112 - 8, 56 + 128 + 7, 4));
    CHECK(g[a].range[1] == Interval());
    CHECK(g[b].range == g[a].range);
}

TEST_CASE("zero weights do not refine the step, zero ranges neither") {
    const std::vector<Interval> x{Interval(-8, 7, 0), Interval(-1, 1, 40), Interval()};
    const auto range = [&](std::vector<Dyadic> w) { return linear_ranges("i", {3}, x, "i", {3}, w, "").front(); };
    CHECK(range({3, 0, Dyadic(1, -30)}) == Interval(-24, 21, 0));
    CHECK(range({0, 0, 5}) == Interval());
    CHECK(range({0, 0, 0}) == Interval());
    CHECK(linear_ranges("i", {1}, std::vector<Interval>(1), "i", {1}, std::vector<Dyadic>{12}, "").front().is_zero());
    CHECK(range({4, 0, 0}) == Interval(-8, 7, -2));
}

TEST_CASE("a letter of the weights alone is summed before anything else") {
    const std::vector<Interval> x{Interval(0, 3, 0), Interval(0, 1, 0)};
    // y = sum_j x·w_j = x·0
    CHECK(linear_ranges("i", {2}, x, "j", {2}, std::vector<Dyadic>{5, -5}, "i") == std::vector<Interval>(2));
    // diagonal of the weights
    CHECK(linear_ranges("i", {2}, x, "ii", {2, 2}, std::vector<Dyadic>{1, 7, 9, -1}, "") ==
          std::vector<Interval>{Interval(-1, 3, 0)});
    // outer product, result in another order
    CHECK(linear_ranges("i", {2}, x, "o", {2}, std::vector<Dyadic>{1, 2}, "oi") ==
          std::vector<Interval>{Interval(0, 3, 0), Interval(0, 1, 0), Interval(0, 3, -1), Interval(0, 1, -1)});
}

TEST_CASE("sums are exact at every width") {
    for (const int bits : {20, 40, 53, 60, 61, 62, 63, 64, 65, 128, 200, 300}) {
        CAPTURE(bits);
        const Int lo = -Int::pow2(bits - 1);
        const Int hi = Int::pow2(bits - 1) - 1;
        const std::vector<Interval> x(3, Interval(lo, hi, 5));
        const auto range = linear_ranges("i", {3}, x, "i", {3}, std::vector<Dyadic>{3, -1, Dyadic(5, -2)}, "").front();
        CHECK(range == Interval(lo * 17 - hi * 4, hi * 17 - lo * 4, 7));
    }
}

TEST_CASE("arithmetic on a real is reported once per origin, with help") {
    Graph g;
    const NodeId x = g.input("x", {2}, {.real = true, .formats = {}}, place(1));
    const NodeId z = g.input("z", {2}, {.real = true, .formats = {}}, place(2));
    const NodeId c = g.constant({2}, {1, 2}, {});
    const NodeId sum = g.add(x, c, place(3)).value();
    const NodeId later = g.relu(sum, place(4));  // follows from the first: silent
    g.relu(z, place(5));
    g.output("y", later, place(6));
    g.output("raw", z, place(7));
    const auto result = infer_forward(g);
    REQUIRE_FALSE(result);
    const Diagnostics& d = result.error();
    REQUIRE(d.size() == 3);
    CHECK(d[0].code == code::real_in_arithmetic);
    CHECK(d[0].span == place(3));
    CHECK(d[0].message == "`x` is an unquantized real in `+`");
    REQUIRE(d[0].secondary.size() == 1);
    CHECK(d[0].secondary[0].span == place(1));
    CHECK(d[0].help == std::vector<std::string>{"quantize it first: `quantize(x, fixed(1, 3, 4))`"});
    CHECK(d[1].code == code::real_in_arithmetic);
    CHECK(d[1].span == place(5));
    CHECK(d[2].code == code::real_output);
    CHECK(d[2].span == place(7));
}

TEST_CASE("the width cap names the chain that grew the value") {
    Graph g;
    const NodeId x = port(g, "x", {2}, Kif(true, 299, 0));
    const NodeId narrow = port(g, "n", {2}, Kif(true, 3, 0));
    NodeId h = g.add(g.shift(x, 100, place(1)), narrow, place(2)).value();
    g[h].name = "h";
    h = g.einsum(parse_einsum("i,i->", {}).value(), h, g.constant({2}, {Dyadic(Int::pow2(200) + 1), 0}, {}), place(3))
            .value();
    g.output("y", g.relu(h, place(4)), place(5));
    const auto result = infer_forward(g);
    REQUIRE_FALSE(result);
    REQUIRE(result.error().size() == 1);
    const Diagnostic& d = result.error().front();
    CHECK(d.code == code::width_cap);
    CHECK(d.span == place(3));
    CHECK(d.message == "`einsum` makes a value of 601 bits");
    REQUIRE(d.secondary.size() == 3);
    CHECK(d.secondary[0].text == "`h` has 401 bits at [0]");
    CHECK(d.secondary[1].text == "`<<` has 300 bits at [0]");
    CHECK(d.secondary[2].text == "`x` has 300 bits at [0]");
    CHECK(d.rules.back() ==
          "it grew along: `x` has 300 bits at [0], then `<<` has 300 bits at [0], then `h` has 401 "
          "bits at [0], then `einsum` has 601 bits");
    CHECK(infer_forward(g, {.width_cap = 601}));
    CHECK_FALSE(infer_forward(g, {.width_cap = 600}));
}

TEST_CASE("absurd formats, constants and shifts are diagnostics") {
    const auto code_of = [](auto&& build) {
        Graph g;
        const NodeId x = port(g, "x", {}, Kif(true, 3, 0));
        build(g, x);
        const auto result = infer_forward(g);
        REQUIRE_FALSE(result);
        return result.error().front().code;
    };
    CHECK(code_of([](Graph& g, NodeId x) { (void)g.quantize(x, Format{Kif(true, 1'000'000'000, 0)}, {}); }) ==
          code::width_cap);
    CHECK(code_of([](Graph& g, NodeId x) {
              (void)g.quantize(x, Format{Kif(true, -999'999'999, 1'000'000'000)}, {});
          }) == code::width_cap);
    CHECK(code_of([](Graph& g, NodeId) { port(g, "y", {}, Kif(false, 512, 1)); }) == code::width_cap);
    CHECK(code_of([](Graph& g, NodeId x) { g.add(g.shift(x, 2'000'000'000, {}), x, {}).value(); }) == code::width_cap);
    CHECK(code_of([](Graph& g, NodeId x) { g.shift(x, -2'000'000'000, {}); }) == code::width_cap);
    CHECK(code_of([](Graph& g, NodeId) { g.constant({}, {Dyadic(1, int64_t{1} << 40)}, {}); }) == code::width_cap);
    CHECK(code_of([](Graph& g, NodeId x) {
              NodeId y = x;  // each step is near, the product is not
              for (int j = 0; j < 4; ++j) y = g.mul(y, g.constant({}, {Dyadic(1, -30'000)}, {}), {}).value();
          }) == code::width_cap);
}

TEST_CASE("a dense layer of 512 x 512 is inferred quickly") {
    std::vector<Dyadic> weights;
    for (int64_t j = 0; j < 512 * 512; ++j) weights.emplace_back(Int(j * 7919 % 255 - 127), -j % 5);
    for (const int bits : {8, 100}) {  // in 64-bit integers, and beyond them
        Graph g;
        const NodeId x = port(g, "x", {512}, Kif(true, bits - 1, 0));
        const NodeId w = g.constant({512, 512}, weights, {});
        g.output("y", g.einsum(parse_einsum("i,io->o", {}).value(), x, w, {}).value(), {});
        const std::clock_t start = std::clock();  // of the processor, so that other programs do not count
        REQUIRE(infer_forward(g));
        const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
        MESSAGE("512 x 512, " << bits << "-bit inputs: " << seconds << " s");
        CHECK(seconds < 5);  // far above what it takes, for slow and instrumented builds
    }
}
