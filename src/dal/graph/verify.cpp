#include <algorithm>
#include <optional>

#include "dal/graph/graph.hpp"
#include "dal/support/check.hpp"
#include "dal/support/overloaded.hpp"

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
        const bool has_real_operand = std::any_of(node_.operands.begin(), node_.operands.end(),
                                                  [&](NodeId operand) { return graph_[operand].real; });
        std::visit(Overloaded{
                       [&](const op::Input& port) {
                           operands(0);
                           require(port.real || fits(port.formats), "formats for another shape");
                           require(node_.real == port.real, "real is not that of the port");
                       },
                       [&](const op::Constant& constant) {
                           operands(0);
                           require(static_cast<int64_t>(constant.values.size()) == node_.size(),
                                   std::to_string(constant.values.size()) + " values");
                           require(!constant.formats || fits(*constant.formats), "formats for another shape");
                           require(!node_.real, "a real constant");
                       },
                       [&](const op::Quantize& quantize) {
                           operands(1);
                           require(fits(quantize.formats), "formats for another shape");
                           require(node_.shape == operand(0).shape, "the shape is not that of its operand");
                           require(!node_.real, "the result of quantize is real");
                       },
                       [&](const op::Einsum& einsum) {
                           std::vector<Shape> shapes;
                           for (size_t j = 0; j < node_.operands.size(); ++j) shapes.push_back(operand(j).shape);
                           const auto shape = einsum_shape(einsum.spec, shapes, node_.span);
                           require(shape && *shape == node_.shape, "the shape is not that of the equation");
                           require(node_.real == has_real_operand, "real is not that of its operands");
                       },
                       [&](const op::Add&) { broadcasting(has_real_operand); },
                       [&](const op::Sub&) { broadcasting(has_real_operand); },
                       [&](const op::Mul&) { broadcasting(has_real_operand); },
                       [&](const op::Shift&) { unary(has_real_operand); },
                       [&](const op::Neg&) { unary(has_real_operand); },
                       [&](const op::Relu&) { unary(has_real_operand); },
                       [&](const op::Abs&) { unary(has_real_operand); },
                       [&](const op::Min&) { broadcasting(has_real_operand); },
                       [&](const op::Max&) { broadcasting(has_real_operand); },
                       [&](const op::Compare&) { broadcasting(has_real_operand); },
                       [&](const op::Select&) { broadcasting(has_real_operand, 3); },
                       [&](const op::Bitwise&) { broadcasting(has_real_operand); },
                       [&](const op::Move& move) { movement(move, has_real_operand); },
                       [&](const op::Table& table) {
                           unary(has_real_operand);
                           require(table.entries && table.size > 0 && table.entries->size() % table.size == 0,
                                   "an incomplete table");
                           require(table.which.empty() || static_cast<int64_t>(table.which.size()) == node_.size(),
                                   "tables for another shape");
                           for (const uint32_t which : table.which)
                               require(which < table.entries->size() / table.size, "no such table");
                       },
                   },
                   node_.operation);
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
    [[nodiscard]] const Node& operand(size_t position) const { return graph_[node_.operands[position]]; }
    [[nodiscard]] bool fits(const FormatMap& formats) const {
        return formats.is_uniform() || static_cast<int64_t>(formats.size()) == node_.size();
    }
    void operands(size_t count) const {
        require(node_.operands.size() == count, std::to_string(node_.operands.size()) + " operands");
    }
    void unary(bool has_real_operand) const {
        operands(1);
        require(node_.shape == operand(0).shape, "the shape is not that of its operand");
        require(node_.real == has_real_operand, "real is not that of its operand");
    }
    void broadcasting(bool has_real_operand, size_t count = 2) const {
        operands(count);
        std::optional<Shape> shape = operand(0).shape;
        for (size_t j = 1; j < count && shape; ++j) shape = broadcast(*shape, operand(j).shape);
        require(shape == node_.shape, "the shape is not what its operands broadcast to");
        require(node_.real == has_real_operand, "real is not that of its operands");
    }
    void movement(const op::Move& move, bool has_real_operand) const {
        require(static_cast<int64_t>(move.sources.size()) == node_.size(), "sources for another shape");
        for (const Source& source : move.sources)
            require(source.operand < node_.operands.size() && source.element >= 0 &&
                        source.element < operand(source.operand).size(),
                    "a source that no operand has");
        require(node_.real == has_real_operand, "real is not that of its operands");
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
