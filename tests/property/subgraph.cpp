#include "subgraph.hpp"

#include "dal/support/overloaded.hpp"

namespace dal::property {
namespace {

NodeId rebuild(Graph& into, const Node& node, std::span<const NodeId> operands) {
    return std::visit(
        Overloaded{
            [&](const op::Input& port) { return into.input(node.name, node.shape, port, node.span); },
            [&](const op::Constant& constant) { return into.constant(node.shape, constant.values, node.span); },
            [&](const op::Quantize& q) { return into.quantize(operands[0], q.formats, node.span).value(); },
            [&](const op::Einsum& e) { return into.einsum(e.spec, operands[0], operands[1], node.span).value(); },
            [&](const op::Add&) { return into.add(operands[0], operands[1], node.span).value(); },
            [&](const op::Sub&) { return into.sub(operands[0], operands[1], node.span).value(); },
            [&](const op::Mul&) { return into.mul(operands[0], operands[1], node.span).value(); },
            [&](const op::Shift& shift) { return into.shift(operands[0], shift.amount, node.span); },
            [&](const op::Neg&) { return into.neg(operands[0], node.span); },
            [&](const op::Relu&) { return into.relu(operands[0], node.span); },
        },
        node.operation);
}

}  // namespace

Graph with_outputs(const Graph& graph, std::span<const Output> outputs) {
    std::vector<bool> needed(graph.size(), false);
    for (const Output& output : outputs) needed[static_cast<size_t>(output.node)] = true;
    for (const NodeId input : graph.inputs()) needed[static_cast<size_t>(input)] = true;
    for (size_t index = graph.size(); index-- > 0;)
        if (needed[index])
            for (const NodeId operand : graph.nodes()[index].operands) needed[static_cast<size_t>(operand)] = true;
    Graph result;
    std::vector<NodeId> renamed(graph.size());
    for (size_t index = 0; index < graph.size(); ++index) {
        if (!needed[index]) continue;
        const Node& node = graph.nodes()[index];
        std::vector<NodeId> operands;
        for (const NodeId operand : node.operands) operands.push_back(renamed[static_cast<size_t>(operand)]);
        const NodeId copy = rebuild(result, node, operands);
        result[copy].name = node.name;
        result[copy].range = node.range;
        renamed[index] = copy;
    }
    for (const Output& output : outputs)
        result.output(output.name, renamed[static_cast<size_t>(output.node)], output.span);
    return result;
}

Graph with_all_outputs(const Graph& graph) {
    std::vector<Output> outputs;
    for (size_t index = 0; index < graph.size(); ++index)
        if (!graph.nodes()[index].real)
            outputs.push_back({"%" + std::to_string(index), static_cast<NodeId>(index), {}});
    return with_outputs(graph, outputs);
}

}  // namespace dal::property
