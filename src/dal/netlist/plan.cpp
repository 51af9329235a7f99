#include <algorithm>
#include <unordered_map>

#include "dal/circuit/range.hpp"
#include "dal/netlist/naming.hpp"
#include "dal/netlist/netlist.hpp"
#include "dal/support/check.hpp"

namespace dal::netlist {
namespace {

using circuit::Circuit;
using circuit::Kind;
using circuit::Operation;
using circuit::Schedule;
using circuit::WireId;

size_t index(WireId wire) { return static_cast<size_t>(wire); }

void find_lifetimes(Plan& plan, const Schedule& schedule) {
    const size_t size = plan.circuit.size();
    plan.stage.assign(size, 0);
    for (size_t id = 0; id < size; ++id)
        if (plan.circuit.operations()[id].kind != Kind::input) plan.stage[id] = schedule.stage[id];
    for (const uint32_t stage : plan.stage)
        DAL_CHECK(stage < std::max(plan.stages, 1U),
                  "stage " + std::to_string(stage) + " of " + std::to_string(plan.stages));
    plan.last = plan.stage;
    for (size_t id = 0; id < size; ++id)
        for_each_read(plan, static_cast<WireId>(id), [&](WireId read) {
            DAL_CHECK(plan.stage[index(read)] <= plan.stage[id],
                      "wire " + std::to_string(id) + " is scheduled before its operand " + std::to_string(index(read)));
            plan.last[index(read)] = std::max(plan.last[index(read)], plan.stage[id]);
        });
    for (const circuit::OutputTensor& output : plan.circuit.outputs())
        for (const WireId wire : output.elements)
            if (!plan.is_constant(wire)) plan.last[index(plan.root[index(wire)])] = plan.stages;
}

/// A unit may be read by later ones of its stage only, so that no two modules depend on each other. An origin whose
/// operations are not contiguous may need several units for that.
void find_units(Plan& plan) {
    const size_t size = plan.circuit.size();
    plan.unit.assign(size, Plan::no_unit);
    std::unordered_map<uint64_t, uint32_t> open;  // (origin, stage) to its last unit
    for (size_t id = 0; id < size; ++id) {
        const auto wire = static_cast<WireId>(id);
        const Operation& operation = plan.circuit[wire];
        if (operation.kind == Kind::input || plan.root[id] != wire || plan.is_constant(wire)) continue;
        if (operation.merged) continue;
        uint32_t first = 0;
        for_each_read(plan, wire, [&](WireId read) {
            if (plan.unit[index(read)] != Plan::no_unit && plan.stage[index(read)] == plan.stage[id])
                first = std::max(first, plan.unit[index(read)]);
        });
        const uint64_t key = uint64_t{operation.origin} << 32 | plan.stage[id];
        const auto [place, is_new] = open.try_emplace(key, 0);
        if (is_new || place->second < first) {
            place->second = static_cast<uint32_t>(plan.units.size());
            plan.units.push_back({operation.origin, plan.stage[id], {}, {}, {}});
        }
        plan.unit[id] = place->second;
        plan.units[place->second].operations.push_back(wire);
    }
}

void find_external(Plan& plan) {
    plan.external.assign(plan.circuit.size(), 0);
    for (size_t id = 0; id < plan.circuit.size(); ++id)
        for_each_read(plan, static_cast<WireId>(id), [&](WireId read) {
            if (plan.unit[index(read)] != plan.unit[id] || plan.stage[index(read)] != plan.stage[id])
                plan.external[index(read)] = 1;
        });
    for (const circuit::OutputTensor& output : plan.circuit.outputs())
        for (const WireId wire : output.elements) plan.external[index(plan.root[index(wire)])] = 1;
}

void find_tables(Plan& plan) {
    plan.tables.resize(plan.circuit.tables().size());
    for (const Operation& operation : plan.circuit.operations()) {
        if (operation.kind != Kind::table || operation.range.is_constant()) continue;
        Table& table = plan.tables[operation.index];
        const Interval& range = plan.range(operation.a);
        table.domain = table.used ? table.domain.hull(range) : range;
        table.used = true;
    }
    for (size_t j = 0; j < plan.tables.size(); ++j) {
        Table& table = plan.tables[j];
        if (!table.used) continue;
        table.values = circuit::table_range(*plan.circuit.tables()[j], table.domain);
        table.entries = plan.circuit.tables()[j];
    }
}

}  // namespace

Plan arrange(const Circuit& circuit, const Schedule& schedule, const Options& options) {
    DAL_CHECK(schedule.stage.size() == circuit.size(), "schedule of " + std::to_string(schedule.stage.size()) +
                                                           " wires for a circuit of " + std::to_string(circuit.size()));
    Plan plan(circuit, options.target);
    plan.stages = schedule.stages;
    plan.root = circuit::code_roots(circuit);
    find_lifetimes(plan, schedule);
    find_units(plan);
    find_external(plan);
    find_tables(plan);
    name_all(plan, options);
    return plan;
}

}  // namespace dal::netlist
