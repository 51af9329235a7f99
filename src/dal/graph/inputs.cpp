#include "dal/graph/inputs.hpp"

#include "dal/support/codes/batch_codes.hpp"

namespace dal {

Result<int64_t> check_batches(const Graph& graph, std::span<const Samples> inputs) {
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
    for (size_t j = 0; j < inputs.size(); ++j) {
        const Node& node = graph[graph.inputs()[j]];
        if (inputs[j].shape() != node.shape)
            problems.push_back(error(code::bad_batch, node.span,
                                     "the data for `" + node.name + "` has samples of shape " +
                                         to_string(inputs[j].shape()) + ", the input is " + to_string(node.shape))
                                   .with_rule("the first axis of the data counts samples, the others are the shape of "
                                              "the input"));
        if (inputs[j].samples() != inputs.front().samples())
            problems.push_back(error(code::bad_batch, node.span,
                                     "the data for `" + node.name + "` has " +
                                         count(static_cast<size_t>(inputs[j].samples()), "sample") +
                                         ", the data for `" + graph[graph.inputs().front()].name + "` has " +
                                         std::to_string(inputs.front().samples()))
                                   .with_rule("all inputs of a run have the same number of samples"));
    }
    if (!problems.empty()) return failure(std::move(problems));
    return inputs.empty() ? 1 : inputs.front().samples();
}

Result<Dyadic> read_sample(const Node& input, const Samples& batch, int64_t sample, int64_t element) {
    const auto where = [&] {
        const std::string index = index_text(input.shape, element);
        return "sample " + std::to_string(sample) + " of `" + input.name + "`" + (index.empty() ? "" : " at ") + index;
    };
    auto value = batch.at(sample, element);
    if (!value)
        return failure(error(code::bad_sample, input.span, where() + " is not a finite number")
                           .with_rule("NaN and infinities have no exact value"));
    const auto& port = std::get<op::Input>(input.operation);
    if (port.real) return std::move(*value);
    const Kif kif = port.formats.at(element).kif;
    if (Interval::of(kif).contains(*value)) return std::move(*value);
    return failure(error(code::bad_sample, input.span,
                         where() + " is " + value->to_string() + ", which is not a value of `" + kif.to_string() + "`")
                       .with_rule("a port with a format takes the values " + Interval::of(kif).to_string())
                       .with_help("declare the input as `real` and quantize it in the program"));
}

}  // namespace dal
