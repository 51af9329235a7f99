// What is decided before modules are built: which operations become signals, what they are called, from which stage to
// which they live, and which module they go to. Private to this layer.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "dal/circuit/addends.hpp"
#include "dal/circuit/circuit.hpp"
#include "dal/circuit/cost/pipeline.hpp"
#include "dal/netlist/build.hpp"
#include "dal/netlist/names.hpp"
#include "dal/netlist/netlist.hpp"

namespace dal::netlist {

/// The operations of one origin in one stage, in topological order.
struct Unit {
    uint32_t origin = 0;
    uint32_t stage = 0;
    std::vector<circuit::WireId> operations;
    std::string module;    ///< empty: printed as a section of the top module
    std::string instance;  ///< of `module`, in the top module
};

/// Operations are of three sorts. Constants are printed where they are used. A shift has the code of its operand,
/// so it is that operand's signal under another binary point: its `root`. All others are signals, their own roots.
struct Plan {
    static constexpr uint32_t no_unit = UINT32_MAX;

    Plan(const circuit::Circuit& of, Target target) : circuit(of), names(target) {}

    const circuit::Circuit& circuit;
    NameTable names;  ///< of the whole design: no scope of any tool or language can hide a name
    uint32_t stages = 0;
    std::string clock;
    std::string unused;
    std::vector<Port> inputs;
    std::vector<Port> outputs;

    // By wire.
    std::vector<circuit::WireId> root;
    std::vector<uint32_t> stage;  ///< computed in it; 0 for inputs
    std::vector<uint32_t> last;   ///< needed at that stage, or behind the last register: `stages`
    std::vector<uint32_t> unit;   ///< no_unit for what is no signal, and inputs
    std::vector<char> external;   ///< read outside its unit
    std::vector<std::string> name;

    std::vector<Table> tables;  ///< by table of the circuit

    std::vector<Unit> units;  ///< no unit reads a signal of a later one of its stage

    [[nodiscard]] const Interval& range(circuit::WireId wire) const { return circuit[wire].range; }
    [[nodiscard]] bool is_constant(circuit::WireId wire) const { return range(wire).is_constant(); }
};

/// Calls `visit(root)` for each signal that the operation reads. Constants and shifts read nothing.
template <class Visit>
void for_each_read(const Plan& plan, circuit::WireId wire, Visit visit) {
    if (plan.root[static_cast<size_t>(wire)] != wire || plan.is_constant(wire)) return;
    const circuit::Operation& operation = plan.circuit[wire];
    if (operation.merged) return;  // read by its user
    if (operation.kind == circuit::Kind::add || operation.kind == circuit::Kind::sub) {
        const circuit::Addends sum = circuit::addends(plan.circuit, operation);
        for (const circuit::Addend& addend : sum.list())
            if (!plan.is_constant(addend.wire)) visit(plan.root[static_cast<size_t>(addend.wire)]);
        return;
    }
    const std::array all{operation.a, operation.b, operation.c};
    for (const auto operand : std::span(all).first(static_cast<size_t>(circuit::operand_count(operation.kind))))
        if (!plan.is_constant(operand)) visit(plan.root[static_cast<size_t>(operand)]);
}

/// `schedule` must belong to `circuit` (checked).
Plan arrange(const circuit::Circuit& circuit, const circuit::Schedule& schedule, const Options& options);

}  // namespace dal::netlist
