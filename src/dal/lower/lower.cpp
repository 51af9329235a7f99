#include "dal/lower/lower.hpp"

#include <array>
#include <map>
#include <tuple>

#include "dal/circuit/simplify.hpp"
#include "dal/lower/demand.hpp"
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
          needed_(needed_elements(graph)),
          wires_(graph.size()),
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
        return std::move(circuit_);
    }

  private:
    /// Element of a node that has been lowered. Constants become wires only where they are used as such.
    WireId wire(NodeId id, int64_t element) {
        const Node& node = graph_[id];
        const auto e = static_cast<size_t>(element);
        if (!wires_[static_cast<size_t>(id)].empty() && wires_[static_cast<size_t>(id)][e] != no_wire)
            return wires_[static_cast<size_t>(id)][e];
        DAL_CHECK(node.range[e].is_constant(), "element " + std::to_string(element) + " of node " +
                                                   std::to_string(static_cast<uint32_t>(id)) + " was not lowered");
        return circuit_.constant(node.range[e].min(), origin_);
    }

    void lower(NodeId id) {
        const Node& node = graph_[id];
        const auto& needed = needed_[static_cast<size_t>(id)];
        const bool is_declared = std::holds_alternative<op::Input>(node.operation) && !node.real;
        if (!is_declared && std::find(needed.begin(), needed.end(), true) == needed.end()) return;
        if (node.real || graph_.is_constant(id)) return;
        DAL_CHECK(node.range.size() == needed.size(), "the graph has no inferred ranges");
        origin_ = circuit_.add_origin(
            {node.name.empty() ? std::string(operation_name(node.operation)) : node.name, node.place()});
        std::vector<WireId> result(needed.size(), no_wire);
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
                           broadcasting(id, result, [&](WireId a, WireId b, const Interval& range) {
                               return circuit_.add(a, b, 0, origin_, &range);
                           });
                       },
                       [&](const op::Sub&) {
                           broadcasting(id, result, [&](WireId a, WireId b, const Interval& range) {
                               return circuit_.sub(a, b, 0, origin_, &range);
                           });
                       },
                       [&](const op::Mul&) { product(id, result); },
                       [&](const op::Shift& shift) {
                           unary(id, result,
                                 [&](WireId a, const Interval&) { return circuit_.shift(a, shift.amount, origin_); });
                       },
                       [&](const op::Neg&) {
                           unary(id, result, [&](WireId a, const Interval& range) {
                               return circuit_.sub(circuit_.constant({}, origin_), a, 0, origin_, &range);
                           });
                       },
                       [&](const op::Relu&) {
                           unary(id, result, [&](WireId a, const Interval& range) {
                               return build_relu(circuit_, a, range, origin_);
                           });
                       },
                   },
                   node.operation);
        check_ranges(id, result);
        wires_[static_cast<size_t>(id)] = std::move(result);
    }

    void check_ranges(NodeId id, const std::vector<WireId>& result) const {
        const Node& node = graph_[id];
        for (size_t e = 0; e < result.size(); ++e)
            DAL_CHECK(result[e] == no_wire || node.range[e].contains(circuit_[result[e]].range),
                      std::string(operation_name(node.operation)) + " element " + std::to_string(e) + " has range " +
                          circuit_[result[e]].range.to_string() + ", inferred is " + node.range[e].to_string());
    }

    /// Calls `visit` for each element that has to be computed.
    template <class Visit>
    void each(NodeId id, Visit&& visit) const {
        const Node& node = graph_[id];
        for (size_t e = 0; e < node.range.size(); ++e)
            if (needed_[static_cast<size_t>(id)][e] && !node.range[e].is_constant())
                visit(static_cast<int64_t>(e), node.range[e]);
    }

    template <class Build>
    void unary(NodeId id, std::vector<WireId>& result, Build&& build) {
        each(id, [&](int64_t e, const Interval& range) {
            result[static_cast<size_t>(e)] = build(wire(graph_[id].operands[0], e), range);
        });
    }

    template <class Build>
    void broadcasting(NodeId id, std::vector<WireId>& result, Build&& build) {
        const Node& node = graph_[id];
        const BroadcastMap in_a(graph_[node.operands[0]].shape, node.shape);
        const BroadcastMap in_b(graph_[node.operands[1]].shape, node.shape);
        each(id, [&](int64_t e, const Interval& range) {
            const WireId a = wire(node.operands[0], in_a(e));
            const WireId b = wire(node.operands[1], in_b(e));
            result[static_cast<size_t>(e)] = build(a, b, range);
        });
    }

    void quantize(NodeId id, const FormatMap& formats, std::vector<WireId>& result) {
        const NodeId x = graph_[id].operands[0];
        if (!graph_[x].real) {
            each(id, [&](int64_t e, const Interval& range) {
                result[static_cast<size_t>(e)] = build_quantize(circuit_, wire(x, e), formats.at(e), range, origin_);
            });
            return;
        }
        // The number is quantized where it enters.
        DAL_CHECK(std::holds_alternative<op::Input>(graph_[x].operation), "a real value that is no input");
        const uint32_t tensor = tensors_.at(x);
        each(id, [&](int64_t e, const Interval&) {
            const Format& format = formats.at(e);
            const auto key =
                std::make_tuple(tensor, e, format.kif.k, format.kif.i, format.kif.f, format.round, format.overflow);
            const auto [known, fresh] = ports_.try_emplace(key);
            if (fresh) known->second = circuit_.input(tensor, e, format, false, origin_);
            result[static_cast<size_t>(e)] = known->second;
        });
    }

    void einsum(NodeId id, const EinsumSpec& spec, std::vector<WireId>& result) {
        const Node& node = graph_[id];
        const size_t constant = constant_operand(graph_, node);
        const std::vector<Dyadic>& weights = constant_values(graph_, node);
        const std::array<Shape, 2> shapes{graph_[node.operands[0]].shape, graph_[node.operands[1]].shape};
        const EinsumTerms terms(spec, shapes);
        linear(id, result, [&](int64_t e) {
            LinearRow row;
            terms.for_each(e, [&](std::span<const int64_t> at) {
                const Dyadic& weight = weights[static_cast<size_t>(at[constant])];
                if (!weight.is_zero()) row.push_back({wire(node.operands[1 - constant], at[1 - constant]), weight});
            });
            return row;
        });
    }

    void product(NodeId id, std::vector<WireId>& result) {
        const Node& node = graph_[id];
        const size_t constant = constant_operand(graph_, node);
        const std::vector<Dyadic>& weights = constant_values(graph_, node);
        const BroadcastMap in_x(graph_[node.operands[1 - constant]].shape, node.shape);
        const BroadcastMap in_weights(graph_[node.operands[constant]].shape, node.shape);
        linear(id, result, [&](int64_t e) {
            return LinearRow{{wire(node.operands[1 - constant], in_x(e)), weights[static_cast<size_t>(in_weights(e))]}};
        });
    }

    template <class RowOf>
    void linear(NodeId id, std::vector<WireId>& result, RowOf&& row_of) {
        std::vector<LinearRow> rows;
        std::vector<Interval> ranges;
        std::vector<size_t> elements;
        each(id, [&](int64_t e, const Interval& range) {
            rows.push_back(row_of(e));
            ranges.push_back(range);
            elements.push_back(static_cast<size_t>(e));
        });
        const std::vector<WireId> built = linear_.build(std::move(rows), ranges, origin_);
        for (size_t j = 0; j < built.size(); ++j) result[elements[j]] = built[j];
    }

    using PortKey = std::tuple<uint32_t, int64_t, bool, int, int, Round, Overflow>;

    const Graph& graph_;
    const LowerOptions& options_;
    std::vector<std::vector<bool>> needed_;
    Circuit circuit_;
    std::vector<std::vector<WireId>> wires_;  // per node and element; no_wire where not needed or constant
    std::map<NodeId, uint32_t> tensors_;      // of the inputs
    std::map<PortKey, WireId> ports_;         // quantized elements of real inputs
    LinearMaps linear_;
    uint32_t origin_ = 0;
};

}  // namespace

Result<Circuit> lower(const Graph& graph, const LowerOptions& options) {
    Circuit result = circuit::simplify(Lowering(graph, options).run());
    circuit::verify(result);
    return result;
}

}  // namespace dal
