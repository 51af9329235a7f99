// Which elements get a constant added later on: a bias, or what rounding adds. A constant product leaves room for it.
// Private to this layer.
#pragma once

#include <vector>

#include "dal/graph/graph.hpp"
#include "dal/infer/demand/demand.hpp"

namespace dal {

/// For each element of each node, whether its only user adds a constant to it, be it after moving it or its binary
/// point; or rounds the relu of it, which adds to it before the relu. A guess that costs little where it is wrong.
/// One walk; linear in the size of the graph.
class LaterConstants {
  public:
    LaterConstants(const Graph& graph, const Demand& demand);
    [[nodiscard]] bool of(NodeId id, int64_t element) const;

  private:
    /// What is known of the users of an element.
    enum class Users : uint8_t { none, adding, rounding, other };
    void use(NodeId id, int64_t element, Users user);
    [[nodiscard]] Users& at(NodeId id, int64_t element) {
        return users_[static_cast<size_t>(id)][static_cast<size_t>(element)];
    }
    void pass_on(NodeId id, const Demand& demand);

    const Graph& graph_;
    std::vector<std::vector<Users>> users_;
};

}  // namespace dal
