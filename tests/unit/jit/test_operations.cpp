// Every operation at every kind of width, against the interpreter.
#include "unit/jit/programs.hpp"

using namespace dal;
using namespace dal::test;

TEST_CASE("each operation agrees with the interpreter at every width, with a format per element") {
    Random random(1);
    for (const int width : widths) {
        CAPTURE(width);
        Graph graph;
        const FormatMap in = random_formats(random, 10, width);
        const NodeId x = graph.input("x", {10}, {false, in}, {});
        const NodeId c = graph.constant({10}, random_weights(random, 10, std::min(width, 40)), {});
        const NodeId w = graph.constant({10, 7}, random_weights(random, 70, std::min(width, 20)), {});
        graph.output("x", x, {});
        graph.output("add", must(graph.add(x, c, {})), {});
        graph.output("sub", must(graph.sub(c, x, {})), {});
        graph.output("mul", must(graph.mul(x, c, {})), {});
        graph.output("neg", graph.neg(x, {}), {});
        graph.output("shift", graph.shift(x, -3, {}), {});
        graph.output("relu", graph.relu(x, {}), {});
        graph.output("twice", must(graph.add(x, x, {})), {});
        const NodeId sums = must(graph.einsum(*parse_einsum("i,io->o", {}), x, w, {}));
        graph.output("einsum", sums, {});
        graph.output("zero", must(graph.sub(x, x, {})), {});
        graph.output("deep",
                     graph.relu(must(graph.quantize(graph.neg(sums, {}), random_formats(random, 7, width), {})), {}),
                     {});
        check_agreement(graph, {random_values(random, {10}, 150, in)});
    }
}

TEST_CASE("quantize agrees in all modes from every width to every other") {
    Random random(2);
    for (const int from : widths) {
        Graph graph;
        const auto count = static_cast<int64_t>(widths.size());
        const FormatMap in = random_formats(random, count, from);
        const NodeId x = graph.input("x", {count}, {false, in}, {});
        for (const Round round : rounds)
            for (const Overflow overflow : overflows) {
                std::vector<Format> formats;
                for (const int to : widths) formats.push_back({random_kif(random, to), round, overflow});
                graph.output("q", must(graph.quantize(x, FormatMap(std::move(formats)), {})), {});
            }
        CAPTURE(from);
        check_agreement(graph, {random_values(random, {count}, 60, in)});
    }
}

TEST_CASE("quantize of narrow values agrees for every code") {
    Random random(3);
    for (const bool keep_negative : {false, true}) {
        Graph graph;
        const Kif kif(keep_negative, 4, 3);
        const NodeId x = graph.input("x", {1}, {false, Format{kif}}, {});
        std::vector<Format> formats;
        for (const Round round : rounds)
            for (const Overflow overflow : overflows)
                for (int f = -6; f <= 5; ++f)
                    for (const int width : {1, 2, 3, 5, 8, 9}) {
                        const bool k = random() % 2 == 0;
                        formats.push_back({Kif(k, width - (k ? 1 : 0) - f, f), round, overflow});
                    }
        const auto count = static_cast<int64_t>(formats.size());
        const NodeId zeros = graph.constant({count}, std::vector<Dyadic>(formats.size()), {});
        graph.output("q", must(graph.quantize(must(graph.add(x, zeros, {})), FormatMap(formats), {})), {});
        const auto lo = kif.min_code().to_int64();
        const auto hi = kif.max_code().to_int64();
        Codes codes({1}, hi - lo + 1, {kif.f}, 1);
        for (int64_t n = lo; n <= hi; ++n) codes.set_code(n - lo, 0, n);
        check_agreement(graph, {codes});
    }
}

TEST_CASE("long sums are exact though they are made in parts") {
    Random random(4);
    for (const int width : {3, 12, 70}) {
        Graph graph;
        const FormatMap in = random_formats(random, 700, width);
        const NodeId x = graph.input("x", {700}, {false, in}, {});
        const NodeId w = graph.constant({700, 2}, random_weights(random, 1400, 9), {});
        graph.output("y", must(graph.einsum(*parse_einsum("i,io->o", {}), x, w, {})), {});
        check_agreement(graph, {random_values(random, {700}, 70, in)});
    }
}

TEST_CASE("wide values in the middle of narrow ones") {
    Random random(5);
    Graph graph;
    const FormatMap in = random_formats(random, 6, 7);
    NodeId x = graph.input("x", {6}, {false, in}, {});
    for (int step = 0; step < 4; ++step) {
        const NodeId wide = must(graph.mul(x, graph.constant({6}, random_weights(random, 6, 90 + 40 * step), {}), {}));
        const NodeId mixed = must(graph.add(wide, x, {}));
        graph.output("wide", mixed, {});
        x = must(graph.quantize(mixed, random_formats(random, 6, 9), {}));
        graph.output("narrow", x, {});
    }
    check_agreement(graph, {random_values(random, {6}, 130, in)});
}

TEST_CASE("shapes broadcast, and axes are summed in any order") {
    Random random(6);
    Graph graph;
    const FormatMap in = random_formats(random, 12, 6);
    const NodeId x = graph.input("x", {3, 4}, {false, in}, {});
    graph.output("row", must(graph.add(x, graph.constant({4}, random_weights(random, 4, 5), {}), {})), {});
    graph.output("column", must(graph.mul(graph.constant({3, 1}, random_weights(random, 3, 5), {}), x, {})), {});
    graph.output("outer",
                 must(graph.einsum(*parse_einsum("k,ij->kji", {}),
                                   graph.constant({2}, random_weights(random, 2, 4), {}), x, {})),
                 {});
    graph.output("all",
                 must(graph.einsum(*parse_einsum("ij,ji->", {}), x,
                                   graph.constant({4, 3}, random_weights(random, 12, 4), {}), {})),
                 {});
    check_agreement(graph, {random_values(random, {3, 4}, 65, in)});
}

TEST_CASE("constants and values without bits cost nothing") {
    Graph graph;
    const NodeId x = graph.input("x", {3}, {true, {}}, {});
    const NodeId none = must(graph.quantize(x, Format{Kif(true, -3, 2)}, {}));
    const NodeId sum = must(graph.add(none, graph.constant({3}, {Dyadic(3), Dyadic(1, -2), Dyadic(0)}, {}), {}));
    graph.output("y", graph.relu(graph.neg(sum, {}), {}), {});
    graph.output("z", sum, {});
    check_agreement(graph, {Array::from_doubles({2, 3}, {1, 2, 3, 4, 5, 6})});
    CHECK(compiled(graph).stats().operations == 0);
}
