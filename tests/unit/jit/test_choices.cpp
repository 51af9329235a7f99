// Operations that look at whole numbers: comparisons, the smaller and the larger, absolute values, selection, bits.
#include <array>

#include "unit/jit/programs.hpp"

using namespace dal;
using namespace dal::test;

namespace {

constexpr std::array relations{Relation::eq, Relation::ne, Relation::lt, Relation::le};
constexpr std::array functions{BitFunction::bit_and, BitFunction::bit_or, BitFunction::bit_xor};

/// Every operation on two operands.
void add_outputs(Graph& graph, NodeId a, NodeId b) {
    graph.output("min", must(graph.min(a, b, {})), {});
    graph.output("max", must(graph.max(b, a, {})), {});
    for (const Relation relation : relations) {
        graph.output("ab", must(graph.compare(relation, a, b, {})), {});
        graph.output("ba", must(graph.compare(relation, b, a, {})), {});
    }
    for (const BitFunction function : functions) graph.output("bits", must(graph.bitwise(function, a, b, {})), {});
    graph.output("select", must(graph.select(a, b, a, {})), {});
}

/// Pairs of which many are equal, or one step apart.
std::vector<Samples> close_pairs(Random& random, const FormatMap& formats, int64_t elements, int64_t samples) {
    const Codes a = random_values(random, {elements}, samples, formats);
    Codes b = random_values(random, {elements}, samples, formats);
    for (int64_t sample = 0; sample < samples; ++sample)
        for (int64_t e = 0; e < elements; ++e) {
            const Kif& kif = formats.at(e).kif;
            if (random() % 2 == 0)
                b.set_code(sample, e,
                           max(kif.min_code(),
                               min(kif.max_code(), a.code(sample, e) + (static_cast<int64_t>(random() % 3) - 1))));
        }
    return {a, b};
}

}  // namespace

TEST_CASE("choices between values of one width, at every width") {
    Random random(31);
    for (const int width : widths) {
        CAPTURE(width);
        Graph graph;
        const FormatMap formats = random_formats(random, 8, width);
        const NodeId a = graph.input("a", {8}, {false, formats}, {});
        const NodeId b = graph.input("b", {8}, {false, formats}, {});
        add_outputs(graph, a, b);
        graph.output("abs", graph.abs(a, {}), {});
        graph.output("abs of neg", graph.abs(graph.neg(b, {}), {}), {});
        graph.output("same", must(graph.bitwise(BitFunction::bit_xor, a, a, {})), {});
        graph.output("never", must(graph.compare(Relation::lt, b, b, {})), {});
        check_agreement(graph, close_pairs(random, formats, 8, 140));
    }
}

TEST_CASE("choices between values of different widths and binary points") {
    Random random(32);
    for (const int wide : {7, 15, 31, 33, 63, 64, 65, 127, 129, 300})
        for (const int narrow : {1, 2, 8, 16, 32}) {
            CAPTURE(wide);
            CAPTURE(narrow);
            Graph graph;
            const FormatMap in_a = random_formats(random, 6, wide);
            const FormatMap in_b = random_formats(random, 6, narrow);
            const NodeId a = graph.input("a", {6}, {false, in_a}, {});
            const NodeId b = graph.input("b", {6}, {false, in_b}, {});
            add_outputs(graph, a, b);
            add_outputs(graph, b, graph.shift(a, wide / 2, {}));
            check_agreement(graph, {random_values(random, {6}, 70, in_a), random_values(random, {6}, 70, in_b)});
        }
}

TEST_CASE("choices between a value and a constant, on and off its grid, inside and outside its range") {
    Random random(33);
    for (const int width : widths) {
        CAPTURE(width);
        Graph graph;
        const FormatMap formats = random_formats(random, 12, width);
        const NodeId x = graph.input("x", {12}, {false, formats}, {});
        std::vector<Dyadic> values;
        for (int64_t e = 0; e < 12; ++e) {
            const Kif& kif = formats.at(e).kif;
            const Int code = random_between(random, kif.min_code() - 2, kif.max_code() + 2);
            const Dyadic half(e % 3 == 0 ? 1 : 0, -kif.f - 1 - static_cast<int64_t>(random() % 70));
            values.push_back(Dyadic(code, -kif.f) + half);
        }
        values[5] = Dyadic();
        add_outputs(graph, x, graph.constant({12}, values, {}));
        check_agreement(graph, {random_values(random, {12}, 130, formats)});
    }
}

TEST_CASE("selection between wide, narrow and constant branches by any value") {
    Random random(34);
    for (const int condition_width : {1, 2, 8, 33, 65})
        for (const int width : {1, 8, 31, 64, 65, 200}) {
            CAPTURE(condition_width);
            CAPTURE(width);
            Graph graph;
            const FormatMap in_c = random_formats(random, 5, condition_width);
            const FormatMap in_a = random_formats(random, 5, width);
            const FormatMap in_b = random_formats(random, 5, 6);
            const NodeId c = graph.input("c", {5}, {false, in_c}, {});
            const NodeId a = graph.input("a", {5}, {false, in_a}, {});
            const NodeId b = graph.input("b", {5}, {false, in_b}, {});
            const NodeId constant = graph.constant({5}, random_weights(random, 5, width), {});
            const NodeId less = must(graph.compare(Relation::lt, a, b, {}));
            graph.output("variable", must(graph.select(c, a, b, {})), {});
            graph.output("constant", must(graph.select(c, constant, b, {})), {});
            graph.output("compared", must(graph.select(less, b, a, {})), {});
            graph.output(
                "truth",
                must(graph.select(less, graph.constant({}, {Dyadic(1)}, {}), graph.constant({}, {Dyadic(0)}, {}), {})),
                {});
            graph.output("less", less, {});
            check_agreement(graph, {random_values(random, {5}, 66, in_c), random_values(random, {5}, 66, in_a),
                                    random_values(random, {5}, 66, in_b)});
        }
}

TEST_CASE("elements moved around, real ones and constants among them") {
    Random random(35);
    Graph graph;
    const NodeId real = graph.input("real", {3}, {true, {}}, {});
    const FormatMap formats = random_formats(random, 4, 9);
    const NodeId x = graph.input("x", {4}, {false, formats}, {});
    const NodeId c = graph.constant({2}, {Dyadic(11, -3), Dyadic(-3)}, {});
    const NodeId mixed = graph.move("concat", {6}, {{0, 2}, {1, 0}, {0, 0}, {0, 0}, {1, 1}, {0, 1}}, {real, c}, {});
    const NodeId again = graph.move("flip", {6}, {{0, 5}, {0, 4}, {0, 3}, {0, 2}, {0, 1}, {0, 0}}, {mixed}, {});
    const NodeId q = must(graph.quantize(again, Format{Kif(true, 2, 1), Round::rnd_conv, Overflow::sat}, {}));
    graph.output("q", q, {});
    graph.output("moved", graph.move("stack", {2, 3}, {{0, 3}, {1, 1}, {2, 0}, {0, 0}, {1, 5}, {2, 1}}, {x, q, c}, {}),
                 {});
    std::vector<double> values;
    for (int j = 0; j < 3 * 100; ++j) values.push_back(static_cast<double>(random() % 1000) / 70 - 7);
    check_agreement(graph, {Array::from_doubles({100, 3}, values), random_values(random, {4}, 100, formats)});
}
