// Which constants are nodes of a graph already: copies of a Constant share their elements, whose address tells them
// from others. Internal to this layer.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "dal/graph/graph.hpp"

namespace dal::sema {

class ConstantNodes {
  public:
    [[nodiscard]] std::optional<NodeId> find(const void* elements, const Shape& shape) const {
        const auto known = nodes_.find({elements, shape});
        return known == nodes_.end() ? std::nullopt : std::optional(known->second);
    }
    /// `elements` stay alive otherwise.
    void add(const void* elements, const Shape& shape, NodeId node) {
        nodes_.emplace(std::pair(elements, shape), node);
    }
    void add(const std::shared_ptr<const void>& elements, const Shape& shape, NodeId node) {
        add(elements.get(), shape, node);
        kept_.push_back(elements);
    }

  private:
    std::map<std::pair<const void*, Shape>, NodeId> nodes_;
    std::vector<std::shared_ptr<const void>> kept_;
};

}  // namespace dal::sema
