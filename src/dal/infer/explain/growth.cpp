#include "dal/infer/explain/growth.hpp"

#include <optional>

#include "dal/support/overloaded.hpp"

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
    const auto same_element = [&]() -> std::optional<GrowthStep> {
        return step_at(graph, node.operands.front(), step.element);
    };
    // The widest of the operands from position `first` on.
    const auto broadcasting = [&](size_t first = 0) -> std::optional<GrowthStep> {
        std::optional<GrowthStep> widest;
        for (size_t position = first; position < node.operands.size(); ++position) {
            const NodeId id = node.operands[position];
            const GrowthStep one = step_at(graph, id, BroadcastMap(graph[id].shape, node.shape)(step.element));
            widest = widest ? wider(*widest, one) : one;
        }
        return widest;
    };
    const auto none = []() -> std::optional<GrowthStep> { return std::nullopt; };
    return std::visit(Overloaded{
                          [&](const op::Input&) { return none(); },
                          [&](const op::Constant&) { return none(); },
                          [&](const op::Quantize&) { return none(); },
                          [&](const op::Einsum& einsum) { return widest_factor(graph, node, einsum, step.element); },
                          [&](const op::Add&) { return broadcasting(); },
                          [&](const op::Sub&) { return broadcasting(); },
                          [&](const op::Mul&) { return broadcasting(); },
                          [&](const op::Shift&) { return same_element(); },
                          [&](const op::Neg&) { return same_element(); },
                          [&](const op::Relu&) { return same_element(); },
                          [&](const op::Abs&) { return same_element(); },
                          [&](const op::Min&) { return broadcasting(); },
                          [&](const op::Max&) { return broadcasting(); },
                          [&](const op::Compare&) { return none(); },
                          [&](const op::Select&) { return broadcasting(1); },
                          [&](const op::Bitwise&) { return broadcasting(); },
                          [&](const op::Move& move) -> std::optional<GrowthStep> {
                              const Source& source = move.sources[static_cast<size_t>(step.element)];
                              return step_at(graph, node.operands[source.operand], source.element);
                          },
                          [&](const op::Table&) { return none(); },
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
    const auto named = [&](const auto&) { return operation_name(operation); };
    return std::visit(Overloaded{
                          [&](const op::Input& a) { return named(a); },
                          [&](const op::Constant& a) { return named(a); },
                          [&](const op::Quantize& a) { return named(a); },
                          [&](const op::Einsum& a) { return named(a); },
                          [](const op::Add&) { return std::string_view("+"); },
                          [](const op::Sub&) { return std::string_view("-"); },
                          [](const op::Mul&) { return std::string_view("*"); },
                          [](const op::Shift&) { return std::string_view("<<"); },
                          [](const op::Neg&) { return std::string_view("-"); },
                          [&](const op::Relu& a) { return named(a); },
                          [&](const op::Abs& a) { return named(a); },
                          [&](const op::Min& a) { return named(a); },
                          [&](const op::Max& a) { return named(a); },
                          [](const op::Compare& compare) {
                              switch (compare.relation) {
                                  case Relation::eq: return std::string_view("==");
                                  case Relation::ne: return std::string_view("!=");
                                  case Relation::lt: return std::string_view("<");
                                  case Relation::le: return std::string_view("<=");
                              }
                              return std::string_view();
                          },
                          [&](const op::Select& a) { return named(a); },
                          [](const op::Bitwise& bitwise) {
                              switch (bitwise.function) {
                                  case BitFunction::bit_and: return std::string_view("&");
                                  case BitFunction::bit_or: return std::string_view("|");
                                  case BitFunction::bit_xor: return std::string_view("^");
                              }
                              return std::string_view();
                          },
                          [&](const op::Move& a) { return named(a); },
                          [&](const op::Table& a) { return named(a); },
                      },
                      operation);
}

}  // namespace dal
