#include "dal/graph/graph.hpp"

#include <array>

#include "dal/support/check.hpp"
#include "dal/support/overloaded.hpp"

namespace dal {
namespace {

std::string shape_text(const Node& node) { return node.shape.empty() ? "a scalar" : to_string(node.shape); }

}  // namespace

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

NodeId Graph::constant(Shape shape, std::vector<Dyadic> values, const Span& span) {
    DAL_CHECK(static_cast<int64_t>(values.size()) == element_count(shape), "constant of shape " + to_string(shape));
    return append(op::Constant{std::move(values)}, {}, std::move(shape), false, span);
}

Result<NodeId> Graph::quantize(NodeId x, FormatMap formats, const Span& span) {
    const Node& operand = (*this)[x];
    if (!formats.is_uniform() && static_cast<int64_t>(formats.size()) != operand.size())
        return failure(error(
            Code::bad_shape, span,
            "quantize has " + std::to_string(formats.size()) + " formats, its operand is " + shape_text(operand)));
    return append(op::Quantize{std::move(formats)}, {x}, operand.shape, false, span);
}

Result<NodeId> Graph::einsum(EinsumSpec spec, NodeId a, NodeId b, const Span& span) {
    const std::array<Shape, 2> shapes{(*this)[a].shape, (*this)[b].shape};
    auto shape = einsum_shape(spec, shapes, span);
    if (!shape) return failure(std::move(shape.error()));
    if (!is_constant(a) && !is_constant(b))
        return failure(error(Code::unsupported, span, "einsum of two variables is not supported yet")
                           .with_rule("at least one operand of an einsum is constant"));
    const bool real = (*this)[a].real || (*this)[b].real;
    return append(op::Einsum{std::move(spec)}, {a, b}, std::move(*shape), real, span);
}

Result<NodeId> Graph::elementwise(Operation operation, NodeId a, NodeId b, const Span& span) {
    auto shape = broadcast((*this)[a].shape, (*this)[b].shape);
    if (!shape)
        return failure(
            error(Code::bad_shape, span,
                  "shapes " + to_string((*this)[a].shape) + " and " + to_string((*this)[b].shape) + " do not broadcast")
                .with_rule(
                    "axes are aligned at the last one; two extents agree if they are equal or one of them is 1"));
    const bool real = (*this)[a].real || (*this)[b].real;
    return append(std::move(operation), {a, b}, std::move(*shape), real, span);
}

Result<NodeId> Graph::add(NodeId a, NodeId b, const Span& span) { return elementwise(op::Add{}, a, b, span); }
Result<NodeId> Graph::sub(NodeId a, NodeId b, const Span& span) { return elementwise(op::Sub{}, a, b, span); }

Result<NodeId> Graph::mul(NodeId a, NodeId b, const Span& span) {
    if (!is_constant(a) && !is_constant(b))
        return failure(error(Code::unsupported, span, "the product of two variables is not supported yet")
                           .with_rule("at least one factor is constant"));
    return elementwise(op::Mul{}, a, b, span);
}

NodeId Graph::shift(NodeId x, int amount, const Span& span) {
    return append(op::Shift{amount}, {x}, (*this)[x].shape, (*this)[x].real, span);
}
NodeId Graph::neg(NodeId x, const Span& span) {
    return append(op::Neg{}, {x}, (*this)[x].shape, (*this)[x].real, span);
}
NodeId Graph::relu(NodeId x, const Span& span) {
    return append(op::Relu{}, {x}, (*this)[x].shape, (*this)[x].real, span);
}

void Graph::output(std::string name, NodeId node, const Span& span) {
    DAL_CHECK(static_cast<size_t>(node) < nodes_.size(), "output " + name);
    outputs_.push_back({std::move(name), node, span});
}

}  // namespace dal
