// Every operation on random graphs: the interpreter checks each value against its inferred range.
#include <doctest/doctest.h>

#include "dal/graph/difference.hpp"
#include "dal/graph/parse.hpp"
#include "dal/infer/forward/forward.hpp"
#include "dal/interp/interpreter.hpp"
#include "property/random_program.hpp"

using namespace dal;

TEST_CASE("no value leaves its range, and graphs read back compute the same") {
    constexpr int64_t samples = 60;
    int64_t elements = 0;
    int64_t reached = 0;  // ends of ranges of outputs, of 2 per element
    std::vector<bool> seen(std::variant_size_v<Operation>);
    for (uint64_t seed = 1; seed <= 150; ++seed) {
        CAPTURE(seed);
        const Graph graph = property::random_program(seed);
        for (const Node& node : graph.nodes()) seen[node.operation.index()] = true;
        const std::vector<Samples> inputs = property::random_inputs(graph, seed, samples);
        const auto outputs = interpret(graph, inputs).value();
        Graph again = parse_graph(print(graph)).value();
        REQUIRE(infer_forward(again));
        CHECK(print(again) == print(graph));
        CHECK(describe_difference(graph, outputs, "first", interpret(again, inputs).value(), "again").empty());
        for (size_t j = 0; j < outputs.size(); ++j) {
            const auto& ranges = graph[graph.outputs()[j].node].range;
            for (int64_t element = 0; element < outputs[j].elements(); ++element) {
                bool least = false;
                bool most = false;
                const Interval& range = ranges[static_cast<size_t>(element)];
                for (int64_t sample = 0; sample < samples; ++sample) {
                    const Dyadic value = outputs[j].value(sample, element);
                    least = least || value == range.min();
                    most = most || value == range.max();
                }
                ++elements;
                reached += (least ? 1 : 0) + (most ? 1 : 0);
            }
        }
    }
    CHECK(std::find(seen.begin(), seen.end(), false) == seen.end());
    MESSAGE(elements << " elements, " << reached << " of " << 2 * elements << " ends of ranges seen");
    CHECK(reached > elements);  // more than half: ranges mean something
}
