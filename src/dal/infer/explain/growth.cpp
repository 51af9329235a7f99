#include "dal/infer/explain/growth.hpp"

#include <optional>

#include "dal/graph/op_info.hpp"

namespace dal {
namespace {

constexpr size_t most_steps = 8;

GrowthStep step_at(const Graph& graph, NodeId node, int64_t element) {
    return {node, element, graph[node].range[static_cast<size_t>(element)].width()};
}

GrowthStep wider(const GrowthStep& a, const GrowthStep& b) { return b.width > a.width ? b : a; }

/// The widest factor of the products that an einsum sums up for an element.
std::optional<GrowthStep> widest_factor(const Graph& graph, const Node& node, const op::Einsum& einsum,
                                        int64_t element) {
    std::vector<Shape> shapes;
    for (const NodeId id : node.operands) shapes.push_back(graph[id].shape);
    std::optional<GrowthStep> widest;
    EinsumTerms(einsum.spec, shapes).for_each(element, [&](std::span<const int64_t> at) {
        std::optional<GrowthStep> factor;
        for (size_t j = 0; j < at.size(); ++j) {
            const GrowthStep one = step_at(graph, node.operands[j], at[j]);
            if (one.width == 0) return;  // a zero factor
            factor = factor ? wider(*factor, one) : one;
        }
        widest = widest ? wider(*widest, *factor) : *factor;
    });
    return widest;
}

/// The widest element that `step` reads; nothing where a format was written.
std::optional<GrowthStep> widest_operand(const Graph& graph, const GrowthStep& step) {
    const Node& node = graph[step.node];
    const OpInfo& info = info_of(node.operation);
    if (info.sets_width) return std::nullopt;
    switch (info.reads) {
        case Reads::nothing: return std::nullopt;
        case Reads::own_place: {
            std::optional<GrowthStep> widest;
            for (const NodeId id : values_of(node)) {
                const GrowthStep one = step_at(graph, id, BroadcastMap(graph[id].shape, node.shape)(step.element));
                widest = widest ? wider(*widest, one) : one;
            }
            return widest;
        }
        case Reads::terms: return widest_factor(graph, node, std::get<op::Einsum>(node.operation), step.element);
        case Reads::source: {
            const Source& source = std::get<op::Move>(node.operation).sources[static_cast<size_t>(step.element)];
            return step_at(graph, node.operands[source.operand], source.element);
        }
    }
    return std::nullopt;
}

}  // namespace

std::vector<GrowthStep> growth(const Graph& graph, NodeId node, int64_t element) {
    std::vector<GrowthStep> steps{step_at(graph, node, element)};
    while (steps.size() < most_steps) {
        const auto next = widest_operand(graph, steps.back());
        if (!next) break;
        steps.push_back(*next);
    }
    return steps;
}

std::string describe(const Graph& graph, const GrowthStep& step) {
    const Node& node = graph[step.node];
    const std::string name = node.name.empty() ? std::string(operation_symbol(node.operation)) : node.name;
    const std::string where = index_text(node.shape, step.element);
    return "`" + name + "` has " + std::to_string(step.width) + " bits" + (where.empty() ? "" : " at " + where);
}

}  // namespace dal
