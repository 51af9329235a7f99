// Sums of products: einsums and products, as rows of wires with weights for LinearMaps.
#include <algorithm>
#include <array>

#include "dal/infer/demand/products.hpp"
#include "dal/lower/lowering.hpp"

namespace dal {
namespace {

/// The number nearest to 0 that is `weight` modulo 2^top.
Dyadic least_residue(const Dyadic& weight, int64_t top) {
    if (weight.exponent() >= top) return {};
    const int64_t bits = top - weight.exponent();
    Int code = Int::floor_mod(weight.mantissa(), Int::pow2(bits));
    if (code > Int::pow2(bits - 1)) code -= Int::pow2(bits);
    return {code, weight.exponent()};
}

}  // namespace

/// The terms of an element. A multiple of 2^top, of which nothing is seen, is left out, and if high bits are not
/// seen, weights are only right modulo 2^top.
struct Lowering::Row {
    Row(const Lowering& lowering, NodeId id, int64_t element)
        : top(lowering.demand_.of(id, element).top), is_whole(lowering.demand_.is_whole(id, element)) {}
    LinearRow terms;
    int64_t top;
    bool is_whole;
    bool loose = false;  ///< not the sum of all terms, or one of them is loose
};

template <class RowOf>
void Lowering::linear(NodeId id, Wires& result, RowOf&& row_of, const std::function<int64_t(int64_t)>& place) {
    std::vector<LinearRow> rows;
    std::vector<int64_t> places;
    std::vector<Interval> ranges;
    std::vector<int64_t> elements;
    std::vector<bool> loose;
    std::vector<bool> constant_follows;
    each(id, [&](int64_t e, const Interval& range) {
        Row row = row_of(e);
        ranges.push_back(row.loose ? sum_of(row.terms) : range);
        loose.push_back(row.loose);
        constant_follows.push_back(later_constants_.of(id, e));
        rows.push_back(std::move(row.terms));
        elements.push_back(e);
        if (place) places.push_back(place(e));
    });
    const std::vector<WireId> built = linear_.build(std::move(rows), ranges, origin_, constant_follows, places);
    for (size_t j = 0; j < built.size(); ++j) set(id, result, elements[j], built[j], loose[j]);
}

void Lowering::build(NodeId id, const op::Einsum& einsum, Wires& result) {
    const Node& node = graph_[id];
    const EinsumSpec& spec = einsum.spec;
    const EinsumTerms terms(spec, operand_shapes(graph_, node));
    const BroadcastMap place = place_of(node, spec, terms.results() * terms.terms_per_result());
    linear(
        id, result,
        [&](int64_t e) {
            Row row(*this, id, e);
            terms.for_each(e, [&](std::span<const int64_t> at) { add_term(node, at, row); });
            return row;
        },
        [&](int64_t e) { return place(e); });
}

/// Elements of an einsum that differ only along axes that no constant operand has are the same sum at different
/// places. Maps an element to its place: along as few leading axes as make the terms of a place few enough.
BroadcastMap Lowering::place_of(const Node& node, const EinsumSpec& spec, int64_t terms) const {
    Shape places(node.shape.size(), 1);
    for (size_t axis = 0; axis < places.size() && terms > LinearMaps::most_shared_terms; ++axis) {
        bool is_place = true;
        for (size_t j = 0; j < node.operands.size(); ++j)
            if (graph_.is_constant(node.operands[j]))
                is_place = is_place && spec.operands[j].find(spec.result[axis]) == std::string::npos;
        if (!is_place) continue;
        places[axis] = node.shape[axis];
        terms /= std::max<int64_t>(1, places[axis]);
    }
    return {places, node.shape};
}

void Lowering::build(NodeId id, const op::Mul& /*operation*/, Wires& result) {
    const Node& node = graph_[id];
    const BroadcastMap in_a(graph_[node.operands[0]].shape, node.shape);
    const BroadcastMap in_b(graph_[node.operands[1]].shape, node.shape);
    linear(id, result, [&](int64_t e) {
        Row row(*this, id, e);
        add_term(node, std::array{in_a(e), in_b(e)}, row);
        return row;
    });
}

void Lowering::add_term(const Node& node, std::span<const int64_t> elements, Row& row) {
    auto term = product_term(graph_, node, elements);
    if (!term) return;
    const int64_t f = grid_of(graph_, *term);
    if (f <= -row.top) {
        row.loose = true;
        return;
    }
    if (!row.is_whole) {
        const Dyadic less = least_residue(term->weight, row.top + f + term->weight.exponent());
        row.loose = row.loose || less != term->weight;
        term->weight = less;
    }
    std::vector<WireId> factors;
    for (const ElementOf& factor : term->factors) {
        factors.push_back(wire(factor.node, factor.element));
        row.loose = row.loose || is_loose(factor);
    }
    // Equal products are one wire, in whatever order their factors come.
    std::sort(factors.begin(), factors.end());
    if (factors.empty()) factors.push_back(circuit_.constant(1, origin_));
    WireId product = factors.front();
    for (size_t j = 1; j < factors.size(); ++j) {
        const auto [known, fresh] = products_.try_emplace({product, factors[j]});
        if (fresh) known->second = circuit_.mul(product, factors[j], origin_);
        product = known->second;
    }
    row.terms.push_back({product, term->weight});
}

/// What the wires of a row add up to.
Interval Lowering::sum_of(const LinearRow& row) const {
    Interval sum;
    for (const LinearTerm& term : row) sum = sum + circuit_[term.wire].range.scaled(term.weight);
    return sum;
}

}  // namespace dal
