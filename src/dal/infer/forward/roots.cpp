#include "dal/infer/forward/roots.hpp"

namespace dal {

void Roots::add(NodeId id) {
    const Node& node = graph_[id];
    const auto* move = std::get_if<op::Move>(&node.operation);
    if (move == nullptr) return;
    std::vector<ElementOf>& roots = moved_[static_cast<size_t>(id)];
    roots.reserve(move->sources.size());
    for (const Source& source : move->sources) roots.push_back(of(node.operands[source.operand], source.element));
}

}  // namespace dal
