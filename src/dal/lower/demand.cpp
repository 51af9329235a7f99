#include "dal/lower/demand.hpp"

#include <array>

#include "dal/support/check.hpp"
#include "dal/support/overloaded.hpp"

namespace dal {
namespace {

class Demand {
  public:
    explicit Demand(const Graph& graph) : graph_(graph), needed_(graph.size()) {
        for (size_t id = 0; id < graph.size(); ++id)
            needed_[id].resize(static_cast<size_t>(graph.nodes()[id].size()), false);
    }

    std::vector<std::vector<bool>> run() {
        for (const Output& output : graph_.outputs()) {
            auto& all = needed_[static_cast<size_t>(output.node)];
            all.assign(all.size(), true);
        }
        for (size_t id = graph_.size(); id-- > 0;) pass_on(static_cast<NodeId>(id));
        return std::move(needed_);
    }

  private:
    void need(NodeId id, int64_t element) { needed_[static_cast<size_t>(id)][static_cast<size_t>(element)] = true; }

    /// Calls `visit` for each element that has to be computed from operands.
    template <class Visit>
    void each(NodeId id, Visit&& visit) const {
        const Node& node = graph_[id];
        for (int64_t e = 0; e < node.size(); ++e)
            if (needed_[static_cast<size_t>(id)][static_cast<size_t>(e)] &&
                !node.range[static_cast<size_t>(e)].is_constant())
                visit(e);
    }

    void broadcasting(NodeId id) {
        const Node& node = graph_[id];
        const NodeId a = node.operands[0];
        const NodeId b = node.operands[1];
        const BroadcastMap in_a(graph_[a].shape, node.shape);
        const BroadcastMap in_b(graph_[b].shape, node.shape);
        each(id, [&](int64_t e) {
            need(a, in_a(e));
            need(b, in_b(e));
        });
    }

    void einsum(NodeId id, const op::Einsum& operation) {
        const Node& node = graph_[id];
        const size_t constant = constant_operand(graph_, node);
        const std::vector<Dyadic>& weights = constant_values(graph_, node);
        const std::array<Shape, 2> shapes{graph_[node.operands[0]].shape, graph_[node.operands[1]].shape};
        const EinsumTerms terms(operation.spec, shapes);
        each(id, [&](int64_t e) {
            terms.for_each(e, [&](std::span<const int64_t> at) {
                if (!weights[static_cast<size_t>(at[constant])].is_zero())
                    need(node.operands[1 - constant], at[1 - constant]);
            });
        });
    }

    void unary(NodeId id) {
        each(id, [&](int64_t e) { need(graph_[id].operands[0], e); });
    }

    void pass_on(NodeId id) {
        std::visit(Overloaded{
                       [](const op::Input&) {},
                       [](const op::Constant&) {},
                       [&](const op::Quantize&) { unary(id); },
                       [&](const op::Einsum& operation) { einsum(id, operation); },
                       [&](const op::Add&) { broadcasting(id); },
                       [&](const op::Sub&) { broadcasting(id); },
                       [&](const op::Mul&) { broadcasting(id); },
                       [&](const op::Shift&) { unary(id); },
                       [&](const op::Neg&) { unary(id); },
                       [&](const op::Relu&) { unary(id); },
                   },
                   graph_[id].operation);
    }

    const Graph& graph_;
    std::vector<std::vector<bool>> needed_;
};

}  // namespace

std::vector<std::vector<bool>> needed_elements(const Graph& graph) { return Demand(graph).run(); }

size_t constant_operand(const Graph& graph, const Node& node) { return graph.is_constant(node.operands[1]) ? 1 : 0; }

const std::vector<Dyadic>& constant_values(const Graph& graph, const Node& node) {
    const Node& operand = graph[node.operands[constant_operand(graph, node)]];
    const auto* constant = std::get_if<op::Constant>(&operand.operation);
    DAL_CHECK(constant != nullptr, "a product of two variables");
    return constant->values;
}

}  // namespace dal
