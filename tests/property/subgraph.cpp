#include "subgraph.hpp"

#include "dal/support/overloaded.hpp"

namespace dal::property {
namespace {

NodeId rebuild(Graph& into, const Node& node, std::span<const NodeId> x) {
    const Span& at = node.span;
    return std::visit(
        Overloaded{
            [&](const op::Input& port) { return into.input(node.name, node.shape, port, at); },
            [&](const op::Constant& constant) { return into.constant(node.shape, constant.values, at); },
            [&](const op::Quantize& q) { return into.quantize(x[0], q.formats, at).value(); },
            [&](const op::Einsum& e) { return into.einsum(e.spec, {x.begin(), x.end()}, at).value(); },
            [&](const op::Add&) { return into.add(x[0], x[1], at).value(); },
            [&](const op::Sub&) { return into.sub(x[0], x[1], at).value(); },
            [&](const op::Mul&) { return into.mul(x[0], x[1], at).value(); },
            [&](const op::Shift& shift) { return into.shift(x[0], shift.amount, at); },
            [&](const op::Neg&) { return into.neg(x[0], at); },
            [&](const op::Relu&) { return into.relu(x[0], at); },
            [&](const op::Abs&) { return into.abs(x[0], at); },
            [&](const op::Min&) { return into.min(x[0], x[1], at).value(); },
            [&](const op::Max&) { return into.max(x[0], x[1], at).value(); },
            [&](const op::Compare& compare) { return into.compare(compare.relation, x[0], x[1], at).value(); },
            [&](const op::Select&) { return into.select(x[0], x[1], x[2], at).value(); },
            [&](const op::Bitwise& bits) { return into.bitwise(bits.function, x[0], x[1], at).value(); },
            [&](const op::Move& move) {
                return into.move(move.name, node.shape, move.sources, {x.begin(), x.end()}, at);
            },
            [&](const op::Table& table) { return into.table(table, x[0], at); },
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
