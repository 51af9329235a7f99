#include "dal/infer/explain/explain.hpp"

#include "dal/graph/op_info.hpp"
#include "dal/infer/explain/growth.hpp"
#include "dal/support/overloaded.hpp"

namespace dal {
namespace {

/// What of an operand a quantizer had to change.
std::string quantize_rule(const Graph& graph, const Node& node, const op::Quantize& quantize, int64_t element) {
    const Format& format = quantize.formats.at(element);
    const std::string to = "quantized to " + format.to_string();
    const ElementOf from = trace(graph, {node.operands.front(), element});
    if (graph[from.node].real) return to + ": any number comes in";
    const Interval& x = graph[from.node].range[static_cast<size_t>(from.element)];
    const bool rounds = !x.is_zero() && x.f() > format.kif.f;
    const bool fits = Interval::of(Kif(format.kif.k, format.kif.i, std::max(format.kif.f, x.f()))).contains(x);
    const std::string overflow(to_string(format.overflow));
    if (fits && !rounds) return to + ", which changes nothing";
    if (fits) return to + ", which only rounds";
    return to + (format.overflow == Overflow::wrap ? ": the operand can leave it, so every value of the format occurs"
                                                   : ": the operand can leave it, `" + overflow + "` decides there");
}

std::string rule_of(const Graph& graph, const Node& node, int64_t element) {
    return std::visit(
        Overloaded{
            [&](const op::Input& port) {
                return port.real ? std::string("a real input: any number")
                                 : "an input of " + port.formats.at(element).kif.to_string();
            },
            [&](const op::Quantize& quantize) { return quantize_rule(graph, node, quantize, element); },
            [](const op::Einsum& einsum) {
                return "the sum of the ranges of its products, `" + einsum.spec.to_string() + "`";
            },
            [](const op::Shift& shift) { return "times 2^" + std::to_string(shift.amount) + ": the same bits"; },
            [](const op::Move& move) { return "moved by `" + move.name + "`"; },
            []<HasRangeText Op>(const Op&) { return std::string(op_info<Op>.range); },
        },
        node.operation);
}

}  // namespace

std::vector<Explanation> explain(const Graph& graph, NodeId node, int64_t element) {
    const auto name = [&](NodeId id, int64_t at) {
        const Node& of = graph[id];
        const std::string where = index_text(of.shape, at);
        return "`" + (of.name.empty() ? std::string(operation_symbol(of.operation)) : of.name) + "`" +
               (where.empty() ? "" : " at " + where);
    };
    std::vector<Explanation> chain;
    if (graph[node].real) {
        chain.push_back({node, element, name(node, element), rule_of(graph, graph[node], element)});
        return chain;
    }
    for (const GrowthStep& step : growth(graph, node, element))
        chain.push_back(
            {step.node, step.element, name(step.node, step.element), rule_of(graph, graph[step.node], step.element)});
    return chain;
}

}  // namespace dal
