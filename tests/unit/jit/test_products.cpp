// Products of variables: exact at every width, and made once.
#include "unit/jit/programs.hpp"

using namespace dal;
using namespace dal::test;

TEST_CASE("products of two variables at every width") {
    Random random(41);
    for (const int width : widths)
        for (const int other : {1, 5, 8, width}) {
            if (width + other > 500) continue;
            CAPTURE(width);
            CAPTURE(other);
            Graph graph;
            const FormatMap in_a = random_formats(random, 5, width);
            const FormatMap in_b = random_formats(random, 5, other);
            const NodeId a = graph.input("a", {5}, {false, in_a}, {});
            const NodeId b = graph.input("b", {5}, {false, in_b}, {});
            const NodeId ab = must(graph.mul(a, b, {}));
            graph.output("ab", ab, {});
            graph.output("ba", must(graph.mul(graph.neg(b, {}), graph.shift(a, 3, {}), {})), {});
            graph.output("difference", must(graph.sub(ab, must(graph.mul(b, a, {})), {})), {});
            graph.output("low bits", must(graph.quantize(ab, random_formats(random, 5, 7), {})), {});
            check_agreement(graph, {random_values(random, {5}, 70, in_a), random_values(random, {5}, 70, in_b)});
        }
}

TEST_CASE("squares and cubes of one variable") {
    Random random(42);
    for (const int width : {1, 2, 4, 5, 8, 9, 16, 17, 31, 32, 33, 64, 65, 100, 150}) {
        CAPTURE(width);
        Graph graph;
        const FormatMap in = random_formats(random, 6, width);
        const NodeId x = graph.input("x", {6}, {false, in}, {});
        const NodeId square = must(graph.mul(x, x, {}));
        graph.output("square", square, {});
        graph.output("cube", must(graph.mul(square, x, {})), {});
        graph.output("norm", must(graph.einsum(*parse_einsum("i,i->", {}), x, x, {})), {});
        check_agreement(graph, {random_values(random, {6}, 100, in)});
    }
}

TEST_CASE("sums of products of any number of variables and constants") {
    Random random(43);
    for (const int width : {1, 4, 7, 12, 20, 40, 70}) {
        CAPTURE(width);
        Graph graph;
        const FormatMap in_a = random_formats(random, 12, width);
        const FormatMap in_b = random_formats(random, 20, 6);
        const NodeId a = graph.input("a", {3, 4}, {false, in_a}, {});
        const NodeId b = graph.input("b", {4, 5}, {false, in_b}, {});
        const NodeId w = graph.constant({5}, random_weights(random, 5, 9), {});
        const auto output = [&](const char* equation, std::vector<NodeId> operands) {
            graph.output(equation, must(graph.einsum(*parse_einsum(equation, {}), std::move(operands), {})), {});
        };
        output("ij,jk->ik", {a, b});
        output("ij,jk,k->ik", {a, b, w});
        output("k,ij,jk,ij->k", {w, a, b, a});
        output("ij->j", {a});
        output("ij,ij->", {a, a});
        output("jk,lk->jl", {b, b});
        output("k,k->", {w, w});
        check_agreement(graph, {random_values(random, {3, 4}, 70, in_a), random_values(random, {4, 5}, 70, in_b)});
    }
}

TEST_CASE("a product that is asked for twice is made once") {
    Graph once;
    Graph twice;
    for (Graph* graph : {&once, &twice}) {
        const Format format{Kif(true, 7, 0)};
        const NodeId a = graph->input("a", {}, {false, format}, {});
        const NodeId b = graph->input("b", {}, {false, format}, {});
        graph->output("y", must(graph->mul(a, b, {})), {});
        if (graph == &twice) graph->output("z", must(graph->mul(b, a, {})), {});
        REQUIRE(infer_forward(*graph));
    }
    CHECK(compiled(once).stats().operations > 0);
    CHECK(compiled(once).stats().operations == compiled(twice).stats().operations);
}

TEST_CASE("values are used far from where they are made, and chains are long") {
    Random random(71);
    for (const int width : {6, 14, 40, 80}) {
        CAPTURE(width);
        Graph graph;
        const FormatMap in = random_formats(random, 8, width);
        const NodeId x = graph.input("x", {8}, {false, in}, {});
        NodeId chain = x;
        NodeId all = x;
        for (int step = 0; step < 40; ++step) {  // more than 600 values, of which none is the same
            const NodeId sum = must(graph.add(graph.shift(chain, -1, {}), x, {}));
            chain = must(graph.quantize(sum, random_formats(random, 8, width), {}));
            all = must(graph.add(must(graph.mul(chain, x, {})), graph.neg(all, {}), {}));
            all = must(graph.quantize(all, random_formats(random, 8, width), {}));
        }
        graph.output("chain", chain, {});
        graph.output("all", all, {});
        const std::vector<Samples> inputs{random_values(random, {8}, 70, in)};
        check_agreement(graph, inputs);
        check_agreement(graph, inputs, {.samples = 70});
    }
}
