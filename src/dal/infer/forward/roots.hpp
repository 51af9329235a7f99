// Where elements come from, with data movement undone: trace() for whole nodes, each step done once, so that long
// chains of movements stay linear. Inference uses it to see that two operands are the same value.
#pragma once

#include <vector>

#include "dal/graph/graph.hpp"

namespace dal {

class Roots {
  public:
    explicit Roots(const Graph& graph) : graph_(graph), moved_(graph.size()) {}
    /// Learns about a node; its operands have been added.
    void add(NodeId id);
    /// The same as trace(graph, {id, element}).
    [[nodiscard]] ElementOf of(NodeId id, int64_t element) const {
        const auto& moved = moved_[static_cast<size_t>(id)];
        return moved.empty() ? ElementOf{id, element} : moved[static_cast<size_t>(element)];
    }
    /// Can the two have an element in common? Cheap; true may be wrong.
    [[nodiscard]] bool may_share(NodeId a, NodeId b) const { return a == b || is_moved(a) || is_moved(b); }
    [[nodiscard]] bool is_same(NodeId a, int64_t a_element, NodeId b, int64_t b_element) const {
        const ElementOf x = of(a, a_element);
        const ElementOf y = of(b, b_element);
        return x.node == y.node && x.element == y.element;
    }

  private:
    [[nodiscard]] bool is_moved(NodeId id) const { return !moved_[static_cast<size_t>(id)].empty(); }

    const Graph& graph_;
    std::vector<std::vector<ElementOf>> moved_;  // per node; empty unless it moves data
};

}  // namespace dal
