#include "dal/driver/claim.hpp"

#include <algorithm>

namespace dal {
namespace {

std::vector<proof::Port> ports_of(const std::vector<emit::Port>& ports) {
    std::vector<proof::Port> result;
    for (const emit::Port& port : ports) {
        proof::Port& to = result.emplace_back();
        to.tensor = port.tensor;
        to.name = port.name;
        to.width = port.width;
        for (const emit::PortElement& element : port.elements)
            to.elements.push_back(
                {element.element, element.offset, element.width, element.is_signed, element.f, element.format});
    }
    return result;
}

}  // namespace

proof::Claim claim_of(const Graph& graph, const emit::Design& design) {
    proof::Claim claim;
    claim.graph = print(graph);
    for (const auto& [name, content] : design.files)
        if (name.ends_with(".v")) claim.files.emplace(name, content);
    claim.top = design.top;
    claim.clock = design.clock;
    claim.latency = design.latency;
    claim.inputs = ports_of(design.inputs);
    claim.outputs = ports_of(design.outputs);
    return claim;
}

std::vector<Samples> sample_of(const Graph& graph, const std::vector<proof::InputValue>& values) {
    std::vector<Samples> samples;
    for (size_t tensor = 0; tensor < graph.inputs().size(); ++tensor) {
        const Node& input = graph[graph.inputs()[tensor]];
        std::vector<int> f(static_cast<size_t>(input.size()));
        for (const proof::InputValue& value : values)
            if (value.tensor == tensor)
                f[static_cast<size_t>(value.element)] = static_cast<int>(std::max<int64_t>(0, -value.value.exponent()));
        Codes codes(input.shape, 1, f, 1);
        for (const proof::InputValue& value : values)
            if (value.tensor == tensor)
                codes.set_code(0, value.element,
                               value.value.code(f[static_cast<size_t>(value.element)]).value_or(Int(0)));
        samples.emplace_back(std::move(codes));
    }
    return samples;
}

}  // namespace dal
