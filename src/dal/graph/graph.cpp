#include "dal/graph/graph.hpp"

#include <algorithm>

#include "dal/support/check.hpp"
#include "dal/support/codes/shape_codes.hpp"
#include "dal/support/overloaded.hpp"

namespace dal {
namespace {

std::string shape_text(const Node& node) { return node.shape.empty() ? "a scalar" : to_string(node.shape); }

}  // namespace

std::string_view to_string(Relation relation) noexcept {
    switch (relation) {
        case Relation::eq: return "eq";
        case Relation::ne: return "ne";
        case Relation::lt: return "lt";
        case Relation::le: return "le";
    }
    return "";
}

std::string_view to_string(BitFunction function) noexcept {
    switch (function) {
        case BitFunction::bit_and: return "bit_and";
        case BitFunction::bit_or: return "bit_or";
        case BitFunction::bit_xor: return "bit_xor";
    }
    return "";
}

ElementOf trace(const Graph& graph, ElementOf at) {
    while (const auto* move = std::get_if<op::Move>(&graph[at.node].operation)) {
        const Source& source = move->sources[static_cast<size_t>(at.element)];
        at = {graph[at.node].operands[source.operand], source.element};
    }
    return at;
}

std::string_view operation_name(const Operation& operation) noexcept {
    return std::visit(Overloaded{
                          [](const op::Input&) { return std::string_view("input"); },
                          [](const op::Constant&) { return std::string_view("constant"); },
                          [](const op::Quantize&) { return std::string_view("quantize"); },
                          [](const op::Einsum&) { return std::string_view("einsum"); },
                          [](const op::Add&) { return std::string_view("add"); },
                          [](const op::Sub&) { return std::string_view("sub"); },
                          [](const op::Mul&) { return std::string_view("mul"); },
                          [](const op::Shift&) { return std::string_view("shift"); },
                          [](const op::Neg&) { return std::string_view("neg"); },
                          [](const op::Relu&) { return std::string_view("relu"); },
                          [](const op::Abs&) { return std::string_view("abs"); },
                          [](const op::Min&) { return std::string_view("min"); },
                          [](const op::Max&) { return std::string_view("max"); },
                          [](const op::Compare& compare) { return to_string(compare.relation); },
                          [](const op::Select&) { return std::string_view("select"); },
                          [](const op::Bitwise& bitwise) { return to_string(bitwise.function); },
                          [](const op::Move& move) { return std::string_view(move.name); },
                          [](const op::Table&) { return std::string_view("table"); },
                      },
                      operation);
}

NodeId Graph::append(Operation operation, std::vector<NodeId> operands, Shape shape, bool real, const Span& span) {
    DAL_CHECK(nodes_.size() < UINT32_MAX, "too many nodes");
    Node& node = nodes_.emplace_back();
    node.operation = std::move(operation);
    node.operands = std::move(operands);
    node.shape = std::move(shape);
    node.span = span;
    node.real = real;
    node.call = call_;
    node.entry = entry_;
    return static_cast<NodeId>(nodes_.size() - 1);
}

NodeId Graph::input(std::string name, Shape shape, op::Input port, const Span& span) {
    const auto elements = static_cast<size_t>(element_count(shape));
    DAL_CHECK(port.real || port.formats.is_uniform() || port.formats.size() == elements, "formats of input " + name);
    const bool real = port.real;
    inputs_.push_back(append(std::move(port), {}, std::move(shape), real, span));
    (*this)[inputs_.back()].name = std::move(name);
    return inputs_.back();
}

NodeId Graph::constant(Shape shape, std::vector<Dyadic> values, const Span& span, std::optional<FormatMap> formats) {
    DAL_CHECK(static_cast<int64_t>(values.size()) == element_count(shape), "constant of shape " + to_string(shape));
    DAL_CHECK(!formats || formats->is_uniform() || formats->size() == values.size(),
              std::to_string(formats->size()) + " formats of a constant of shape " + to_string(shape));
    return append(op::Constant{std::move(values), std::move(formats)}, {}, std::move(shape), false, span);
}

Result<NodeId> Graph::quantize(NodeId x, FormatMap formats, const Span& span) {
    const Node& operand = (*this)[x];
    if (!formats.is_uniform() && static_cast<int64_t>(formats.size()) != operand.size())
        return failure(error(
            code::bad_shape, span,
            "quantize has " + std::to_string(formats.size()) + " formats, its operand is " + shape_text(operand)));
    return append(op::Quantize{std::move(formats)}, {x}, operand.shape, false, span);
}

Result<NodeId> Graph::einsum(EinsumSpec spec, std::vector<NodeId> operands, const Span& span) {
    std::vector<Shape> shapes;
    for (const NodeId operand : operands) shapes.push_back((*this)[operand].shape);
    auto shape = einsum_shape(spec, shapes, span);
    if (!shape) return failure(std::move(shape.error()));
    const bool real = is_any_real(operands);
    return append(op::Einsum{std::move(spec)}, std::move(operands), std::move(*shape), real, span);
}

bool Graph::is_any_real(std::span<const NodeId> operands) const {
    return std::any_of(operands.begin(), operands.end(), [&](NodeId operand) { return (*this)[operand].real; });
}

Result<NodeId> Graph::elementwise(Operation operation, std::vector<NodeId> operands, const Span& span) {
    Shape shape = (*this)[operands.front()].shape;
    for (const NodeId operand : operands) {
        auto wider = broadcast(shape, (*this)[operand].shape);
        if (!wider)
            return failure(
                error(code::bad_shape, span,
                      "shapes " + to_string(shape) + " and " + to_string((*this)[operand].shape) + " do not broadcast")
                    .with_rule(
                        "axes are aligned at the last one; two extents agree if they are equal or one of them is 1"));
        shape = std::move(*wider);
    }
    const bool real = is_any_real(operands);
    return append(std::move(operation), std::move(operands), std::move(shape), real, span);
}

NodeId Graph::unary(Operation operation, NodeId x, const Span& span) {
    return append(std::move(operation), {x}, (*this)[x].shape, (*this)[x].real, span);
}

Result<NodeId> Graph::add(NodeId a, NodeId b, const Span& span) { return elementwise(op::Add{}, {a, b}, span); }
Result<NodeId> Graph::sub(NodeId a, NodeId b, const Span& span) { return elementwise(op::Sub{}, {a, b}, span); }
Result<NodeId> Graph::mul(NodeId a, NodeId b, const Span& span) { return elementwise(op::Mul{}, {a, b}, span); }
Result<NodeId> Graph::min(NodeId a, NodeId b, const Span& span) { return elementwise(op::Min{}, {a, b}, span); }
Result<NodeId> Graph::max(NodeId a, NodeId b, const Span& span) { return elementwise(op::Max{}, {a, b}, span); }
Result<NodeId> Graph::compare(Relation relation, NodeId a, NodeId b, const Span& span) {
    return elementwise(op::Compare{relation}, {a, b}, span);
}
Result<NodeId> Graph::select(NodeId condition, NodeId if_true, NodeId if_false, const Span& span) {
    return elementwise(op::Select{}, {condition, if_true, if_false}, span);
}
Result<NodeId> Graph::bitwise(BitFunction function, NodeId a, NodeId b, const Span& span) {
    return elementwise(op::Bitwise{function}, {a, b}, span);
}

NodeId Graph::shift(NodeId x, int amount, const Span& span) { return unary(op::Shift{amount}, x, span); }
NodeId Graph::neg(NodeId x, const Span& span) { return unary(op::Neg{}, x, span); }
NodeId Graph::relu(NodeId x, const Span& span) { return unary(op::Relu{}, x, span); }
NodeId Graph::abs(NodeId x, const Span& span) { return unary(op::Abs{}, x, span); }

NodeId Graph::move(std::string name, Shape shape, std::vector<Source> sources, std::vector<NodeId> operands,
                   const Span& span) {
    DAL_CHECK(static_cast<int64_t>(sources.size()) == element_count(shape), name + " to " + to_string(shape));
    for (const Source& source : sources)
        DAL_CHECK(
            source.operand < operands.size() && source.element >= 0 &&
                source.element < (*this)[operands[source.operand]].size(),
            name + ": no element " + std::to_string(source.element) + " of operand " + std::to_string(source.operand));
    const bool real = is_any_real(operands);
    return append(op::Move{std::move(name), std::move(sources)}, std::move(operands), std::move(shape), real, span);
}

NodeId Graph::table(op::Table table, NodeId x, const Span& span) {
    DAL_CHECK(table.entries && table.size > 0 && static_cast<int64_t>(table.entries->size()) % table.size == 0,
              "a table of " + std::to_string(table.size) + " entries");
    DAL_CHECK(table.which.empty() || static_cast<int64_t>(table.which.size()) == (*this)[x].size(),
              "tables for another shape");
    const auto tables = static_cast<int64_t>(table.entries->size()) / table.size;
    for (const uint32_t which : table.which) DAL_CHECK(which < tables, "no table " + std::to_string(which));
    return unary(std::move(table), x, span);
}

void Graph::output(std::string name, NodeId node, const Span& span) {
    DAL_CHECK(static_cast<size_t>(node) < nodes_.size(), "output " + name);
    outputs_.push_back({std::move(name), node, span});
}

}  // namespace dal
