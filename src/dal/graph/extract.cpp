#include "dal/graph/extract.hpp"

#include "dal/support/overloaded.hpp"

namespace dal {
namespace {

/// A node that the builder accepted before, so that it accepts it again.
NodeId rebuild(Graph& into, const Node& node, std::vector<NodeId> operands) {
    const Span& span = node.span;
    return std::visit(
        Overloaded{
            [&](const op::Input& port) { return into.input(node.name, node.shape, port, span); },
            [&](const op::Constant& constant) {
                return into.constant(node.shape, constant.values, span, constant.formats);
            },
            [&](const op::Quantize& q) { return into.quantize(operands[0], q.formats, span).value(); },
            [&](const op::Einsum& e) { return into.einsum(e.spec, std::move(operands), span).value(); },
            [&](const op::Add&) { return into.add(operands[0], operands[1], span).value(); },
            [&](const op::Sub&) { return into.sub(operands[0], operands[1], span).value(); },
            [&](const op::Mul&) { return into.mul(operands[0], operands[1], span).value(); },
            [&](const op::Shift& shift) { return into.shift(operands[0], shift.amount, span); },
            [&](const op::Neg&) { return into.neg(operands[0], span); },
            [&](const op::Relu&) { return into.relu(operands[0], span); },
            [&](const op::Abs&) { return into.abs(operands[0], span); },
            [&](const op::Min&) { return into.min(operands[0], operands[1], span).value(); },
            [&](const op::Max&) { return into.max(operands[0], operands[1], span).value(); },
            [&](const op::Compare& c) { return into.compare(c.relation, operands[0], operands[1], span).value(); },
            [&](const op::Select&) { return into.select(operands[0], operands[1], operands[2], span).value(); },
            [&](const op::Bitwise& b) { return into.bitwise(b.function, operands[0], operands[1], span).value(); },
            [&](const op::Move& m) { return into.move(m.name, node.shape, m.sources, std::move(operands), span); },
            [&](const op::Table& t) { return into.table(t, operands[0], span); },
        },
        node.operation);
}

}  // namespace

Graph extract(const Graph& graph, std::span<const Output> outputs) {
    std::vector<bool> needed(graph.size(), false);
    for (const Output& output : outputs) needed[static_cast<size_t>(output.node)] = true;
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
        const NodeId copy = rebuild(result, node, std::move(operands));
        result[copy].name = node.name;
        result[copy].range = node.range;
        result[copy].call = node.call;
        result[copy].entry = node.entry;
        renamed[index] = copy;
    }
    for (const Output& output : outputs)
        result.output(output.name, renamed[static_cast<size_t>(output.node)], output.span);
    return result;
}

}  // namespace dal
