#include "dal/lower/lower.hpp"

#include "dal/circuit/cost/cost.hpp"
#include "unit/lower/run.hpp"

using namespace dal;

namespace {

std::vector<Dyadic> values_of(const std::vector<int>& list) { return {list.begin(), list.end()}; }

EinsumSpec spec(std::string_view equation) { return *parse_einsum(equation, {}); }

std::vector<Dyadic> random_weights(std::mt19937_64& random, int64_t count, int bits) {
    std::vector<Dyadic> weights;
    for (int64_t j = 0; j < count; ++j) {
        const auto n = static_cast<int64_t>(random() % (uint64_t{2} << bits)) - (int64_t{1} << bits);
        weights.emplace_back(random() % 3 == 0 ? Int(0) : Int(n), static_cast<int64_t>(random() % 7) - 3);
    }
    return weights;
}

}  // namespace

TEST_CASE("the H.264 transform takes eight adders") {
    Graph graph;
    const NodeId x = graph.input("x", {4}, port(Kif(true, 8, 0)), {});
    const NodeId w = graph.constant({4, 4}, values_of({1, 2, 1, 1, 1, 1, -1, -2, 1, -1, -1, 2, 1, -2, 1, -1}), {});
    graph.output("y", *graph.einsum(spec("i,io->o"), x, w, {}), {});
    std::mt19937_64 random(1);
    const Samples codes = random_codes(random, graph[x], 100);
    const circuit::Circuit circuit = check_against_interpreter(graph, std::span(&codes, 1));
    const circuit::Report report = circuit::report(circuit);
    CHECK(report.adders == 8);
    CHECK(report.depth == 2);
}

TEST_CASE("biases and what rounding adds take no level of their own") {
    for (const Round round : {Round::trn, Round::rnd, Round::rnd_conv})
        for (const bool relu : {false, true}) {
            // Seven terms: three levels, with room for an eighth.
            Graph graph;
            const NodeId x = graph.input("x", {7}, port(Kif(true, 3, 2)), {});
            const NodeId w = graph.constant({7, 2}, values_of({1, 2, 1, -1, 1, 4, -1, 1, 2, 1, 1, -1, 1, 8}), {});
            NodeId y = *graph.einsum(spec("i,io->o"), x, w, {});
            y = *graph.add(y, graph.constant({2}, {Dyadic(5, -3), Dyadic(-3)}, {}), {});
            if (relu) y = graph.relu(y, {});
            y = *graph.quantize(y, FormatMap(Format{Kif(true, 4, 1), round, Overflow::wrap}), {});
            graph.output("y", y, {});
            std::mt19937_64 random(3);
            const Samples codes = random_codes(random, graph[x], 200);
            const circuit::Circuit circuit = check_against_interpreter(graph, std::span(&codes, 1));
            INFO(circuit::print(circuit));
            CHECK(circuit::report(circuit).depth == 3);
        }
}

TEST_CASE("einsums of any equation, with a format per element") {
    std::mt19937_64 random(2);
    struct Case {
        const char* equation;
        Shape x, w;
    };
    for (const Case& c : std::vector<Case>{{"i,io->o", {6}, {6, 5}},
                                           {"oi,i->o", {5, 6}, {6}},
                                           {"ti,io->to", {3, 4}, {4, 3}},
                                           {"ti,ts->si", {3, 4}, {3, 5}},
                                           {"ii,i->i", {3, 3}, {3}},
                                           {"i,o->io", {3}, {4}},
                                           {"i,i->", {7}, {7}},
                                           {"ij,k->", {2, 3}, {2}},
                                           {"tij,jk->tik", {2, 3, 2}, {2, 2}}}) {
        Graph graph;
        std::vector<Format> formats;
        for (int64_t e = 0; e < element_count(c.x); ++e) {
            const int width = static_cast<int>(random() % 9);
            const int f = static_cast<int>(random() % 8) - 2;
            formats.push_back({Kif(random() % 2 == 0, width - f, f), Round::trn, Overflow::wrap});
        }
        const NodeId x = graph.input("x", c.x, {false, FormatMap(formats)}, {});
        const NodeId w = graph.constant(c.w, random_weights(random, element_count(c.w), 5), {});
        const auto y = graph.einsum(spec(c.equation), x, w, {});
        REQUIRE(y);
        graph.output("y", *y, {});
        const Samples codes = random_codes(random, graph[x], 50);
        check_against_interpreter(graph, std::span(&codes, 1));
    }
}

TEST_CASE("elementwise operations broadcast and stay exact at every width") {
    std::mt19937_64 random(3);
    for (const int width : {1, 2, 3, 8, 9, 15, 16, 17, 31, 32, 33, 62, 63, 64, 65, 66, 127, 128, 129, 200}) {
        Graph graph;
        const NodeId a = graph.input("a", {2, 3}, port(Kif(true, width - 3, 2)), {});
        const NodeId b = graph.input("b", {3}, port(Kif(false, width - 5, 5)), {});
        const NodeId w = graph.constant({2, 1}, {Dyadic(Int::pow2(width + 9) - 77, -3), Dyadic(-3)}, {});
        const NodeId sum = *graph.add(a, b, {});
        const NodeId difference = *graph.sub(graph.shift(a, 3, {}), b, {});
        graph.output("sum", sum, {});
        graph.output("difference", difference, {});
        graph.output("negative", graph.neg(difference, {}), {});
        graph.output("relu", graph.relu(difference, {}), {});
        graph.output("product", *graph.mul(w, sum, {}), {});
        graph.output("offset", *graph.sub(w, sum, {}), {});
        graph.output("nothing", *graph.sub(a, a, {}), {});
        graph.output("b", b, {});
        const std::vector<Samples> inputs{random_codes(random, graph[a], 40), random_codes(random, graph[b], 40)};
        check_against_interpreter(graph, inputs);
    }
}

TEST_CASE("two layers with bias, relu and saturation") {
    std::mt19937_64 random(4);
    Graph graph;
    const NodeId x = graph.input("x", {8}, port(Kif(true, 2, 5)), {});
    const NodeId w0 = graph.constant({8, 6}, random_weights(random, 48, 4), {});
    const NodeId b0 = graph.constant({6}, random_weights(random, 6, 6), {});
    const NodeId h = graph.relu(*graph.add(*graph.einsum(spec("i,io->o"), x, w0, {}), b0, {}), {});
    std::vector<Format> formats;
    for (int j = 0; j < 6; ++j)
        formats.push_back({Kif(j % 2 != 0, j - 1, j), static_cast<Round>(j), static_cast<Overflow>(j % 4)});
    const NodeId q = *graph.quantize(h, FormatMap(formats), {});
    const NodeId w1 = graph.constant({6, 3}, random_weights(random, 18, 4), {});
    graph.output("y", *graph.einsum(spec("i,io->o"), q, w1, {}), {});
    const Samples codes = random_codes(random, graph[x], 600);
    size_t nodes_done = 0;
    LowerOptions options;
    options.progress = [&](size_t done, size_t total) {
        CHECK(done == nodes_done + 1);
        CHECK(total == graph.size());
        nodes_done = done;
    };
    check_against_interpreter(graph, std::span(&codes, 1), options);
    CHECK(nodes_done == graph.size());
}

TEST_CASE("equal blocks give equal circuits, and dead elements give none") {
    Graph graph;
    const NodeId x = graph.input("x", {4, 4}, port(Kif(true, 7, 0)), {});
    const NodeId w = graph.constant({4, 4}, values_of({1, 2, 1, 1, 1, 1, -1, -2, 1, -1, -1, 2, 1, -2, 1, -1}), {});
    const NodeId y = *graph.einsum(spec("ti,io->to"), x, w, {});
    std::vector<Format> formats(16, Format{Kif(true, 9, 0), Round::trn, Overflow::wrap});
    for (size_t e = 4; e < 16; ++e) formats[e] = {};  // rows 1 to 3 are cut off
    graph.output("y", *graph.quantize(y, FormatMap(formats), {}), {});
    CHECK(circuit::report(lowered(graph)).adders == 8);

    Graph whole;
    const NodeId z = whole.input("x", {4, 4}, port(Kif(true, 7, 0)), {});
    const NodeId v = whole.constant({4, 4}, values_of({1, 2, 1, 1, 1, 1, -1, -2, 1, -1, -1, 2, 1, -2, 1, -1}), {});
    whole.output("y", *whole.einsum(spec("ti,io->to"), z, v, {}), {});
    CHECK(circuit::report(lowered(whole)).adders == 32);
}

TEST_CASE("each element of an output keeps the binary point of inference") {
    Graph graph;
    const NodeId x = graph.input("x", {2}, port(Kif(true, 3, 2)), {});
    const NodeId w = graph.constant({2, 2}, {Dyadic(1), Dyadic(0), Dyadic(-1), Dyadic(4)}, {});
    const NodeId y = *graph.einsum(spec("i,io->o"), x, w, {});
    graph.output("y", *graph.add(y, graph.constant({}, {Dyadic(1, -6)}, {}), {}), {});
    std::mt19937_64 random(5);
    const Samples codes = random_codes(random, graph[x], 20);
    check_against_interpreter(graph, std::span(&codes, 1));
}
