// Verilog-2001 from a Netlist: plain, synthesizable, lint-clean, II = 1. What the files look like, and the manifest
// beside them: docs/rtl.md.
#pragma once

#include <string>

#include "dal/circuit/circuit.hpp"
#include "dal/circuit/cost/pipeline.hpp"
#include "dal/emit/design.hpp"
#include "dal/netlist/netlist.hpp"
#include "dal/support/source.hpp"

namespace dal::emit {

struct VerilogOptions {
    std::string top = "net";  ///< module name, for which is_legal_name holds (names.hpp makes one from any text)
    std::string source;       ///< named in the headers; if empty, the file of the circuit's first origin that has one
};

/// The modules of a netlist, one file each, and the manifest.
Design print_verilog(const netlist::Netlist& netlist);

/// The same for a circuit. The same arguments give the same bytes. Output ports hold the promised ranges of
/// OutputTensor, if there are any.
Design emit_verilog(const circuit::Circuit& circuit, const circuit::Schedule& schedule, const SourceMap& sources,
                    const VerilogOptions& options = {});

}  // namespace dal::emit
