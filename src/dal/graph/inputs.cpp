#include "dal/graph/inputs.hpp"

#include <algorithm>
#include <vector>

#include "dal/support/codes/batch_codes.hpp"

namespace dal {

Result<int64_t> check_batches(const Graph& graph, std::span<const Samples> inputs) {
    std::vector<BatchInfo> batches;
    batches.reserve(inputs.size());
    for (const Samples& batch : inputs) batches.push_back({batch.shape(), batch.samples()});
    const auto samples = check_batches(graph, batches);
    if (!samples) return failure(samples.error());
    return samples->value();
}

Result<std::optional<int64_t>> check_batches(const Graph& graph, std::span<const BatchInfo> inputs) {
    const auto count = [](size_t n, const std::string& what) {
        return std::to_string(n) + " " + what + (n == 1 ? "" : "s");
    };
    if (inputs.size() != graph.inputs().size()) {
        std::string names;
        for (const NodeId id : graph.inputs()) names += (names.empty() ? "`" : ", `") + graph[id].name + "`";
        return failure(error(code::bad_batch, {},
                             "got data for " + count(inputs.size(), "input") + ", the program has " +
                                 count(graph.inputs().size(), "input") + (names.empty() ? "" : ": ") + names));
    }
    Diagnostics problems;
    std::optional<size_t> counted;  // the first whose samples are known
    for (size_t j = 0; j < inputs.size(); ++j) {
        const Node& node = graph[graph.inputs()[j]];
        if (inputs[j].shape != node.shape)
            problems.push_back(error(code::bad_batch, node.span,
                                     "the data for `" + node.name + "` has samples of shape " +
                                         to_string(inputs[j].shape) + ", the input is " + to_string(node.shape))
                                   .with_rule("the first axis of the data counts samples, the others are the shape of "
                                              "the input"));
        if (!inputs[j].samples) continue;
        if (!counted) counted = j;
        if (*inputs[j].samples != *inputs[*counted].samples)
            problems.push_back(error(code::bad_batch, node.span,
                                     "the data for `" + node.name + "` has " +
                                         count(static_cast<size_t>(*inputs[j].samples), "sample") + ", the data for `" +
                                         graph[graph.inputs()[*counted]].name + "` has " +
                                         std::to_string(*inputs[*counted].samples))
                                   .with_rule("all inputs of a run have the same number of samples"));
    }
    if (!problems.empty()) return failure(std::move(problems));
    if (inputs.empty()) return std::optional<int64_t>(1);
    return counted ? inputs[*counted].samples : std::nullopt;
}

int finest_point(const Graph& graph) {
    int finest = 0;
    const auto see = [&](const FormatMap& formats) {
        for (size_t j = 0; j < formats.size(); ++j)
            finest = std::max(finest, formats.at(static_cast<int64_t>(j)).kif.f);
    };
    for (const Node& node : graph.nodes()) {
        if (const auto* quantize = std::get_if<op::Quantize>(&node.operation))
            if (graph[node.operands.front()].real) see(quantize->formats);
        if (const auto* input = std::get_if<op::Input>(&node.operation))
            if (!input->real) see(input->formats);
    }
    return finest;
}

Result<Dyadic> read_sample(const Node& input, const Samples& batch, int64_t sample, int64_t element) {
    const auto where = [&] {
        const std::string index = index_text(input.shape, element);
        return "sample " + std::to_string(batch.first() + sample) + " of `" + input.name + "`" +
               (index.empty() ? "" : " at ") + index;
    };
    auto value = batch.at(sample, element);
    const auto written = [&] {
        const Decimals* decimals = batch.decimals();
        return decimals != nullptr ? std::string(decimals->text(sample, element)) : value->to_string();
    };
    if (!value)
        return failure(error(code::bad_sample, input.span, where() + " is not a finite number")
                           .with_rule("NaN and infinities have no exact value"));
    const auto& port = std::get<op::Input>(input.operation);
    if (port.real) return std::move(*value);
    const Kif kif = port.formats.at(element).kif;
    if (Interval::of(kif).contains(*value)) return std::move(*value);
    return failure(error(code::bad_sample, input.span,
                         where() + " is " + written() + ", which is not a value of `" + kif.to_string() + "`")
                       .with_rule("a port with a format takes the values " + Interval::of(kif).to_string())
                       .with_help("declare the input as `real` and quantize it in the program"));
}

}  // namespace dal
