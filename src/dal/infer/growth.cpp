#include "dal/infer/growth.hpp"

#include <array>
#include <optional>

#include "dal/support/overloaded.hpp"

namespace dal {
namespace {

constexpr size_t most_steps = 8;

GrowthStep step_at(const Graph& graph, NodeId node, int64_t element) {
    return {node, element, graph[node].range[static_cast<size_t>(element)].width()};
}

GrowthStep wider(const GrowthStep& a, const GrowthStep& b) { return b.width > a.width ? b : a; }

/// The widest element that `step` reads; nothing where a format was written.
std::optional<GrowthStep> widest_operand(const Graph& graph, const GrowthStep& step) {
    const Node& node = graph[step.node];
    const auto same_element = [&]() -> std::optional<GrowthStep> {
        return step_at(graph, node.operands.front(), step.element);
    };
    const auto broadcasting = [&]() -> std::optional<GrowthStep> {
        const auto operand = [&](size_t position) {
            const NodeId id = node.operands[position];
            return step_at(graph, id, BroadcastMap(graph[id].shape, node.shape)(step.element));
        };
        return wider(operand(0), operand(1));
    };
    const auto none = []() -> std::optional<GrowthStep> { return std::nullopt; };
    return std::visit(Overloaded{
                          [&](const op::Input&) { return none(); },
                          [&](const op::Constant&) { return none(); },
                          [&](const op::Quantize&) { return none(); },
                          [&](const op::Einsum& einsum) {
                              const std::array<Shape, 2> shapes{graph[node.operands[0]].shape,
                                                                graph[node.operands[1]].shape};
                              std::optional<GrowthStep> widest;
                              EinsumTerms(einsum.spec, shapes).for_each(step.element, [&](std::span<const int64_t> at) {
                                  const GrowthStep a = step_at(graph, node.operands[0], at[0]);
                                  const GrowthStep b = step_at(graph, node.operands[1], at[1]);
                                  if (a.width == 0 || b.width == 0) return;  // a zero weight
                                  const GrowthStep factor = wider(a, b);
                                  widest = widest ? wider(*widest, factor) : factor;
                              });
                              return widest;
                          },
                          [&](const op::Add&) { return broadcasting(); },
                          [&](const op::Sub&) { return broadcasting(); },
                          [&](const op::Mul&) { return broadcasting(); },
                          [&](const op::Shift&) { return same_element(); },
                          [&](const op::Neg&) { return same_element(); },
                          [&](const op::Relu&) { return same_element(); },
                      },
                      node.operation);
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

std::string_view operation_symbol(const Operation& operation) noexcept {
    return std::visit(Overloaded{
                          [](const op::Input&) { return std::string_view("input"); },
                          [](const op::Constant&) { return std::string_view("constant"); },
                          [](const op::Quantize&) { return std::string_view("quantize"); },
                          [](const op::Einsum&) { return std::string_view("einsum"); },
                          [](const op::Add&) { return std::string_view("+"); },
                          [](const op::Sub&) { return std::string_view("-"); },
                          [](const op::Mul&) { return std::string_view("*"); },
                          [](const op::Shift&) { return std::string_view("<<"); },
                          [](const op::Neg&) { return std::string_view("-"); },
                          [](const op::Relu&) { return std::string_view("relu"); },
                      },
                      operation);
}

}  // namespace dal
