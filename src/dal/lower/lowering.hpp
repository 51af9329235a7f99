// The walk that makes a Circuit of a Graph: one node after the other, each element that is needed as a wire. Its parts
// are in lowering.cpp (the walk, element-wise operations), lowering_rows.cpp (sums of products) and
// lowering_quantize.cpp. Private to this layer.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <tuple>
#include <vector>

#include "dal/infer/demand/demand.hpp"
#include "dal/lower/later_constants.hpp"
#include "dal/lower/linear.hpp"
#include "dal/lower/lower.hpp"

namespace dal {

class Lowering {
  public:
    Lowering(const Graph& graph, const LowerOptions& options);
    circuit::Circuit run();

  private:
    using WireId = circuit::WireId;
    /// Of the elements of a node; no_wire where not needed or constant.
    using Wires = std::vector<WireId>;
    static constexpr WireId no_wire{UINT32_MAX};
    struct Row;

    void lower(NodeId id);
    void keep_what_nobody_needs();
    void check_ranges(NodeId id, const Wires& result) const;
    [[nodiscard]] bool is_any_needed(NodeId id) const;

    /// Element of a node that has been lowered. Constants become wires only where they are used as such, and of what
    /// is not needed any value will do.
    WireId wire(NodeId id, int64_t element);
    /// Whether the wire of an element is right only in the bits that are seen of it: its range is then not that of the
    /// element.
    [[nodiscard]] bool is_loose(const ElementOf& x) const;
    /// The wire of an element; `loose`: some operand was. Where all high bits are seen, they follow from the others.
    void set(NodeId id, Wires& result, int64_t element, WireId wire, bool loose);

    // One for each operation of the graph.
    void build(NodeId id, const op::Input& operation, Wires& result);
    void build(NodeId id, const op::Constant& operation, Wires& result);
    void build(NodeId id, const op::Quantize& operation, Wires& result);
    void build(NodeId id, const op::Einsum& operation, Wires& result);
    void build(NodeId id, const op::Add& operation, Wires& result);
    void build(NodeId id, const op::Sub& operation, Wires& result);
    void build(NodeId id, const op::Mul& operation, Wires& result);
    void build(NodeId id, const op::Shift& operation, Wires& result);
    void build(NodeId id, const op::Neg& operation, Wires& result);
    void build(NodeId id, const op::Relu& operation, Wires& result);
    void build(NodeId id, const op::Abs& operation, Wires& result);
    void build(NodeId id, const op::Min& operation, Wires& result);
    void build(NodeId id, const op::Max& operation, Wires& result);
    void build(NodeId id, const op::Compare& operation, Wires& result);
    void build(NodeId id, const op::Select& operation, Wires& result);
    void build(NodeId id, const op::Bitwise& operation, Wires& result);
    void build(NodeId id, const op::Move& operation, Wires& result);
    void build(NodeId id, const op::Table& operation, Wires& result);

    /// Calls `visit` for each element that has to be computed.
    template <class Visit>
    void each(NodeId id, Visit&& visit) const {
        const Node& node = graph_[id];
        for (size_t e = 0; e < node.range.size(); ++e)
            if (demand_.is_needed(id, static_cast<int64_t>(e))) visit(static_cast<int64_t>(e), node.range[e]);
    }
    template <class Build>
    void unary(NodeId id, Wires& result, Build&& build);
    /// `build` gets the wires of all operands, and the range of the result; null if an operand is loose, which those
    /// of operations that look at every high bit never are.
    template <class Build>
    void broadcasting(NodeId id, Wires& result, Build&& build);

    // Sums of products.
    [[nodiscard]] BroadcastMap place_of(const Node& node, const EinsumSpec& spec, int64_t terms) const;
    void add_term(const Node& node, std::span<const int64_t> elements, Row& row);
    [[nodiscard]] Interval sum_of(const LinearRow& row) const;
    template <class RowOf>
    void linear(NodeId id, Wires& result, RowOf&& row_of, const std::function<int64_t(int64_t)>& place = {});

    // Quantizers.
    void quantize_wire(NodeId id, const ElementOf& from, const Format& format, int64_t e, Wires& result);
    /// A number of a real input, quantized where it enters.
    WireId quantized_port(const ElementOf& from, const Format& format);

    using PortKey = std::tuple<uint32_t, int64_t, bool, int, int, Round, Overflow>;

    const Graph& graph_;
    const LowerOptions& options_;
    Demand demand_;
    LaterConstants later_constants_;
    circuit::Circuit circuit_;
    std::vector<Wires> wires_;              // per node
    std::vector<std::vector<bool>> loose_;  // the same
    std::map<NodeId, uint32_t> tensors_;    // of the inputs
    std::map<PortKey, WireId> ports_;       // quantized elements of real inputs
    std::map<std::pair<WireId, WireId>, WireId> products_;
    LinearMaps linear_;
    uint32_t origin_ = 0;
};

}  // namespace dal
