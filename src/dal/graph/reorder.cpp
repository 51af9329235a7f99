#include "dal/graph/reorder.hpp"

#include "dal/support/check.hpp"

namespace dal {

std::vector<NodeId> reorder(Graph& graph, std::span<const NodeId> order) {
    DAL_CHECK(order.size() == graph.size(), std::to_string(order.size()) + " of " + std::to_string(graph.size()));
    constexpr auto nowhere = static_cast<NodeId>(UINT32_MAX);
    std::vector<NodeId> place(graph.size(), nowhere);
    size_t inputs = 0;
    Graph result;
    for (const NodeId old : order) {
        const auto index = static_cast<size_t>(old);
        DAL_CHECK(index < place.size() && place[index] == nowhere, "node %" + std::to_string(index) + " twice");
        Node node = std::move(graph[old]);
        for (NodeId& operand : node.operands) {
            operand = place[static_cast<size_t>(operand)];
            DAL_CHECK(operand != nowhere, "an operand of node %" + std::to_string(index) + " comes after it");
        }
        if (std::holds_alternative<op::Input>(node.operation))
            DAL_CHECK(graph.inputs()[inputs++] == old, "inputs change their order");
        place[index] = result.append(std::move(node));
    }
    for (const Output& output : graph.outputs())
        result.output(output.name, place[static_cast<size_t>(output.node)], output.span);
    graph = std::move(result);
    return place;
}

}  // namespace dal
