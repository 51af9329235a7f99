#include "dal/lower/lower.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include "dal/circuit/passes/merge_adders.hpp"
#include "dal/circuit/passes/narrow.hpp"
#include "dal/circuit/passes/place_constants.hpp"
#include "dal/circuit/passes/shorten.hpp"
#include "dal/circuit/passes/simplify.hpp"
#include "dal/infer/demand/demand.hpp"
#include "dal/infer/demand/products.hpp"
#include "dal/lower/choose.hpp"
#include "dal/lower/later_constants.hpp"
#include "dal/lower/linear.hpp"
#include "dal/lower/quantize.hpp"
#include "dal/support/check.hpp"
#include "dal/support/overloaded.hpp"

namespace dal {
namespace {

using circuit::Circuit;
using circuit::WireId;

constexpr WireId no_wire{UINT32_MAX};

class Lowering {
  public:
    Lowering(const Graph& graph, const LowerOptions& options)
        : graph_(graph),
          options_(options),
          demand_(options.demand ? Demand(graph) : Demand::everything(graph)),
          later_constants_(graph, demand_),
          wires_(graph.size()),
          loose_(graph.size()),
          linear_(circuit_, options.cmvm, options.cache) {}

    Circuit run() {
        for (const NodeId id : graph_.inputs()) {
            const Node& node = graph_[id];
            tensors_[id] = circuit_.add_input_tensor({node.name, node.shape, node.span});
        }
        for (size_t index = 0; index < graph_.size(); ++index) {
            lower(static_cast<NodeId>(index));
            if (options_.progress) options_.progress(index + 1, graph_.size());
        }
        for (const Output& output : graph_.outputs()) {
            const Node& node = graph_[output.node];
            circuit::OutputTensor tensor{output.name, node.shape, {}, node.range};
            for (int64_t e = 0; e < node.size(); ++e) tensor.elements.push_back(wire(output.node, e));
            circuit_.add_output(std::move(tensor));
        }
        if (!options_.demand) keep_what_nobody_needs();
        return std::move(circuit_);
    }

  private:
    void keep_what_nobody_needs() {
        const Demand demand(graph_);
        for (size_t index = 0; index < graph_.size(); ++index)
            for (size_t e = 0; e < wires_[index].size(); ++e)
                if (wires_[index][e] != no_wire &&
                    !demand.is_needed(static_cast<NodeId>(index), static_cast<int64_t>(e)))
                    circuit_.keep(wires_[index][e]);
    }

    /// Element of a node that has been lowered. Constants become wires only where they are used as such, and of what
    /// is not needed any value will do.
    WireId wire(NodeId id, int64_t element) {
        const Node& node = graph_[id];
        const auto e = static_cast<size_t>(element);
        if (!wires_[static_cast<size_t>(id)].empty() && wires_[static_cast<size_t>(id)][e] != no_wire)
            return wires_[static_cast<size_t>(id)][e];
        DAL_CHECK(!demand_.is_needed(id, element), "element " + std::to_string(element) + " of node " +
                                                       std::to_string(static_cast<uint32_t>(id)) + " was not lowered");
        return circuit_.constant(node.range[e].min(), origin_);
    }

    void lower(NodeId id) {
        const Node& node = graph_[id];
        const bool is_declared = std::holds_alternative<op::Input>(node.operation) && !node.real;
        if (node.real || graph_.is_constant(id)) return;
        DAL_CHECK(static_cast<int64_t>(node.range.size()) == node.size(), "the graph has no inferred ranges");
        if (!is_declared && !is_any_needed(id)) return;
        origin_ = circuit_.add_origin(
            {node.name.empty() ? std::string(operation_name(node.operation)) : node.name, node.place()});
        std::vector<WireId> result(node.range.size(), no_wire);
        loose_[static_cast<size_t>(id)].resize(node.range.size());
        std::visit(Overloaded{
                       [&](const op::Input& port) {
                           for (size_t e = 0; e < result.size(); ++e)
                               result[e] = circuit_.input(tensors_.at(id), static_cast<int64_t>(e),
                                                          port.formats.at(static_cast<int64_t>(e)), true, origin_);
                       },
                       [](const op::Constant&) {},
                       [&](const op::Quantize& quantize) { this->quantize(id, quantize.formats, result); },
                       [&](const op::Einsum& einsum) { this->einsum(id, einsum.spec, result); },
                       [&](const op::Add&) {
                           broadcasting(id, result, [&](std::span<const WireId> x, const Interval* range) {
                               return circuit_.add(x[0], x[1], 0, origin_, range);
                           });
                       },
                       [&](const op::Sub&) {
                           broadcasting(id, result, [&](std::span<const WireId> x, const Interval* range) {
                               return circuit_.sub(x[0], x[1], 0, origin_, range);
                           });
                       },
                       [&](const op::Mul&) { product(id, result); },
                       [&](const op::Shift& shift) {
                           unary(id, result,
                                 [&](WireId a, const Interval*) { return circuit_.shift(a, shift.amount, origin_); });
                       },
                       [&](const op::Neg&) {
                           unary(id, result, [&](WireId a, const Interval* range) {
                               return circuit_.sub(circuit_.constant({}, origin_), a, 0, origin_, range);
                           });
                       },
                       [&](const op::Relu&) {
                           unary(id, result, [&](WireId a, const Interval* range) {
                               return build_relu(circuit_, a, *range, origin_);
                           });
                       },
                       [&](const op::Abs&) {
                           unary(id, result, [&](WireId a, const Interval* range) {
                               return build_abs(circuit_, a, *range, origin_);
                           });
                       },
                       [&](const op::Min&) {
                           broadcasting(id, result, [&](std::span<const WireId> x, const Interval* range) {
                               return build_min(circuit_, x[0], x[1], *range, origin_);
                           });
                       },
                       [&](const op::Max&) {
                           broadcasting(id, result, [&](std::span<const WireId> x, const Interval* range) {
                               return build_max(circuit_, x[0], x[1], *range, origin_);
                           });
                       },
                       [&](const op::Compare& compare) {
                           broadcasting(id, result, [&](std::span<const WireId> x, const Interval*) {
                               return build_compare(circuit_, compare.relation, x[0], x[1], origin_);
                           });
                       },
                       [&](const op::Select&) { select(id, result); },
                       [&](const op::Bitwise& bitwise) {
                           broadcasting(id, result, [&](std::span<const WireId> x, const Interval* range) {
                               return circuit_.bitwise(kind_of(bitwise.function), x[0], x[1], origin_, range);
                           });
                       },
                       [&](const op::Move& move) {
                           each(id, [&](int64_t e, const Interval&) {
                               const Source& source = move.sources[static_cast<size_t>(e)];
                               const ElementOf from{node.operands[source.operand], source.element};
                               set(id, result, e, wire(from.node, from.element), is_loose(from));
                           });
                       },
                       [&](const op::Table& table) { this->table(id, table, result); },
                   },
                   node.operation);
        check_ranges(id, result);
        wires_[static_cast<size_t>(id)] = std::move(result);
    }

    void check_ranges(NodeId id, const std::vector<WireId>& result) const {
        const Node& node = graph_[id];
        for (size_t e = 0; e < result.size(); ++e)
            DAL_CHECK(result[e] == no_wire || loose_[static_cast<size_t>(id)][e] ||
                          node.range[e].contains(circuit_[result[e]].range),
                      std::string(operation_name(node.operation)) + " element " + std::to_string(e) + " has range " +
                          circuit_[result[e]].range.to_string() + ", inferred is " + node.range[e].to_string());
    }

    /// Calls `visit` for each element that has to be computed.
    template <class Visit>
    void each(NodeId id, Visit&& visit) const {
        const Node& node = graph_[id];
        for (size_t e = 0; e < node.range.size(); ++e)
            if (demand_.is_needed(id, static_cast<int64_t>(e))) visit(static_cast<int64_t>(e), node.range[e]);
    }

    bool is_any_needed(NodeId id) const {
        for (int64_t e = 0; e < graph_[id].size(); ++e)
            if (demand_.is_needed(id, e)) return true;
        return false;
    }

    /// Whether the wire of an element is right only in the bits that are seen of it: its range is then not that of the
    /// element.
    bool is_loose(const ElementOf& x) const {
        const auto& loose = loose_[static_cast<size_t>(x.node)];
        const Interval& range = graph_[x.node].range[static_cast<size_t>(x.element)];
        if (range.is_constant()) return false;
        return !demand_.is_needed(x.node, x.element) || (!loose.empty() && loose[static_cast<size_t>(x.element)]);
    }

    /// The wire of an element; `loose`: some operand was. Where all high bits are seen, they follow from the others.
    void set(NodeId id, std::vector<WireId>& result, int64_t element, WireId wire, bool loose) {
        const auto e = static_cast<size_t>(element);
        const Interval& range = graph_[id].range[e];
        if (!loose) {
            wire = build_within(circuit_, wire, range, origin_);
        } else if (demand_.is_whole(id, element)) {
            wire = circuit_.slice(wire, range.kif(), origin_, &range);
            loose = false;
        }
        result[e] = wire;
        loose_[static_cast<size_t>(id)][e] = loose;
    }

    template <class Build>
    void unary(NodeId id, std::vector<WireId>& result, Build&& build) {
        each(id, [&](int64_t e, const Interval& range) {
            const ElementOf x{graph_[id].operands[0], e};
            const bool loose = is_loose(x);
            set(id, result, e, build(wire(x.node, x.element), loose ? nullptr : &range), loose);
        });
    }

    /// `build` gets the wires of all operands, and the range of the result; null if an operand is loose, which those
    /// of operations that look at every high bit never are.
    template <class Build>
    void broadcasting(NodeId id, std::vector<WireId>& result, Build&& build) {
        const Node& node = graph_[id];
        std::vector<BroadcastMap> in;
        for (const NodeId operand : node.operands) in.emplace_back(graph_[operand].shape, node.shape);
        std::vector<WireId> operands(in.size());
        each(id, [&](int64_t e, const Interval& range) {
            bool loose = false;
            for (size_t j = 0; j < in.size(); ++j) {
                operands[j] = wire(node.operands[j], in[j](e));
                loose = loose || is_loose({node.operands[j], in[j](e)});
            }
            set(id, result, e, build(operands, loose ? nullptr : &range), loose);
        });
    }

    static circuit::Kind kind_of(BitFunction function) {
        switch (function) {
            case BitFunction::bit_and: return circuit::Kind::bit_and;
            case BitFunction::bit_or: return circuit::Kind::bit_or;
            case BitFunction::bit_xor: return circuit::Kind::bit_xor;
        }
        internal_error("function", __FILE__, __LINE__, "no such bit function");
    }

    /// A branch that is never taken has no wires.
    void select(NodeId id, std::vector<WireId>& result) {
        const Node& node = graph_[id];
        std::vector<BroadcastMap> in;
        for (const NodeId operand : node.operands) in.emplace_back(graph_[operand].shape, node.shape);
        each(id, [&](int64_t e, const Interval& range) {
            const Interval& condition = graph_[node.operands[0]].range[static_cast<size_t>(in[0](e))];
            const bool may_be_false = condition.contains(Dyadic(0));
            const bool may_be_true = !condition.is_zero();
            const auto branch = [&](size_t j) { return wire(node.operands[j], in[j](e)); };
            const auto loose_branch = [&](size_t j) { return is_loose({node.operands[j], in[j](e)}); };
            if (!may_be_true || !may_be_false) {
                const size_t taken = may_be_true ? 1 : 2;
                set(id, result, e, branch(taken), loose_branch(taken));
                return;
            }
            // Wires first: a constant is made where it is used, and making one moves the operations.
            const std::array<WireId, 3> wires{branch(0), branch(1), branch(2)};
            const bool loose = loose_branch(1) || loose_branch(2);
            const Interval known = loose ? circuit_[wires[1]].range.hull(circuit_[wires[2]].range) : range;
            set(id, result, e, build_select(circuit_, wires[0], wires[1], wires[2], known, origin_), loose);
        });
    }

    void table(NodeId id, const op::Table& table, std::vector<WireId>& result) {
        std::map<uint32_t, uint32_t> made;  // tables of the circuit, by those of the node
        each(id, [&](int64_t e, const Interval& range) {
            const uint32_t which = table.which.empty() ? 0 : table.which[static_cast<size_t>(e)];
            const auto [known, fresh] = made.try_emplace(which, 0);
            if (fresh) known->second = circuit_.add_table(table_of(table, e));
            const WireId x = wire(graph_[id].operands[0], e);
            result[static_cast<size_t>(e)] =
                build_within(circuit_, circuit_.table(x, known->second, origin_), range, origin_);
        });
    }

    /// The table that element `e` looks up, its entries as codes on their finest grid.
    static std::shared_ptr<const circuit::Table> table_of(const op::Table& table, int64_t e) {
        auto result = std::make_shared<circuit::Table>();
        result->first = table.first;
        result->f = table.f;
        int64_t f = INT64_MIN;
        for (int64_t n = 0; n < table.size; ++n)
            if (const Dyadic& entry = table.entry(e, n); !entry.is_zero()) f = std::max(f, -entry.exponent());
        result->entry_f = f == INT64_MIN ? 0 : static_cast<int>(f);
        for (int64_t n = 0; n < table.size; ++n) result->entries.push_back(*table.entry(e, n).code(result->entry_f));
        return result;
    }

    void quantize(NodeId id, const FormatMap& formats, std::vector<WireId>& result) {
        const NodeId x = graph_[id].operands[0];
        if (!graph_[x].real) {
            each(id, [&](int64_t e, const Interval&) { quantize_wire(id, {x, e}, formats.at(e), e, result); });
            return;
        }
        // What is moved around before it is quantized may be mixed with ordinary elements.
        each(id, [&](int64_t e, const Interval&) {
            const ElementOf from = trace(graph_, {x, e});
            if (graph_[from.node].real)
                result[static_cast<size_t>(e)] = quantized_port(from, formats.at(e));
            else
                quantize_wire(id, from, formats.at(e), e, result);
        });
    }

    void quantize_wire(NodeId id, const ElementOf& from, const Format& format, int64_t e, std::vector<WireId>& result) {
        const WireId x = wire(from.node, from.element);
        const bool loose = is_loose(from);
        const Interval range = loose ? circuit_[x].range.quantized(format) : graph_[id].range[static_cast<size_t>(e)];
        set(id, result, e, build_quantize(circuit_, x, format, range, origin_), loose);
    }

    /// A number of a real input, quantized where it enters.
    WireId quantized_port(const ElementOf& from, const Format& format) {
        DAL_CHECK(std::holds_alternative<op::Input>(graph_[from.node].operation), "a real value that is no input");
        const uint32_t tensor = tensors_.at(from.node);
        const auto key = std::make_tuple(tensor, from.element, format.kif.k, format.kif.i, format.kif.f, format.round,
                                         format.overflow);
        const auto [known, fresh] = ports_.try_emplace(key);
        if (fresh) known->second = circuit_.input(tensor, from.element, format, false, origin_);
        return known->second;
    }

    void einsum(NodeId id, const EinsumSpec& spec, std::vector<WireId>& result) {
        const Node& node = graph_[id];
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
    BroadcastMap place_of(const Node& node, const EinsumSpec& spec, int64_t terms) const {
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

    void product(NodeId id, std::vector<WireId>& result) {
        const Node& node = graph_[id];
        const BroadcastMap in_a(graph_[node.operands[0]].shape, node.shape);
        const BroadcastMap in_b(graph_[node.operands[1]].shape, node.shape);
        linear(id, result, [&](int64_t e) {
            Row row(*this, id, e);
            add_term(node, std::array{in_a(e), in_b(e)}, row);
            return row;
        });
    }

    /// The terms of an element. A multiple of 2^top, of which nothing is seen, is left out, and if high bits are not
    /// seen, weights are only right modulo 2^top.
    struct Row {
        Row(const Lowering& lowering, NodeId id, int64_t element)
            : top(lowering.demand_.of(id, element).top), is_whole(lowering.demand_.is_whole(id, element)) {}
        LinearRow terms;
        int64_t top;
        bool is_whole;
        bool loose = false;  ///< not the sum of all terms, or one of them is loose
    };

    void add_term(const Node& node, std::span<const int64_t> elements, Row& row) {
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

    /// The number nearest to 0 that is `weight` modulo 2^top.
    static Dyadic least_residue(const Dyadic& weight, int64_t top) {
        if (weight.exponent() >= top) return {};
        const int64_t bits = top - weight.exponent();
        Int code = Int::floor_mod(weight.mantissa(), Int::pow2(bits));
        if (code > Int::pow2(bits - 1)) code -= Int::pow2(bits);
        return {code, weight.exponent()};
    }

    /// What the wires of a row add up to.
    Interval sum_of(const LinearRow& row) const {
        Interval sum;
        for (const LinearTerm& term : row) sum = sum + circuit_[term.wire].range.scaled(term.weight);
        return sum;
    }

    template <class RowOf>
    void linear(NodeId id, std::vector<WireId>& result, RowOf&& row_of,
                const std::function<int64_t(int64_t)>& place = {}) {
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

    using PortKey = std::tuple<uint32_t, int64_t, bool, int, int, Round, Overflow>;

    const Graph& graph_;
    const LowerOptions& options_;
    Demand demand_;
    LaterConstants later_constants_;
    Circuit circuit_;
    std::vector<std::vector<WireId>> wires_;  // per node and element; no_wire where not needed or constant
    std::vector<std::vector<bool>> loose_;    // the same
    std::map<NodeId, uint32_t> tensors_;      // of the inputs
    std::map<PortKey, WireId> ports_;         // quantized elements of real inputs
    std::map<std::pair<WireId, WireId>, WireId> products_;
    LinearMaps linear_;
    uint32_t origin_ = 0;
};

}  // namespace

Result<Circuit> lower(const Graph& graph, const LowerOptions& options) {
    Circuit result = circuit::simplify(Lowering(graph, options).run());
    result = circuit::simplify(circuit::place_constants(result));
    if (options.demand) result = circuit::simplify(circuit::shorten(circuit::simplify(circuit::narrow(result))));
    if (options.cmvm.area) circuit::merge_adders(result);
    circuit::verify(result);
    return result;
}

}  // namespace dal
