// Emission, on an arranged netlist: the top module holds ports, registers and small groups of operations; larger groups
// are combinational modules of their own, one per origin and stage.
#include "dal/emit/verilog/verilog.hpp"

#include <algorithm>
#include <filesystem>

#include "dal/emit/manifest.hpp"
#include "dal/emit/verilog/module_text.hpp"
#include "dal/netlist/names.hpp"
#include "dal/netlist/netlist.hpp"
#include "dal/support/check.hpp"

namespace dal::emit {

using netlist::arrange;
using netlist::for_each_read;
using netlist::is_verilog_name;
using netlist::Netlist;
using netlist::Unit;
namespace {

using circuit::Circuit;
using circuit::Kind;
using circuit::WireId;

size_t index(WireId wire) { return static_cast<size_t>(wire); }

std::string joined(const std::vector<std::string>& lines, const std::string& separator) {
    std::string text;
    for (const std::string& line : lines) text += (text.empty() ? "" : separator) + line;
    return text;
}

class Emitter {
  public:
    Emitter(const Circuit& circuit, const circuit::Schedule& schedule, const SourceMap& sources,
            const VerilogOptions& options)
        : sources_(sources), options_(options), net_(arrange(circuit, schedule, options.top)) {
        source_ = options.source;
        FileId first = FileId::none;
        for (const circuit::Origin& origin : circuit.origins())
            if (origin.span.known()) first = std::min(first, origin.span.file);
        if (source_.empty() && first != FileId::none) source_ = file_name(sources.file(first).name());
    }

    Design run() {
        Design design;
        design.top = options_.top;
        design.latency = net_.stages;
        design.inputs = net_.inputs;
        design.outputs = net_.outputs;
        emit_top();
        design.files = std::move(files_);
        design.files[std::string(manifest_name)] = manifest_text(design);
        return design;
    }

  private:
    /// Without folders: the output does not depend on where the program lies.
    static std::string file_name(const std::string& path) { return std::filesystem::path(path).filename().string(); }

    std::string place(uint32_t origin) const {
        if (net_.circuit.origins().empty()) return "operations";
        const circuit::Origin& from = net_.circuit.origins()[origin];
        // A word of ours comes first: a comment that starts with `verilator` would be a command to that tool.
        if (!from.span.known()) return "for " + from.name;
        const SourceFile& file = sources_.file(from.span.file);
        return "for " + from.name + ", " + file_name(file.name()) + ":" +
               std::to_string(file.position(from.span.begin).line);
    }

    std::string header(const std::vector<std::string>& remarks) const {
        std::string text = "// Made by dal " DAL_VERSION;
        if (!source_.empty()) text += " from " + printable(source_);
        text += "; do not edit.\n";
        for (const std::string& remark : remarks) text += "// " + printable(remark) + "\n";
        return text;
    }

    static std::string module(const std::string& name, const std::vector<std::string>& ports, const std::string& body) {
        const std::string list = ports.empty() ? "" : "\n    " + joined(ports, ",\n    ") + "\n";
        return "module " + name + " (" + list + ");\n" + body + "\nendmodule\n";
    }

    void emit_top() {
        ModuleText text(net_, true);
        std::vector<std::string> ports;
        if (net_.stages > 0) ports.emplace_back("input  wire clk");
        for (const Port& port : net_.inputs)
            if (port.width > 0) ports.push_back("input  wire " + bit_range(port.width) + port.name);
        for (const Port& port : net_.outputs)
            if (port.width > 0) ports.push_back("output wire " + bit_range(port.width) + port.name);

        std::vector<std::string> unread;
        for (const Port& port : net_.inputs) unpack(text, port, unread);
        const uint32_t logic_stages = std::max(net_.stages, 1U);
        bool registered = false;
        for (uint32_t stage = 0; stage < logic_stages; ++stage) {
            if (net_.stages > 0)
                text.comment("---- stage " + std::to_string(stage + 1) + " of " + std::to_string(net_.stages));
            for (const Unit& unit : net_.units)
                if (unit.stage == stage) emit_unit(text, unit);
            if (net_.stages > 0) registered |= emit_registers(text, stage + 1);
        }
        for (const Port& port : net_.outputs) pack(text, port);
        if (net_.stages > 0 && !registered) unread.emplace_back("clk");
        text.sink(unread);

        const std::string timing = net_.stages == 0 ? "combinational"
                                                    : "inputs in clock cycle t give outputs in cycle t + " +
                                                          std::to_string(net_.stages) + "; a new input every cycle";
        files_[options_.top + ".v"] = header({"Top module: " + timing + ". Ports are packed as in manifest.json."}) +
                                      module(options_.top, ports, text.functions() + text.body);
    }

    void unpack(ModuleText& text, const Port& port, std::vector<std::string>& unread) {
        if (port.width == 0) return;
        text.comment("input " + port.tensor + to_string(port.shape));
        for (const PortElement& element : port.elements) {
            const WireId wire = net_.circuit.inputs()[element.input].wire;
            std::string bits = port.name;
            if (element.width != port.width) {
                bits += "[";
                if (element.width > 1) bits += std::to_string(element.offset + element.width - 1) + ":";
                bits += std::to_string(element.offset) + "]";
            }
            // Two equal inputs may share the wire of one; the bits of the other are then not read.
            if (net_.circuit[wire].index != element.input) {
                unread.push_back(bits);
                continue;
            }
            const std::string& name = net_.name[index(wire)];
            text.body += "    wire " + bit_range(element.width) + name + " = " + bits + ";\n";
            text.declare(wire, 0, name);
        }
    }

    void pack(ModuleText& text, const Port& port) {
        if (port.width == 0) return;
        text.comment("output " + port.tensor + to_string(port.shape));
        const auto& tensor = net_.circuit.outputs()[static_cast<size_t>(&port - net_.outputs.data())];
        for (const PortElement& element : port.elements) {
            const WireId wire = tensor.elements[static_cast<size_t>(element.element)];
            text.body += "    assign " + port.name;
            if (element.width != port.width) {
                text.body += "[";
                if (element.width > 1) text.body += std::to_string(element.offset + element.width - 1) + ":";
                text.body += std::to_string(element.offset) + "]";
            }
            text.body += " = " + text.value(wire, element.f, element.width, net_.stages) + ";\n";
        }
    }

    void emit_unit(ModuleText& top, const Unit& unit) {
        if (!unit.module.empty()) {
            emit_instance(top, unit);
            return;
        }
        top.comment(place(unit.origin));
        for (const WireId wire : unit.operations) {
            top.operation(wire, false, unit.stage);
            top.declare(wire, unit.stage, net_.name[index(wire)]);
        }
    }

    void emit_instance(ModuleText& top, const Unit& unit) {
        std::vector<WireId> inputs;
        for (const WireId wire : unit.operations)
            for_each_read(net_, wire, [&](WireId read) {
                if (net_.unit[index(read)] != net_.unit[index(wire)]) inputs.push_back(read);
            });
        std::ranges::sort(inputs);
        inputs.erase(std::ranges::unique(inputs).begin(), inputs.end());

        ModuleText text(net_, false);
        std::vector<std::string> ports;
        std::vector<std::string> connections;
        std::string wires;
        for (const WireId wire : inputs) {
            const std::string& name = net_.name[index(wire)];
            ports.push_back("input  wire " + bit_range(net_.range(wire).width()) + name);
            connections.push_back("." + name + "(" + top.whole(wire, unit.stage) + ")");
            text.declare(wire, 0, name);
        }
        text.body += "\n";
        for (const WireId wire : unit.operations) {
            const std::string& name = net_.name[index(wire)];
            const bool external = net_.external[index(wire)] != 0;
            text.operation(wire, external, 0);
            text.declare(wire, 0, name);
            if (!external) continue;
            (void)text.whole(wire, 0);
            const std::string range = bit_range(net_.range(wire).width());
            ports.push_back("output wire " + range + name);
            connections.push_back("." + name + "(" + name + ")");
            wires += "    wire " + range + name + ";\n";
            top.declare(wire, unit.stage, name);
        }
        text.sink();
        std::string remark = place(unit.origin);
        if (net_.stages > 1)
            remark += ", stage " + std::to_string(unit.stage + 1) + " of " + std::to_string(net_.stages);
        files_[unit.module + ".v"] = header({remark + "; combinational, instantiated in " + options_.top + "."}) +
                                     module(unit.module, ports, text.functions() + text.body);

        top.comment(place(unit.origin));
        top.body += wires + "    " + unit.module + " " + unit.instance + " (\n        " +
                    joined(connections, ",\n        ") + "\n    );\n";
    }

    /// The row of registers in front of stage `boundary`; false if it is empty.
    bool emit_registers(ModuleText& text, uint32_t boundary) {
        std::string declarations;
        std::string transfers;
        for (size_t id = 0; id < net_.circuit.size(); ++id) {
            const auto wire = static_cast<WireId>(id);
            if (net_.name[id].empty() || net_.stage[id] >= boundary || net_.last[id] < boundary) continue;
            const std::string name = net_.names.unique(net_.name[id] + "_r" + std::to_string(boundary));
            declarations += "    reg " + bit_range(net_.range(wire).width()) + name + ";\n";
            transfers += "        " + name + " <= " + text.whole(wire, boundary - 1) + ";\n";
            text.declare(wire, boundary, name);
        }
        if (transfers.empty()) return false;
        text.comment("registers behind stage " + std::to_string(boundary));
        text.body += declarations + "    always @(posedge clk) begin\n" + transfers + "    end\n";
        return true;
    }

    const SourceMap& sources_;
    const VerilogOptions& options_;
    Netlist net_;
    std::string source_;
    std::map<std::string, std::string> files_;
};

}  // namespace

Design emit_verilog(const Circuit& circuit, const circuit::Schedule& schedule, const SourceMap& sources,
                    const VerilogOptions& options) {
    DAL_CHECK(is_verilog_name(options.top), "`" + options.top + "` as the name of a module");
    return Emitter(circuit, schedule, sources, options).run();
}

}  // namespace dal::emit
