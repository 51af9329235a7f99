#include "dal/netlist/build.hpp"

#include <algorithm>
#include <filesystem>

#include "dal/netlist/module_builder.hpp"
#include "dal/netlist/unread.hpp"
#include "dal/support/check.hpp"

namespace dal::netlist {
namespace {

using circuit::WireId;

size_t index(WireId wire) { return static_cast<size_t>(wire); }

/// Without folders: the output does not depend on where the program lies.
std::string file_name(const std::string& path) { return std::filesystem::path(path).filename().string(); }

class Builder {
  public:
    Builder(const circuit::Circuit& circuit, const circuit::Schedule& schedule, const SourceMap& sources,
            const Options& options)
        : sources_(sources), options_(options), plan_(arrange(circuit, schedule, options)), top_(plan_, true) {}

    Netlist run() {
        build_top();
        netlist_.source = options_.source;
        FileId first = FileId::none;
        for (const circuit::Origin& origin : plan_.circuit.origins())
            if (origin.span.known()) first = std::min(first, origin.span.file);
        if (netlist_.source.empty() && first != FileId::none) netlist_.source = file_name(sources_.file(first).name());
        netlist_.stages = plan_.stages;
        netlist_.clock = plan_.clock;
        netlist_.unused = plan_.unused;
        netlist_.inputs = std::move(plan_.inputs);
        netlist_.outputs = std::move(plan_.outputs);
        netlist_.tables = std::move(plan_.tables);
        netlist_.modules.push_back(std::move(top_.module));
        for (Module& module : netlist_.modules) find_unread(module);
        return std::move(netlist_);
    }

  private:
    std::string place(uint32_t origin) const {
        if (plan_.circuit.origins().empty()) return "operations";
        const circuit::Origin& from = plan_.circuit.origins()[origin];
        // A word of ours comes first: a comment that starts with `verilator` would be a command to that tool.
        if (!from.span.known()) return "for " + from.name;
        const SourceFile& file = sources_.file(from.span.file);
        return "for " + from.name + ", " + file_name(file.name()) + ":" +
               std::to_string(file.position(from.span.begin).line);
    }

    void build_top() {
        const uint32_t stages = plan_.stages;
        top_.module.name = options_.top;
        const std::string timing = stages == 0 ? "combinational"
                                               : "inputs in clock cycle t give outputs in cycle t + " +
                                                     std::to_string(stages) + "; a new input every cycle";
        top_.module.about = "Top module: " + timing + ". Ports are packed as in manifest.json.";
        if (stages > 0) top_.add(Signal::Kind::clock, plan_.clock, 1);
        const auto add_ports = [&](const std::vector<Port>& ports, Signal::Kind kind) {
            std::vector<SignalId> ids;
            for (const Port& port : ports)
                ids.push_back(port.width > 0 ? top_.add(kind, port.name, port.width) : SignalId{});
            return ids;
        };
        const std::vector<SignalId> inputs = add_ports(plan_.inputs, Signal::Kind::input);
        const std::vector<SignalId> outputs = add_ports(plan_.outputs, Signal::Kind::output);
        for (size_t j = 0; j < inputs.size(); ++j) unpack(plan_.inputs[j], inputs[j]);
        for (uint32_t stage = 0; stage < std::max(stages, 1U); ++stage) {
            if (stages > 0) top_.comment("---- stage " + std::to_string(stage + 1) + " of " + std::to_string(stages));
            for (const Unit& unit : plan_.units) {
                if (unit.stage != stage) continue;
                top_.comment(place(unit.origin));
                if (unit.module.empty())
                    for (const WireId wire : unit.operations) top_.operation(wire, Signal::Kind::wire, stage);
                else
                    instantiate(unit);
            }
            if (stages > 0) add_registers(stage + 1);
        }
        for (size_t j = 0; j < outputs.size(); ++j) pack(j, outputs[j]);
    }

    void unpack(const Port& port, SignalId from) {
        if (port.width == 0) return;
        top_.comment("input " + port.tensor + to_string(port.shape));
        for (const PortElement& element : port.elements) {
            const WireId wire = plan_.circuit.inputs()[element.input].wire;
            // Two equal inputs may share the wire of one; the bits of the other are then not read.
            if (plan_.circuit[wire].index != element.input) continue;
            const SignalId own = top_.declare(wire, 0, Signal::Kind::wire, plan_.name[index(wire)]);
            top_.assign(own, 0, bits(from, element.offset, element.width));
        }
    }

    void pack(size_t position, SignalId to) {
        const Port& port = plan_.outputs[position];
        if (port.width == 0) return;
        top_.comment("output " + port.tensor + to_string(port.shape));
        const circuit::OutputTensor& tensor = plan_.circuit.outputs()[position];
        for (const PortElement& element : port.elements)
            top_.assign(to, element.offset,
                        top_.value(tensor.elements[static_cast<size_t>(element.element)], element.f, element.width,
                                   plan_.stages));
    }

    /// What the unit reads of others, in order.
    std::vector<WireId> read_by(const Unit& unit) const {
        std::vector<WireId> wires;
        for (const WireId wire : unit.operations)
            for_each_read(plan_, wire, [&](WireId read) {
                if (plan_.unit[index(read)] != plan_.unit[index(wire)]) wires.push_back(read);
            });
        std::ranges::sort(wires);
        wires.erase(std::ranges::unique(wires).begin(), wires.end());
        return wires;
    }

    void instantiate(const Unit& unit) {
        ModuleBuilder inner(plan_, false);
        inner.module.name = unit.module;
        inner.module.about = place(unit.origin);
        if (plan_.stages > 1)
            inner.module.about += ", stage " + std::to_string(unit.stage + 1) + " of " + std::to_string(plan_.stages);
        inner.module.about += "; combinational, instantiated in " + options_.top + ".";
        Instance instance{static_cast<uint32_t>(netlist_.modules.size()), unit.instance, {}};
        for (const WireId wire : read_by(unit))
            instance.connections.push_back({inner.declare(wire, 0, Signal::Kind::input, plan_.name[index(wire)]),
                                            top_.signal(wire, unit.stage), true});
        for (const WireId wire : unit.operations) {
            const bool external = plan_.external[index(wire)] != 0;
            inner.operation(wire, external ? Signal::Kind::output : Signal::Kind::wire, 0);
            if (!external) continue;
            instance.connections.push_back({inner.signal(wire, 0),
                                            top_.declare(wire, unit.stage, Signal::Kind::wire, plan_.name[index(wire)]),
                                            false});
        }
        netlist_.modules.push_back(std::move(inner.module));
        top_.module.items.emplace_back(std::move(instance));
    }

    /// The row of registers in front of stage `boundary`, if there are any.
    void add_registers(uint32_t boundary) {
        Registers row{boundary, {}};
        for (size_t id = 0; id < plan_.circuit.size(); ++id) {
            const auto wire = static_cast<WireId>(id);
            if (plan_.name[id].empty() || plan_.stage[id] >= boundary || plan_.last[id] < boundary) continue;
            const SignalId source = top_.signal(wire, boundary - 1);
            std::string name = plan_.names.unique(plan_.name[id] + "_r" + std::to_string(boundary));
            row.transfers.push_back({top_.declare(wire, boundary, Signal::Kind::reg, std::move(name)), source});
        }
        if (!row.transfers.empty()) top_.module.items.emplace_back(std::move(row));
    }

    const SourceMap& sources_;
    const Options& options_;
    Plan plan_;
    ModuleBuilder top_;
    Netlist netlist_;
};

}  // namespace

Netlist build(const circuit::Circuit& circuit, const circuit::Schedule& schedule, const SourceMap& sources,
              const Options& options) {
    DAL_CHECK(is_legal_name(options.top, options.target), "`" + options.top + "` as the name of a module");
    return Builder(circuit, schedule, sources, options).run();
}

}  // namespace dal::netlist
