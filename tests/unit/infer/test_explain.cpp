// The chain behind an element, and what would make it narrower.
#include <doctest/doctest.h>

#include "dal/graph/parse.hpp"
#include "dal/infer/explain.hpp"
#include "dal/infer/forward.hpp"

using namespace dal;

namespace {

std::string text_of(const Graph& graph, NodeId node, int64_t element) {
    std::string text;
    for (const Explanation& step : explain(graph, node, element)) text += step.what + ": " + step.rule + "\n";
    return text;
}

}  // namespace

TEST_CASE("an element is explained back to where a format was written") {
    Graph graph;
    const NodeId x = graph.input("x", {2}, {.real = true, .formats = {}}, {});
    const NodeId q = graph.quantize(x, Format{Kif(true, 3, 2)}, {}).value();
    const NodeId sum = graph.add(q, graph.constant({}, {Dyadic(1)}, {}), {}).value();
    const NodeId wrapped = graph.quantize(sum, Format{Kif(true, 3, 1)}, {}).value();
    const NodeId rounded = graph.quantize(wrapped, Format{Kif(true, 3, 0)}, {}).value();
    const NodeId same = graph.quantize(rounded, Format{Kif(true, 5, 0)}, {}).value();
    graph[same].name = "y";
    REQUIRE(infer_forward(graph));
    CHECK(text_of(graph, same, 1) == "`y` at [1]: quantized to fixed(1, 5, 0), which changes nothing\n");
    CHECK(text_of(graph, rounded, 1) == "`quantize` at [1]: quantized to fixed(1, 3, 0), which only rounds\n");
    CHECK(text_of(graph, wrapped, 0) ==
          "`quantize` at [0]: quantized to fixed(1, 3, 1): the operand can leave it, so every value of the format "
          "occurs\n");
    CHECK(text_of(graph, sum, 0) ==
          "`+` at [0]: from the sum of the least values to that of the greatest\n"
          "`quantize` at [0]: quantized to fixed(1, 3, 2): any number comes in\n");
    CHECK(text_of(graph, x, 0) == "`x` at [0]: a real input: any number\n");
}

TEST_CASE("what takes one bit less") {
    CHECK(what_saves_a_bit(Interval(-41, 3, 1)) == "values within [-16, 15.5], or a step of 2^0");
    CHECK(what_saves_a_bit(Interval(0, 1, 0)) == "a constant, as it has one bit");
    CHECK(what_saves_a_bit(Interval()) == "");
    CHECK(what_saves_a_bit(Interval::constant(5)) == "");
}
