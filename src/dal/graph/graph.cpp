#include "dal/graph/graph.hpp"

#include <algorithm>

#include "dal/graph/op_info.hpp"
#include "dal/support/check.hpp"
#include "dal/support/codes/shape_codes.hpp"

namespace dal {
namespace {

std::string shape_text(const Node& node) { return node.shape.empty() ? "a scalar" : to_string(node.shape); }

}  // namespace

ElementOf trace(const Graph& graph, ElementOf at) {
    while (const auto* move = std::get_if<op::Move>(&graph[at.node].operation)) {
        const Source& source = move->sources[static_cast<size_t>(at.element)];
        at = {graph[at.node].operands[source.operand], source.element};
    }
    return at;
}

NodeId Graph::append(Node node) {
    DAL_CHECK(nodes_.size() < UINT32_MAX, "too many nodes");
    const auto id = static_cast<NodeId>(nodes_.size());
    for (const NodeId operand : node.operands) DAL_CHECK(operand < id, "an operand that comes later");
    if (std::holds_alternative<op::Input>(node.operation)) inputs_.push_back(id);
    nodes_.push_back(std::move(node));
    return id;
}

Result<NodeId> Graph::make(Operation operation, std::vector<NodeId> operands, const Span& span, const Shape& shape) {
    const OpInfo& info = info_of(operation);
    DAL_CHECK(info.operands == OpInfo::any_number || operands.size() == static_cast<size_t>(info.operands),
              std::to_string(operands.size()) + " operands of " + std::string(operation_name(operation)));
    std::vector<Shape> shapes;
    std::vector<int64_t> sizes;
    bool is_real = false;
    for (const NodeId operand : operands) {
        shapes.push_back((*this)[operand].shape);
        sizes.push_back((*this)[operand].size());
        is_real = is_real || (*this)[operand].real;
    }
    auto result = result_shape(operation, shapes, shape, span);
    if (!result) return failure(std::move(result.error()));
    const std::string problem = misfit(operation, sizes, element_count(*result));
    DAL_CHECK(problem.empty(), std::string(operation_name(operation)) + " " + to_string(*result) + ": " + problem);
    if (const auto* port = std::get_if<op::Input>(&operation)) is_real = port->real;
    Node node;
    node.operation = std::move(operation);
    node.operands = std::move(operands);
    node.shape = std::move(*result);
    node.span = span;
    node.real = is_real && !info.quantizes;
    node.call = call_;
    node.entry = entry_;
    return append(std::move(node));
}

NodeId Graph::unary(Operation operation, NodeId x, const Span& span) {
    return make(std::move(operation), {x}, span).value();
}

NodeId Graph::input(std::string name, const Shape& shape, op::Input port, const Span& span) {
    const NodeId id = make(std::move(port), {}, span, shape).value();
    (*this)[id].name = std::move(name);
    return id;
}

NodeId Graph::constant(const Shape& shape, std::vector<Dyadic> values, const Span& span,
                       std::optional<FormatMap> formats) {
    return make(op::Constant{std::move(values), std::move(formats)}, {}, span, shape).value();
}

NodeId Graph::compared_constant(const Shape& shape, std::vector<Rational> numbers, const Span& span) {
    op::Constant constant;
    constant.values.resize(numbers.size());
    constant.meant = std::make_shared<const std::vector<Rational>>(std::move(numbers));
    constant.compared = true;
    return make(std::move(constant), {}, span, shape).value();
}

Result<NodeId> Graph::quantize(NodeId x, FormatMap formats, const Span& span) {
    const Node& operand = (*this)[x];
    if (!formats.is_uniform() && static_cast<int64_t>(formats.size()) != operand.size())
        return failure(error(
            code::bad_shape, span,
            "quantize has " + std::to_string(formats.size()) + " formats, its operand is " + shape_text(operand)));
    return make(op::Quantize{std::move(formats)}, {x}, span);
}

Result<NodeId> Graph::einsum(EinsumSpec spec, std::vector<NodeId> operands, const Span& span) {
    return make(op::Einsum{std::move(spec)}, std::move(operands), span);
}

NodeId Graph::move(std::string name, const Shape& shape, std::vector<Source> sources, std::vector<NodeId> operands,
                   const Span& span) {
    return make(op::Move{std::move(name), std::move(sources)}, std::move(operands), span, shape).value();
}

void Graph::output(std::string name, NodeId node, const Span& span) {
    DAL_CHECK(static_cast<size_t>(node) < nodes_.size(), "output " + name);
    outputs_.push_back({std::move(name), node, span});
}

}  // namespace dal
