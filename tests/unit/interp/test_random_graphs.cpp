// Every operation on random graphs: the interpreter checks each value against its inferred range.
#include <doctest/doctest.h>

#include "dal/graph/parse.hpp"
#include "dal/infer/forward.hpp"
#include "dal/interp/compare.hpp"
#include "dal/interp/interpreter.hpp"
#include "unit/graph/random_graph.hpp"

using namespace dal;

namespace {

/// `samples` values of an input: the ends of its formats first.
Samples batch_of(const Node& input, int64_t samples, std::mt19937& random) {
    const bool real = std::get<op::Input>(input.operation).real;
    const FormatMap& formats = std::get<op::Input>(input.operation).formats;
    std::vector<int> f;
    for (int64_t element = 0; element < input.size(); ++element) f.push_back(real ? 3 : formats.at(element).kif.f);
    Codes codes(input.shape, samples, f, 1);
    for (int64_t sample = 0; sample < samples; ++sample)
        for (int64_t element = 0; element < input.size(); ++element) {
            const Kif kif = real ? Kif(true, 4, 3) : formats.at(element).kif;
            const int64_t lo = kif.min_code().to_int64();
            const int64_t hi = kif.max_code().to_int64();
            const int64_t any = lo + static_cast<int64_t>(random() % static_cast<uint64_t>(hi - lo + 1));
            codes.set_code(sample, element, sample == 0 ? lo : sample == 1 ? hi : any);
        }
    return codes;
}

}  // namespace

TEST_CASE("no value leaves its range, and graphs read back compute the same") {
    constexpr int64_t samples = 60;
    int64_t elements = 0;
    int64_t reached = 0;  // ends of ranges of outputs, of 2 per element
    std::vector<bool> seen(std::variant_size_v<Operation>);
    for (uint32_t seed = 0; seed < 150; ++seed) {
        CAPTURE(seed);
        Graph graph = test::RandomGraph(seed).make(40);
        verify(graph);
        const auto inferred = infer_forward(graph);
        REQUIRE_MESSAGE(inferred, inferred.error().front().message);
        verify(graph);
        for (const Node& node : graph.nodes()) seen[node.operation.index()] = true;
        std::mt19937 random(seed);
        std::vector<Samples> inputs;
        for (const NodeId id : graph.inputs()) inputs.push_back(batch_of(graph[id], samples, random));
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
