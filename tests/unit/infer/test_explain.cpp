// The chain behind an element, and what would make it narrower.
#include <doctest/doctest.h>

#include "dal/graph/parse.hpp"
#include "dal/infer/explain/explain.hpp"
#include "dal/infer/explain/explain_seen.hpp"
#include "dal/infer/forward/forward.hpp"

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

TEST_CASE("who looks at a value, and what takes one bit less") {
    Graph graph;
    const NodeId x = graph.input("x", {2}, {.real = false, .formats = Format{Kif(true, 5, 3)}}, {});
    const NodeId w = graph.constant({2}, {3, 1}, {});
    const NodeId s = graph.mul(x, w, {}).value();
    const NodeId r = graph.relu(s, {});
    const Format formats[] = {Format{Kif(false, 4, 1)}, Format{Kif(false, 0, 0)}};
    const NodeId q = graph.quantize(r, FormatMap({formats[0], formats[1]}), {}).value();
    const SourceMap sources;
    REQUIRE(infer_forward(graph));
    CHECK(explain_seen(graph, Demand(graph), s, 0, sources) == "");  // nothing is asked for
    graph.output("y", q, {});
    const Demand demand(graph);
    CHECK(explain_seen(graph, demand, s, 0, sources) ==
          "seen: 9 of 11 bits\n  highest 2^7: `relu`\n  lowest 2^-1: `quantize`\n"
          "one bit less: values within [-64, 63.875], `relu` not looking at 2^7 or `quantize` not looking at 2^-1\n");
    CHECK(explain_seen(graph, demand, r, 0, sources) ==
          "seen: 5 of 10 bits\n  highest 2^3: `quantize`\n  lowest 2^-1: `quantize`\n"
          "one bit less: `quantize` not looking at 2^3 or 2^-1\n");
    CHECK(explain_seen(graph, demand, q, 0, sources) ==
          "seen: all bits\n  highest 2^3: output `y`\n  lowest 2^-1: output `y`\n"
          "one bit less: values within [0, 7.5] or a step of 2^0\n");
    CHECK(explain_seen(graph, demand, x, 0, sources) ==
          "seen: all bits\n  highest 2^5: `relu`\n  lowest 2^-3: `*`\n"
          "one bit less: values within [-16, 15.875], a step of 2^-2, `relu` not looking at 2^5 or `*` not looking at "
          "2^-3\n");
    CHECK(explain_seen(graph, demand, s, 1, sources) == "seen: nothing, it is not computed\n");
    CHECK(explain_seen(graph, demand, q, 1, sources) == "");
}
