// What the exact run and the run without rounding have in common: a value for each element of each node, computed
// element by element. Internal to interp.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "dal/graph/graph.hpp"
#include "dal/graph/shape.hpp"

namespace dal {

template <class Element>
class ElementWise {
  public:
    [[nodiscard]] const std::vector<Element>& values(NodeId id) const { return values_[static_cast<size_t>(id)]; }

  protected:
    explicit ElementWise(const Graph& graph) : graph_(graph), values_(graph.size()) {}

    template <class Function>
    void each(NodeId id, Function&& value_of) {
        std::vector<Element>& result = values_[static_cast<size_t>(id)];
        result.clear();
        for (int64_t element = 0; element < graph_[id].size(); ++element) result.push_back(value_of(element));
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
    std::vector<std::vector<Element>> values_;  ///< per node, of the current sample
};

}  // namespace dal
