// What the runs have in common, exact or without rounding, of single samples or blocks: a value for each element of
// each node, computed element by element, and the meaning of all operations that is the same in all kinds of numbers.
// Internal to interp.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "dal/graph/graph.hpp"
#include "dal/graph/holds.hpp"
#include "dal/graph/shape.hpp"
#include "dal/support/overloaded.hpp"

namespace dal {

// What the operations ask of a number, beside +, - and *: here of single exact ones. Columns (column.hpp) and blocks of
// doubles (real_run.cpp) have their own.
inline Dyadic shifted(const Dyadic& a, int amount) { return a.shifted(amount); }
inline Dyadic positive(const Dyadic& a) { return a.is_negative() ? Dyadic() : a; }
inline Dyadic magnitude(const Dyadic& a) { return a.is_negative() ? -a : a; }
inline const Dyadic& smaller(const Dyadic& a, const Dyadic& b) { return b < a ? b : a; }
inline const Dyadic& larger(const Dyadic& a, const Dyadic& b) { return a < b ? b : a; }
inline Dyadic holding(Relation relation, const Dyadic& a, const Dyadic& b) { return holds(relation, a, b) ? 1 : 0; }
inline const Dyadic& chosen(const Dyadic& condition, const Dyadic& if_true, const Dyadic& if_false) {
    return condition.is_zero() ? if_false : if_true;
}

template <class Element>
class ElementWise {
  public:
    [[nodiscard]] const std::vector<Element>& values(NodeId id) const { return values_[static_cast<size_t>(id)]; }

  protected:
    explicit ElementWise(const Graph& graph) : graph_(graph), values_(graph.size()) {}

    /// Computes a node from its operands. `own`: what the two runs do each in their way, overloaded; an operation that
    /// is neither here nor there does not compile.
    template <class Own>
    void compute(NodeId id, const Own& own) {
        using E = Element;
        std::visit(Overloaded{
                       [&](const op::Add&) { broadcasting(id, [](const E& a, const E& b) -> E { return a + b; }); },
                       [&](const op::Sub&) { broadcasting(id, [](const E& a, const E& b) -> E { return a - b; }); },
                       [&](const op::Mul&) { broadcasting(id, [](const E& a, const E& b) -> E { return a * b; }); },
                       [&](const op::Shift& shift) { unary(id, [&](const E& a) { return shifted(a, shift.amount); }); },
                       [&](const op::Neg&) { unary(id, [](const E& a) -> E { return -a; }); },
                       [&](const op::Relu&) { unary(id, [](const E& a) { return positive(a); }); },
                       [&](const op::Abs&) { unary(id, [](const E& a) { return magnitude(a); }); },
                       [&](const op::Min&) { broadcasting(id, [](const E& a, const E& b) { return smaller(a, b); }); },
                       [&](const op::Max&) { broadcasting(id, [](const E& a, const E& b) { return larger(a, b); }); },
                       [&](const op::Compare& compare) {
                           broadcasting(id, [&](const E& a, const E& b) { return holding(compare.relation, a, b); });
                       },
                       [&](const op::Select&) { select(id); },
                       [&](const op::Move& move) {
                           const Node& node = graph_[id];
                           each(id, [&](int64_t element) {
                               const Source& source = move.sources[static_cast<size_t>(element)];
                               return values(node.operands[source.operand])[static_cast<size_t>(source.element)];
                           });
                       },
                       own,
                   },
                   graph_[id].operation);
    }

    template <class Function>
    void each(NodeId id, Function&& value_of) {
        std::vector<Element>& result = values_[static_cast<size_t>(id)];
        result.clear();
        const int64_t size = graph_[id].size();
        result.reserve(static_cast<size_t>(size));
        for (int64_t element = 0; element < size; ++element) result.push_back(value_of(element));
    }

    template <class Function>
    void unary(NodeId id, Function&& apply) {
        const std::vector<Element>& a = values(graph_[id].operands[0]);
        each(id, [&](int64_t element) { return apply(a[static_cast<size_t>(element)]); });
    }

    template <class Function>
    void broadcasting(NodeId id, Function&& apply) {
        const Node& node = graph_[id];
        const BroadcastMap in_a(graph_[node.operands[0]].shape, node.shape);
        const BroadcastMap in_b(graph_[node.operands[1]].shape, node.shape);
        const std::vector<Element>& a = values(node.operands[0]);
        const std::vector<Element>& b = values(node.operands[1]);
        each(id, [&](int64_t element) {
            return apply(a[static_cast<size_t>(in_a(element))], b[static_cast<size_t>(in_b(element))]);
        });
    }

    const Graph& graph_;
    std::vector<std::vector<Element>> values_;  ///< per node, of what is being run

  private:
    void select(NodeId id) {
        const Node& node = graph_[id];
        const BroadcastMap in_condition(graph_[node.operands[0]].shape, node.shape);
        const BroadcastMap in_true(graph_[node.operands[1]].shape, node.shape);
        const BroadcastMap in_false(graph_[node.operands[2]].shape, node.shape);
        each(id, [&](int64_t element) {
            return chosen(values(node.operands[0])[static_cast<size_t>(in_condition(element))],
                          values(node.operands[1])[static_cast<size_t>(in_true(element))],
                          values(node.operands[2])[static_cast<size_t>(in_false(element))]);
        });
    }
};

}  // namespace dal
