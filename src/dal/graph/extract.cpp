#include "dal/graph/extract.hpp"

namespace dal {

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
        Node node = graph.nodes()[index];
        for (NodeId& operand : node.operands) operand = renamed[static_cast<size_t>(operand)];
        renamed[index] = result.append(std::move(node));
    }
    for (const Output& output : outputs)
        result.output(output.name, renamed[static_cast<size_t>(output.node)], output.span);
    return result;
}

}  // namespace dal
