#include "dal/infer/demand/products.hpp"

namespace dal {

std::optional<ProductTerm> product_term(const Graph& graph, const Node& node, std::span<const int64_t> elements) {
    ProductTerm term;
    for (size_t j = 0; j < elements.size(); ++j) {
        const Interval& range = graph[node.operands[j]].range[static_cast<size_t>(elements[j])];
        if (range.is_zero()) return std::nullopt;
        if (range.is_constant())
            term.weight = term.weight * range.min();
        else
            term.factors.push_back({node.operands[j], elements[j]});
    }
    return term;
}

int64_t grid_of(const Graph& graph, const ProductTerm& term) {
    int64_t f = -term.weight.exponent();
    for (const ElementOf& factor : term.factors) f += graph[factor.node].range[static_cast<size_t>(factor.element)].f();
    return f;
}

std::vector<Shape> operand_shapes(const Graph& graph, const Node& node) {
    std::vector<Shape> shapes;
    for (const NodeId operand : node.operands) shapes.push_back(graph[operand].shape);
    return shapes;
}

}  // namespace dal
