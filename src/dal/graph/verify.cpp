#include <algorithm>
#include <optional>

#include "dal/graph/graph.hpp"
#include "dal/graph/op_info.hpp"
#include "dal/support/check.hpp"

namespace dal {
namespace {

/// Checks one node; the text of every failure begins with the node.
class NodeCheck {
  public:
    NodeCheck(const Graph& graph, NodeId id) : graph_(graph), id_(id), node_(graph[id]) {}

    void run() const {
        for (const int64_t extent : node_.shape) require(extent >= 0, "a negative extent");
        for (const NodeId operand : node_.operands)
            require(operand < id_, "operand %" + std::to_string(static_cast<uint32_t>(operand)) + " is not above it");
        const OpInfo& info = info_of(node_.operation);
        require(info.operands == OpInfo::any_number || node_.operands.size() == static_cast<size_t>(info.operands),
                std::to_string(node_.operands.size()) + " operands");
        std::vector<Shape> shapes;
        std::vector<int64_t> sizes;
        for (const NodeId operand : node_.operands) {
            shapes.push_back(graph_[operand].shape);
            sizes.push_back(graph_[operand].size());
        }
        const auto shape = result_shape(node_.operation, shapes, node_.shape, node_.span);
        require(shape && *shape == node_.shape, "the shape is not what follows from its operands");
        const std::string problem = misfit(node_.operation, sizes, node_.size());
        require(problem.empty(), problem);
        check_real(info);
        const auto ranges = static_cast<int64_t>(node_.range.size());
        require(ranges == 0 || ranges == node_.size(), std::to_string(ranges) + " ranges");
        require(ranges == 0 || !node_.real, "ranges of a real value");
    }

  private:
    void require(bool condition, const std::string& problem) const {
        DAL_CHECK(condition, "node %" + std::to_string(static_cast<uint32_t>(id_)) + " (" +
                                 std::string(operation_name(node_.operation)) + " " + to_string(node_.shape) +
                                 "): " + problem);
    }
    void check_real(const OpInfo& info) const {
        const auto* port = std::get_if<op::Input>(&node_.operation);
        bool expected = port != nullptr && port->real;
        for (const NodeId operand : node_.operands) expected = expected || (graph_[operand].real && !info.quantizes);
        require(node_.real == expected, "real is not what follows from its operands");
    }

    const Graph& graph_;
    NodeId id_;
    const Node& node_;
};

}  // namespace

void verify(const Graph& graph) {
    std::vector<NodeId> inputs;
    for (size_t index = 0; index < graph.size(); ++index) {
        const auto id = static_cast<NodeId>(index);
        NodeCheck(graph, id).run();
        if (std::holds_alternative<op::Input>(graph[id].operation)) inputs.push_back(id);
    }
    DAL_CHECK(std::equal(inputs.begin(), inputs.end(), graph.inputs().begin(), graph.inputs().end()),
              "the list of inputs is not that of the nodes");
    for (const Output& output : graph.outputs())
        DAL_CHECK(static_cast<size_t>(output.node) < graph.size(), "output " + output.name + " of no node");
}

}  // namespace dal
