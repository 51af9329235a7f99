#include <doctest/doctest.h>

#include "dal/infer/advice/ebops.hpp"
#include "dal/infer/forward/forward.hpp"

namespace {

using namespace dal;

Format format(bool k, int i, int f, Overflow overflow = Overflow::wrap) { return {Kif(k, i, f), Round::trn, overflow}; }

NodeId quantized_input(Graph& graph, const Shape& shape, const Format& format) {
    const NodeId x = graph.input("x", shape, {.real = true, .formats = {}}, {});
    return graph.quantize(x, format, {}).value();
}

EinsumSpec equation(const std::string& text) { return parse_einsum(text, {}).value(); }

/// "products + bias" of each layer.
std::vector<std::string> counted(Graph& graph, NodeId result, BiasTerm bias = BiasTerm::outputs) {
    graph.output("y", result, {});
    REQUIRE(infer_forward(graph));
    std::vector<std::string> texts;
    for (const LayerEbops& layer : count_ebops(graph, bias))
        texts.push_back(layer.products.to_string() + " + " + ebops_text(layer.bias_term));
    return texts;
}

/// What each layer counts for additions of variables; there is nothing else in it.
std::vector<std::string> additions(Graph& graph, NodeId result) {
    graph.output("y", result, {});
    REQUIRE(infer_forward(graph));
    std::vector<std::string> texts;
    for (const LayerEbops& layer : count_ebops(graph)) {
        CHECK(layer.total() == layer.additions);
        texts.push_back(ebops_text(layer.additions));
    }
    return texts;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a weight counts with the bits of its format, whatever its value is") {
    Graph graph;
    const NodeId x = quantized_input(graph, {2}, format(true, 3, 2));
    const FormatMap formats(
        std::vector<Format>{format(true, 2, 1), format(true, 0, 0), format(false, 1, 3), format(true, 0, 4)});
    const NodeId w = graph.constant({2, 2}, {0, 0, Dyadic(1), Dyadic(1, -2)}, {}, formats);
    // Bits of x: 5. Of w: 3, 0, 4, 4.
    CHECK(counted(graph, graph.einsum(equation("i,io->o"), x, w, {}).value()) == Texts{"55 + 0"});
}

TEST_CASE("a weight without a format counts from its highest to its lowest bit") {
    Graph graph;
    const NodeId x = quantized_input(graph, {3}, format(false, 2, 0));
    const NodeId w = graph.constant({3, 1}, {0, Dyadic(12), Dyadic(-5, -3)}, {});  // 0, 2 and 3 bits
    CHECK(counted(graph, graph.einsum(equation("i,io->o"), x, w, {}).value()) == Texts{"10 + 0"});
}

TEST_CASE("the sign counts where it saturates only") {
    for (const Overflow overflow : {Overflow::wrap, Overflow::sat, Overflow::sat_sym, Overflow::sat_zero}) {
        Graph graph;
        const NodeId x = quantized_input(graph, {1}, format(true, 3, 2, overflow));
        const NodeId w = graph.constant({1, 1}, {Dyadic(1)}, {}, FormatMap(format(true, 1, 1)));
        const bool sat = overflow == Overflow::sat;
        CHECK(counted(graph, graph.einsum(equation("i,io->o"), x, w, {}).value()) == Texts{sat ? "12 + 0" : "10 + 0"});
    }
}

TEST_CASE("a bias counts with the mean of its bits, by outputs or by inputs") {
    for (const BiasTerm term : {BiasTerm::outputs, BiasTerm::inputs}) {
        Graph graph;
        const NodeId x = quantized_input(graph, {5}, format(true, 1, 1));
        const NodeId w = graph.constant({5, 3}, std::vector<Dyadic>(15, Dyadic(1)), {});
        const FormatMap formats(std::vector<Format>{format(true, 2, 1), format(true, 1, 0), format(false, 0, 0)});
        const NodeId bias = graph.constant({3}, {Dyadic(1), 0, 0}, {}, formats);
        const NodeId product = graph.einsum(equation("i,io->o"), x, w, {}).value();
        const NodeId sum = graph.add(product, bias, {}).value();
        const char* expected = term == BiasTerm::outputs ? "30 + 4" : "30 + 20/3";
        CHECK(counted(graph, sum, term) == Texts{expected});
    }
}

TEST_CASE("a constant added to a product that others see too is a layer of its own") {
    Graph graph;
    const NodeId x = quantized_input(graph, {2}, format(true, 1, 1));
    const NodeId w = graph.constant({2, 2}, std::vector<Dyadic>(4, Dyadic(1)), {});
    const NodeId product = graph.einsum(equation("i,io->o"), x, w, {}).value();
    const NodeId sum = graph.add(product, graph.constant({2}, {Dyadic(3), Dyadic(1)}, {}), {}).value();
    graph.output("p", product, {});
    CHECK(counted(graph, sum) == Texts{"8 + 0", "0 + 3"});
}

TEST_CASE("products of variables, through data movement, of many bits") {
    Graph graph;
    const NodeId x = quantized_input(graph, {2}, format(false, 144, 96));
    const NodeId swapped = graph.move("flip", {2}, {{0, 1}, {0, 0}}, {x}, {});
    const NodeId product = graph.mul(x, swapped, {}).value();
    CHECK(counted(graph, product) == Texts{"115200 + 0"});  // 2 * 240^2
}

TEST_CASE("of three factors two are multiplied first, and their product has the bits of both") {
    const auto einsum_of = [](const std::string& text, const std::vector<std::vector<Format>>& factors) {
        Graph graph;
        std::vector<NodeId> operands;
        for (const std::vector<Format>& formats : factors) {
            const NodeId x =
                graph.input("x", {static_cast<int64_t>(formats.size())}, {.real = true, .formats = {}}, {});
            operands.push_back(graph.quantize(x, FormatMap(formats), {}).value());
        }
        return counted(graph, graph.einsum(equation(text), operands, {}).value());
    };
    const auto bits = [](int count) { return format(false, count, 0); };
    CHECK(einsum_of("i,i,i->", {{bits(2)}, {bits(3)}, {bits(7)}}) == Texts{"41 + 0"});  // 2·3 + (2 + 3)·7
    // 2·3 + 5·7 + 12·11
    CHECK(einsum_of("i,i,i,i->", {{bits(2)}, {bits(3)}, {bits(7)}, {bits(11)}}) == Texts{"173 + 0"});
    // A factor without bits: no product of it is made, and none with what would be one.
    CHECK(einsum_of("i,i,i->i",
                    {{bits(2), bits(0), bits(2)}, {bits(3), bits(3), bits(0)}, {bits(7), bits(7), bits(7)}}) ==
          Texts{"41 + 0"});
    CHECK(einsum_of("i,i,i->", {{bits(2)}, {bits(3)}, {bits(0)}}) == Texts{"6 + 0"});
}

TEST_CASE("a sum of variables counts 0.65 for each bit of the wider one, a difference 1") {
    for (const bool difference : {false, true}) {
        Graph graph;
        const FormatMap formats(std::vector<Format>{format(true, 3, 2), format(false, 0, 0), format(true, 1, 1)});
        const NodeId x = graph.input("x", {3}, {.real = true, .formats = {}}, {});
        const NodeId a = graph.quantize(x, formats, {}).value();               // 5, 0 and 2 bits
        const NodeId b = graph.quantize(x, format(false, -1, 4), {}).value();  // 3 bits each
        const NodeId result = (difference ? graph.sub(b, a, {}) : graph.add(b, a, {})).value();
        CHECK(additions(graph, result) == Texts{difference ? "11" : "7.15"});  // 5 + 3 + 3
    }
}

TEST_CASE("an operand of a sum counts for each element that it is added to") {
    Graph graph;
    const NodeId a = quantized_input(graph, {3, 1}, format(true, 3, 2));
    const NodeId y = graph.input("z", {4}, {.real = true, .formats = {}}, {});
    const FormatMap formats(
        std::vector<Format>{format(true, 9, 0), format(true, 1, 1), format(true, 6, 0), format(true, 0, 0)});
    const NodeId b = graph.quantize(y, formats, {}).value();
    CHECK(additions(graph, graph.add(a, b, {}).value()) == Texts{"48.75"});  // 13/20 · 3 · (9 + 5 + 6 + 5)
}

TEST_CASE("the sign of what is added counts where it saturates only") {
    for (const Overflow overflow : {Overflow::wrap, Overflow::sat}) {
        Graph graph;
        const NodeId x = quantized_input(graph, {1}, format(true, 3, 2, overflow));
        const NodeId flipped = graph.move("flip", {1}, {{0, 0}}, {x}, {});
        const bool sat = overflow == Overflow::sat;
        CHECK(additions(graph, graph.sub(x, flipped, {}).value()) == Texts{sat ? "6" : "5"});
    }
}

TEST_CASE("of three terms, two are added first, and their sum has the bits of its range") {
    Graph graph;
    const NodeId x = quantized_input(graph, {1}, format(false, 4, 0));
    const NodeId y = graph.quantize(x, format(false, 4, 0), {}).value();
    const NodeId pair = graph.add(x, y, {}).value();  // up to 30
    CHECK(additions(graph, graph.add(pair, x, {}).value()) == Texts{"2.6", "3.25"});
}

TEST_CASE("a constant that is added to a sum of variables is a layer of its own") {
    Graph graph;
    const NodeId x = quantized_input(graph, {2}, format(true, 1, 1));
    const NodeId sum = graph.add(x, x, {}).value();
    CHECK(counted(graph, graph.add(sum, graph.constant({2}, {Dyadic(3), Dyadic(1)}, {}), {}).value()) ==
          Texts{"0 + 0", "0 + 3"});
}

TEST_CASE("decimal texts") {
    CHECK(ebops_text(Rational(Dyadic(367, -1))) == "183.5");
    CHECK(ebops_text(Rational(Dyadic(4873)) / Rational(5)) == "974.6");
    CHECK(ebops_text(Rational(Dyadic(1)) / Rational(20)) == "0.05");
    CHECK(ebops_text(Rational(10) / Rational(3)) == "10/3");
    CHECK(ebops_text(Rational()) == "0");
}
