#include "dal/emit/verilog/verilog.hpp"

#include "dal/emit/manifest.hpp"
#include "dal/emit/verilog/expression_text.hpp"
#include "dal/emit/verilog/table_text.hpp"
#include "dal/netlist/build.hpp"
#include "dal/support/overloaded.hpp"
#include "dal/support/printable.hpp"

namespace dal::emit {
namespace {

using netlist::Module;
using netlist::Netlist;
using netlist::Signal;

std::string joined(const std::vector<std::string>& lines, const std::string& separator) {
    std::string text;
    for (const std::string& line : lines) text += (text.empty() ? "" : separator) + line;
    return text;
}

std::string comment(const std::string& text) { return "\n    // " + printable(text) + "\n"; }

class ModulePrinter {
  public:
    ModulePrinter(const Netlist& netlist, const Module& module) : netlist_(netlist), module_(module) {}

    std::string file() {
        std::string text = "// Made by dal " DAL_VERSION;
        if (!netlist_.source.empty()) text += " from " + printable(netlist_.source);
        text += "; do not edit.\n// " + printable(module_.about) + "\n";
        const std::vector<std::string> ports = port_list();
        text += "module " + module_.name + " (" + (ports.empty() ? "" : "\n    " + joined(ports, ",\n    ") + "\n") +
                ");\n";
        for (const uint32_t table : module_.tables) text += table_text(netlist_.tables[table]);
        if (!module_.items.empty() && !std::holds_alternative<netlist::Comment>(module_.items.front())) text += "\n";
        for (const netlist::Item& item : module_.items)
            std::visit([&](const auto& it) { text += item_text(it); }, item);
        return text + unread_text() + "\nendmodule\n";
    }

  private:
    std::vector<std::string> port_list() const {
        std::vector<std::string> ports;
        for (const Signal& signal : module_.signals) {
            if (signal.kind == Signal::Kind::clock || signal.kind == Signal::Kind::input)
                ports.push_back("input  wire " + bit_range(signal.width) + signal.name);
            if (signal.kind == Signal::Kind::output)
                ports.push_back("output wire " + bit_range(signal.width) + signal.name);
        }
        return ports;
    }

    static std::string item_text(const netlist::Comment& it) { return comment(it.text); }

    std::string item_text(const netlist::Assignment& it) const {
        const Signal& target = module_[it.target];
        const std::string value = " = " + expression_text(netlist_, module_, it.value) + ";\n";
        if (target.kind == Signal::Kind::wire) return "    wire " + bit_range(target.width) + target.name + value;
        return "    assign " + part_text(target, it.first, it.value.width) + value;
    }

    std::string item_text(const netlist::Instance& it) const {
        const Module& inner = netlist_.modules[it.module];
        std::string text;
        std::vector<std::string> connections;
        for (const netlist::Connection& wire : it.connections) {
            const Signal& outer = module_[wire.outer];
            if (!wire.is_input) text += "    wire " + bit_range(outer.width) + outer.name + ";\n";
            connections.push_back("." + inner[wire.port].name + "(" + outer.name + ")");
        }
        return text + "    " + inner.name + " " + it.name + " (\n        " + joined(connections, ",\n        ") +
               "\n    );\n";
    }

    std::string item_text(const netlist::Registers& it) const {
        std::string text = comment("registers behind stage " + std::to_string(it.stage));
        std::string transfers;
        for (const netlist::Registers::Transfer& transfer : it.transfers) {
            const Signal& target = module_[transfer.target];
            text += "    reg " + bit_range(target.width) + target.name + ";\n";
            transfers += "        " + target.name + " <= " + module_[transfer.source].name + ";\n";
        }
        return text + "    always @(posedge " + netlist_.clock + ") begin\n" + transfers + "    end\n";
    }

    std::string unread_text() const {
        if (module_.unread.empty()) return "";
        std::string text = comment("bits that nothing reads") + "    wire " + netlist_.unused + " = &{1'b0";
        for (const netlist::Part& part : module_.unread)
            text += ",\n        " + part_text(module_[part.signal], part.first, part.width);
        return text + "};\n";
    }

    const Netlist& netlist_;
    const Module& module_;
};

}  // namespace

Design print_verilog(const Netlist& netlist) {
    Design design;
    design.top = netlist.top().name;
    design.latency = netlist.stages;
    if (netlist.stages > 0) design.clock = netlist.clock;
    design.inputs = netlist.inputs;
    design.outputs = netlist.outputs;
    for (const Module& module : netlist.modules)
        design.files[module.name + ".v"] = ModulePrinter(netlist, module).file();
    design.files[std::string(manifest_name)] = manifest_text(design);
    return design;
}

Design emit_verilog(const circuit::Circuit& circuit, const circuit::Schedule& schedule, const SourceMap& sources,
                    const VerilogOptions& options) {
    return print_verilog(netlist::build(circuit, schedule, sources, {.top = options.top, .source = options.source}));
}

}  // namespace dal::emit
