#include "dal/lower/demand.hpp"

#include <array>

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

    /// Every operand, broadcast to the result.
    void broadcasting(NodeId id) {
        const Node& node = graph_[id];
        for (const NodeId operand : node.operands) {
            const BroadcastMap in(graph_[operand].shape, node.shape);
            each(id, [&](int64_t e) { need(operand, in(e)); });
        }
    }

    void need_term(const Node& node, std::span<const int64_t> elements) {
        if (const auto term = product_term(graph_, node, elements))
            for (const ElementOf& factor : term->factors) need(factor.node, factor.element);
    }

    void einsum(NodeId id, const op::Einsum& operation) {
        const Node& node = graph_[id];
        const EinsumTerms terms(operation.spec, operand_shapes(graph_, node));
        each(id, [&](int64_t e) { terms.for_each(e, [&](std::span<const int64_t> at) { need_term(node, at); }); });
    }

    void product(NodeId id) {
        const Node& node = graph_[id];
        const BroadcastMap in_a(graph_[node.operands[0]].shape, node.shape);
        const BroadcastMap in_b(graph_[node.operands[1]].shape, node.shape);
        each(id, [&](int64_t e) { need_term(node, std::array{in_a(e), in_b(e)}); });
    }

    /// Only the branch that is taken, where that is known.
    void select(NodeId id) {
        const Node& node = graph_[id];
        std::vector<BroadcastMap> in;
        for (const NodeId operand : node.operands) in.emplace_back(graph_[operand].shape, node.shape);
        each(id, [&](int64_t e) {
            const Interval& condition = graph_[node.operands[0]].range[static_cast<size_t>(in[0](e))];
            need(node.operands[0], in[0](e));
            if (!condition.is_zero()) need(node.operands[1], in[1](e));
            if (condition.contains(Dyadic(0))) need(node.operands[2], in[2](e));
        });
    }

    void unary(NodeId id) {
        each(id, [&](int64_t e) { need(graph_[id].operands[0], e); });
    }

    /// A real operand may have been moved; what counts is where its elements come from.
    void quantize(NodeId id) {
        const NodeId x = graph_[id].operands[0];
        if (!graph_[x].real) return unary(id);
        each(id, [&](int64_t e) {
            const ElementOf from = trace(graph_, {x, e});
            need(from.node, from.element);
        });
    }

    void move(NodeId id, const op::Move& operation) {
        if (graph_[id].real) return;
        each(id, [&](int64_t e) {
            const Source& source = operation.sources[static_cast<size_t>(e)];
            need(graph_[id].operands[source.operand], source.element);
        });
    }

    void pass_on(NodeId id) {
        std::visit(Overloaded{
                       [](const op::Input&) {},
                       [](const op::Constant&) {},
                       [&](const op::Quantize&) { quantize(id); },
                       [&](const op::Einsum& operation) { einsum(id, operation); },
                       [&](const op::Add&) { broadcasting(id); },
                       [&](const op::Sub&) { broadcasting(id); },
                       [&](const op::Mul&) { product(id); },
                       [&](const op::Shift&) { unary(id); },
                       [&](const op::Neg&) { unary(id); },
                       [&](const op::Relu&) { unary(id); },
                       [&](const op::Abs&) { unary(id); },
                       [&](const op::Min&) { broadcasting(id); },
                       [&](const op::Max&) { broadcasting(id); },
                       [&](const op::Compare&) { broadcasting(id); },
                       [&](const op::Select&) { select(id); },
                       [&](const op::Bitwise&) { broadcasting(id); },
                       [&](const op::Move& operation) { move(id, operation); },
                       [&](const op::Table&) { unary(id); },
                   },
                   graph_[id].operation);
    }

    const Graph& graph_;
    std::vector<std::vector<bool>> needed_;
};

}  // namespace

std::vector<std::vector<bool>> needed_elements(const Graph& graph) { return Demand(graph).run(); }

std::vector<Shape> operand_shapes(const Graph& graph, const Node& node) {
    std::vector<Shape> shapes;
    for (const NodeId operand : node.operands) shapes.push_back(graph[operand].shape);
    return shapes;
}

std::optional<ProductTerm> product_term(const Graph& graph, const Node& node, std::span<const int64_t> elements) {
    ProductTerm term;
    for (size_t j = 0; j < elements.size(); ++j) {
        const Interval& range = graph[node.operands[j]].range[static_cast<size_t>(elements[j])];
        if (range.is_zero()) return std::nullopt;
        if (range.is_constant())
            term.weight = term.weight * range.min();
        else
            term.factors.push_back({node.operands[j], elements[j]});
    }
    return term;
}

}  // namespace dal
