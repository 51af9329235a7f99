#include "dal/lower/lowering.hpp"

#include <algorithm>
#include <array>
#include <thread>

#include "dal/lower/choose.hpp"
#include "dal/support/check.hpp"

namespace dal {
namespace {

using circuit::Circuit;

circuit::Kind kind_of(BitFunction function) {
    switch (function) {
        case BitFunction::bit_and: return circuit::Kind::bit_and;
        case BitFunction::bit_or: return circuit::Kind::bit_or;
        case BitFunction::bit_xor: return circuit::Kind::bit_xor;
    }
    internal_error("function", __FILE__, __LINE__, "no such bit function");
}

/// The table that element `e` looks up, its entries as codes on their finest grid.
std::shared_ptr<const circuit::Table> table_of(const op::Table& table, int64_t e) {
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

/// Bits of adders are what an FPGA pays for; fewer of them are worth a few more adders.
cmvm::Options solver_options(const OptimizerOptions& asked) {
    // Threads change how long it takes, not what is found.
    const int cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    return {.depth = asked.depth,
            .extra_depth = asked.extra_depth,
            .objective = cmvm::Objective::bits,
            .area = asked.area,
            .effort = asked.effort,
            .threads = asked.effort >= 2 ? cores : 1};
}

}  // namespace

Lowering::Lowering(const Graph& graph, const LowerOptions& options)
    : graph_(graph),
      options_(options),
      demand_(options.optimizer.demand ? Demand(graph) : Demand::everything(graph)),
      later_constants_(graph, demand_),
      wires_(graph.size()),
      loose_(graph.size()),
      linear_(circuit_, solver_options(options.optimizer), options.cache) {}

Circuit Lowering::run() {
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
    if (!options_.optimizer.demand) keep_what_nobody_needs();
    return std::move(circuit_);
}

void Lowering::keep_what_nobody_needs() {
    const Demand demand(graph_);
    for (size_t index = 0; index < graph_.size(); ++index)
        for (size_t e = 0; e < wires_[index].size(); ++e)
            if (wires_[index][e] != no_wire && !demand.is_needed(static_cast<NodeId>(index), static_cast<int64_t>(e)))
                circuit_.keep(wires_[index][e]);
}

circuit::WireId Lowering::wire(NodeId id, int64_t element) {
    const Node& node = graph_[id];
    const auto e = static_cast<size_t>(element);
    if (!wires_[static_cast<size_t>(id)].empty() && wires_[static_cast<size_t>(id)][e] != no_wire)
        return wires_[static_cast<size_t>(id)][e];
    DAL_CHECK(!demand_.is_needed(id, element), "element " + std::to_string(element) + " of node " +
                                                   std::to_string(static_cast<uint32_t>(id)) + " was not lowered");
    return circuit_.constant(node.range[e].min(), origin_);
}

void Lowering::lower(NodeId id) {
    const Node& node = graph_[id];
    const bool is_declared = std::holds_alternative<op::Input>(node.operation) && !node.real;
    if (node.real || graph_.is_constant(id)) return;
    DAL_CHECK(static_cast<int64_t>(node.range.size()) == node.size(), "the graph has no inferred ranges");
    if (!is_declared && !is_any_needed(id)) return;
    origin_ = circuit_.add_origin(
        {node.name.empty() ? std::string(operation_name(node.operation)) : node.name, node.place()});
    Wires result(node.range.size(), no_wire);
    loose_[static_cast<size_t>(id)].resize(node.range.size());
    std::visit([&](const auto& operation) { build(id, operation, result); }, node.operation);
    check_ranges(id, result);
    wires_[static_cast<size_t>(id)] = std::move(result);
}

void Lowering::check_ranges(NodeId id, const Wires& result) const {
    const Node& node = graph_[id];
    for (size_t e = 0; e < result.size(); ++e)
        DAL_CHECK(result[e] == no_wire || loose_[static_cast<size_t>(id)][e] ||
                      node.range[e].contains(circuit_[result[e]].range),
                  std::string(operation_name(node.operation)) + " element " + std::to_string(e) + " has range " +
                      circuit_[result[e]].range.to_string() + ", inferred is " + node.range[e].to_string());
}

bool Lowering::is_any_needed(NodeId id) const {
    for (int64_t e = 0; e < graph_[id].size(); ++e)
        if (demand_.is_needed(id, e)) return true;
    return false;
}

bool Lowering::is_loose(const ElementOf& x) const {
    const auto& loose = loose_[static_cast<size_t>(x.node)];
    const Interval& range = graph_[x.node].range[static_cast<size_t>(x.element)];
    if (range.is_constant()) return false;
    return !demand_.is_needed(x.node, x.element) || (!loose.empty() && loose[static_cast<size_t>(x.element)]);
}

void Lowering::set(NodeId id, Wires& result, int64_t element, WireId wire, bool loose) {
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
void Lowering::unary(NodeId id, Wires& result, Build&& build) {
    each(id, [&](int64_t e, const Interval& range) {
        const ElementOf x{graph_[id].operands[0], e};
        const bool loose = is_loose(x);
        set(id, result, e, build(wire(x.node, x.element), loose ? nullptr : &range), loose);
    });
}

template <class Build>
void Lowering::broadcasting(NodeId id, Wires& result, Build&& build) {
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

void Lowering::build(NodeId id, const op::Input& port, Wires& result) {
    for (size_t e = 0; e < result.size(); ++e)
        result[e] = circuit_.input(tensors_.at(id), static_cast<int64_t>(e), port.formats.at(static_cast<int64_t>(e)),
                                   true, origin_);
}

void Lowering::build(NodeId /*id*/, const op::Constant& /*operation*/, Wires& /*result*/) {}

void Lowering::build(NodeId id, const op::Add& /*operation*/, Wires& result) {
    broadcasting(id, result, [&](std::span<const WireId> x, const Interval* range) {
        return circuit_.add(x[0], x[1], 0, origin_, range);
    });
}

void Lowering::build(NodeId id, const op::Sub& /*operation*/, Wires& result) {
    broadcasting(id, result, [&](std::span<const WireId> x, const Interval* range) {
        return circuit_.sub(x[0], x[1], 0, origin_, range);
    });
}

void Lowering::build(NodeId id, const op::Shift& shift, Wires& result) {
    unary(id, result, [&](WireId a, const Interval*) { return circuit_.shift(a, shift.amount, origin_); });
}

void Lowering::build(NodeId id, const op::Neg& /*operation*/, Wires& result) {
    unary(id, result, [&](WireId a, const Interval* range) {
        return circuit_.sub(circuit_.constant({}, origin_), a, 0, origin_, range);
    });
}

void Lowering::build(NodeId id, const op::Relu& /*operation*/, Wires& result) {
    unary(id, result, [&](WireId a, const Interval* range) { return build_relu(circuit_, a, *range, origin_); });
}

void Lowering::build(NodeId id, const op::Abs& /*operation*/, Wires& result) {
    unary(id, result, [&](WireId a, const Interval* range) { return build_abs(circuit_, a, *range, origin_); });
}

void Lowering::build(NodeId id, const op::Min& /*operation*/, Wires& result) {
    broadcasting(id, result, [&](std::span<const WireId> x, const Interval* range) {
        return build_min(circuit_, x[0], x[1], *range, origin_);
    });
}

void Lowering::build(NodeId id, const op::Max& /*operation*/, Wires& result) {
    broadcasting(id, result, [&](std::span<const WireId> x, const Interval* range) {
        return build_max(circuit_, x[0], x[1], *range, origin_);
    });
}

void Lowering::build(NodeId id, const op::Compare& compare, Wires& result) {
    broadcasting(id, result, [&](std::span<const WireId> x, const Interval*) {
        return build_compare(circuit_, compare.relation, x[0], x[1], origin_);
    });
}

void Lowering::build(NodeId id, const op::Bitwise& bitwise, Wires& result) {
    broadcasting(id, result, [&](std::span<const WireId> x, const Interval* range) {
        return circuit_.bitwise(kind_of(bitwise.function), x[0], x[1], origin_, range);
    });
}

void Lowering::build(NodeId id, const op::Move& move, Wires& result) {
    each(id, [&](int64_t e, const Interval&) {
        const Source& source = move.sources[static_cast<size_t>(e)];
        const ElementOf from{graph_[id].operands[source.operand], source.element};
        set(id, result, e, wire(from.node, from.element), is_loose(from));
    });
}

/// A branch that is never taken has no wires.
void Lowering::build(NodeId id, const op::Select& /*operation*/, Wires& result) {
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

void Lowering::build(NodeId id, const op::Table& table, Wires& result) {
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

}  // namespace dal
