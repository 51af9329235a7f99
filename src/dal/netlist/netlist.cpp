#include "dal/netlist/netlist.hpp"

#include <algorithm>
#include <unordered_map>

#include "dal/circuit/range.hpp"
#include "dal/support/check.hpp"

namespace dal::netlist {
namespace {

using circuit::Circuit;
using circuit::Kind;
using circuit::Operation;
using circuit::Schedule;
using circuit::WireId;

/// Smaller groups are easier to read as sections of the top module than as modules of their own.
constexpr size_t smallest_module = 8;

size_t index(WireId wire) { return static_cast<size_t>(wire); }

PortElement element_of(const Interval& range, int64_t element, int64_t offset) {
    PortElement result;
    result.element = element;
    result.offset = offset;
    result.width = range.width();
    result.is_signed = range.lo().is_negative();
    result.f = range.f();
    result.range = range;
    return result;
}

void add_element(Port& port, PortElement element) {
    port.width += element.width;
    port.elements.push_back(std::move(element));
}

std::vector<Port> input_ports(const Circuit& circuit, NameTable& names) {
    std::vector<Port> ports;
    for (const circuit::InputTensor& tensor : circuit.input_tensors())
        ports.push_back({names.unique(verilog_name(tensor.name)), tensor.name, tensor.shape, 0, {}});
    for (size_t i = 0; i < circuit.inputs().size(); ++i) {
        const circuit::Input& input = circuit.inputs()[i];
        const Interval& range = circuit[input.wire].range;
        if (range.is_zero()) continue;
        Port& port = ports[input.tensor];
        PortElement element = element_of(range, input.element, port.width);
        element.input = static_cast<uint32_t>(i);
        element.format = input.format;
        element.declared = input.declared;
        add_element(port, std::move(element));
    }
    return ports;
}

std::vector<Port> output_ports(const Circuit& circuit, NameTable& names) {
    std::vector<Port> ports;
    for (const circuit::OutputTensor& tensor : circuit.outputs()) {
        Port port{names.unique(verilog_name(tensor.name)), tensor.name, tensor.shape, 0, {}};
        for (size_t e = 0; e < tensor.elements.size(); ++e) {
            const Interval& range = tensor.ranges.empty() ? circuit[tensor.elements[e]].range : tensor.ranges[e];
            if (!range.is_zero()) add_element(port, element_of(range, static_cast<int64_t>(e), port.width));
        }
        ports.push_back(std::move(port));
    }
    return ports;
}

void find_roots(Netlist& net) {
    const size_t size = net.circuit.size();
    net.root.resize(size);
    for (size_t id = 0; id < size; ++id) {
        const auto wire = static_cast<WireId>(id);
        const Operation& operation = net.circuit[wire];
        const bool alias = operation.kind == Kind::shift && !net.is_constant(wire);
        net.root[id] = alias ? net.root[index(operation.a)] : wire;
    }
}

void find_lifetimes(Netlist& net, const Schedule& schedule) {
    const size_t size = net.circuit.size();
    net.stage.assign(size, 0);
    for (size_t id = 0; id < size; ++id)
        if (net.circuit.operations()[id].kind != Kind::input) net.stage[id] = schedule.stage[id];
    for (const uint32_t stage : net.stage)
        DAL_CHECK(stage < std::max(net.stages, 1U),
                  "stage " + std::to_string(stage) + " of " + std::to_string(net.stages));
    net.last = net.stage;
    for (size_t id = 0; id < size; ++id)
        for_each_read(net, static_cast<WireId>(id), [&](WireId read) {
            DAL_CHECK(net.stage[index(read)] <= net.stage[id],
                      "wire " + std::to_string(id) + " is scheduled before its operand " + std::to_string(index(read)));
            net.last[index(read)] = std::max(net.last[index(read)], net.stage[id]);
        });
    for (const circuit::OutputTensor& output : net.circuit.outputs())
        for (const WireId wire : output.elements)
            if (!net.is_constant(wire)) net.last[index(net.root[index(wire)])] = net.stages;
}

/// A unit may be read by later ones of its stage only, so that no two modules depend on each other. An origin whose
/// operations are not contiguous may need several units for that.
void find_units(Netlist& net) {
    const size_t size = net.circuit.size();
    net.unit.assign(size, Netlist::no_unit);
    std::unordered_map<uint64_t, uint32_t> open;  // (origin, stage) to its last unit
    for (size_t id = 0; id < size; ++id) {
        const auto wire = static_cast<WireId>(id);
        const Operation& operation = net.circuit[wire];
        if (operation.kind == Kind::input || net.root[id] != wire || net.is_constant(wire)) continue;
        if (operation.merged) continue;
        uint32_t first = 0;
        for_each_read(net, wire, [&](WireId read) {
            if (net.unit[index(read)] != Netlist::no_unit && net.stage[index(read)] == net.stage[id])
                first = std::max(first, net.unit[index(read)]);
        });
        const uint64_t key = uint64_t{operation.origin} << 32 | net.stage[id];
        const auto [place, is_new] = open.try_emplace(key, 0);
        if (is_new || place->second < first) {
            place->second = static_cast<uint32_t>(net.units.size());
            net.units.push_back({operation.origin, net.stage[id], {}, {}, {}});
        }
        net.unit[id] = place->second;
        net.units[place->second].operations.push_back(wire);
    }
}

void find_external(Netlist& net) {
    net.external.assign(net.circuit.size(), 0);
    for (size_t id = 0; id < net.circuit.size(); ++id)
        for_each_read(net, static_cast<WireId>(id), [&](WireId read) {
            if (net.unit[index(read)] != net.unit[id] || net.stage[index(read)] != net.stage[id])
                net.external[index(read)] = 1;
        });
    for (const circuit::OutputTensor& output : net.circuit.outputs())
        for (const WireId wire : output.elements) net.external[index(net.root[index(wire)])] = 1;
}

void name_inputs(Netlist& net) {
    for (const Port& port : net.inputs)
        for (const PortElement& element : port.elements) {
            const WireId wire = net.circuit.inputs()[element.input].wire;
            std::string& name = net.name[index(wire)];
            // The second format of an element is called x_3_2.
            if (name.empty())
                name = net.names.unique(verilog_stem(port.tensor) + "_" + std::to_string(element.element));
        }
}

void find_tables(Netlist& net) {
    net.tables.resize(net.circuit.tables().size());
    for (const Operation& operation : net.circuit.operations()) {
        if (operation.kind != Kind::table || operation.range.is_constant()) continue;
        TableFunction& table = net.tables[operation.index];
        const Interval& range = net.range(operation.a);
        table.domain = table.used ? table.domain.hull(range) : range;
        table.used = true;
    }
    for (size_t j = 0; j < net.tables.size(); ++j) {
        TableFunction& table = net.tables[j];
        if (!table.used) continue;
        table.values = circuit::table_range(*net.circuit.tables()[j], table.domain);
        table.name = net.names.unique("table_" + std::to_string(j));
        table.argument = net.names.unique("code_" + std::to_string(j));
    }
}

/// Signals are called after their origin, numbered within it: h1_0, h1_1, …
void name_signals(Netlist& net, const std::string& top) {
    NameTable stems;
    for (const Port& port : net.inputs) (void)stems.unique(verilog_stem(port.tensor));
    std::vector<std::string> stem(std::max<size_t>(net.circuit.origins().size(), 1));
    std::vector<int64_t> count(stem.size());
    for (const Unit& unit : net.units) {
        std::string& own = stem[unit.origin];
        if (own.empty())
            own = stems.unique(
                verilog_stem(net.circuit.origins().empty() ? "w" : net.circuit.origins()[unit.origin].name));
    }
    for (size_t id = 0; id < net.circuit.size(); ++id) {
        if (net.unit[id] == Netlist::no_unit) continue;
        const uint32_t origin = net.circuit.operations()[id].origin;
        net.name[id] = net.names.unique(stem[origin] + "_" + std::to_string(count[origin]++));
    }
    NameTable modules;
    (void)modules.unique(top);
    for (Unit& unit : net.units) {
        if (unit.operations.size() < smallest_module) continue;
        const std::string part = stem[unit.origin] + (net.stages > 1 ? "_s" + std::to_string(unit.stage + 1) : "");
        unit.module = modules.unique(verilog_name(top + "_" + part));
        unit.instance = net.names.unique(verilog_name("u_" + part));
    }
}

}  // namespace

Netlist arrange(const Circuit& circuit, const Schedule& schedule, const std::string& top) {
    DAL_CHECK(schedule.stage.size() == circuit.size(), "schedule of " + std::to_string(schedule.stage.size()) +
                                                           " wires for a circuit of " + std::to_string(circuit.size()));
    Netlist net{.circuit = circuit,
                .stages = schedule.stages,
                .names = {},
                .inputs = {},
                .outputs = {},
                .root = {},
                .stage = {},
                .last = {},
                .unit = {},
                .external = {},
                .name = std::vector<std::string>(circuit.size()),
                .tables = {},
                .units = {}};
    for (const char* own : {"clk", "unused"}) (void)net.names.unique(own);
    net.inputs = input_ports(circuit, net.names);
    net.outputs = output_ports(circuit, net.names);
    find_roots(net);
    find_lifetimes(net, schedule);
    find_units(net);
    find_external(net);
    find_tables(net);
    name_inputs(net);
    name_signals(net, top);
    return net;
}

}  // namespace dal::netlist
