#include "dal/netlist/naming.hpp"

#include <algorithm>

namespace dal::netlist {
namespace {

using circuit::Circuit;
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

std::vector<Port> input_ports(const Circuit& circuit, NameTable& names, Target target) {
    std::vector<Port> ports;
    for (const circuit::InputTensor& tensor : circuit.input_tensors())
        ports.push_back({names.unique(legal_name(tensor.name, target)), tensor.name, tensor.shape, 0, {}});
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

std::vector<Port> output_ports(const Circuit& circuit, NameTable& names, Target target) {
    std::vector<Port> ports;
    for (const circuit::OutputTensor& tensor : circuit.outputs()) {
        Port port{names.unique(legal_name(tensor.name, target)), tensor.name, tensor.shape, 0, {}};
        for (size_t e = 0; e < tensor.elements.size(); ++e) {
            const Interval& range = tensor.ranges.empty() ? circuit[tensor.elements[e]].range : tensor.ranges[e];
            if (!range.is_zero()) add_element(port, element_of(range, static_cast<int64_t>(e), port.width));
        }
        ports.push_back(std::move(port));
    }
    return ports;
}

void name_inputs(Plan& plan, const Options& options) {
    for (const Port& port : plan.inputs)
        for (const PortElement& element : port.elements) {
            const WireId wire = plan.circuit.inputs()[element.input].wire;
            std::string& name = plan.name[index(wire)];
            // The second format of an element is called x_3_2.
            if (name.empty())
                name =
                    plan.names.unique(legal_stem(port.tensor, options.target) + "_" + std::to_string(element.element));
        }
}

/// Signals are called after their origin, numbered within it: h1_0, h1_1, …
void name_signals(Plan& plan, const Options& options) {
    NameTable stems(options.target);
    for (const Port& port : plan.inputs) (void)stems.unique_stem(port.tensor);
    std::vector<std::string> stem(std::max<size_t>(plan.circuit.origins().size(), 1));
    std::vector<int64_t> count(stem.size());
    for (const Unit& unit : plan.units) {
        std::string& own = stem[unit.origin];
        if (own.empty())
            own = stems.unique_stem(plan.circuit.origins().empty() ? "w" : plan.circuit.origins()[unit.origin].name);
    }
    for (size_t id = 0; id < plan.circuit.size(); ++id) {
        if (plan.unit[id] == Plan::no_unit) continue;
        const uint32_t origin = plan.circuit.operations()[id].origin;
        plan.name[id] = plan.names.unique(stem[origin] + "_" + std::to_string(count[origin]++));
    }
    for (Unit& unit : plan.units) {
        if (unit.operations.size() < smallest_module) continue;
        const std::string part = stem[unit.origin] + (plan.stages > 1 ? "_s" + std::to_string(unit.stage + 1) : "");
        unit.module = plan.names.unique(options.top + "_" + part);
        unit.instance = plan.names.unique("u_" + part);
    }
}

}  // namespace

void name_all(Plan& plan, const Options& options) {
    (void)plan.names.unique(options.top);
    plan.clock = plan.names.unique("clk");
    plan.unused = plan.names.unique("unused");
    plan.inputs = input_ports(plan.circuit, plan.names, options.target);
    plan.outputs = output_ports(plan.circuit, plan.names, options.target);
    for (size_t j = 0; j < plan.tables.size(); ++j) {
        if (!plan.tables[j].used) continue;
        plan.tables[j].name = plan.names.unique("table_" + std::to_string(j));
        plan.tables[j].argument = plan.names.unique("code_" + std::to_string(j));
    }
    plan.name.resize(plan.circuit.size());
    name_inputs(plan, options);
    name_signals(plan, options);
}

}  // namespace dal::netlist
