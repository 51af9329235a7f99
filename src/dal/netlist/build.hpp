// A Circuit and its schedule as a Netlist: the top module holds ports, registers and small groups of operations; larger
// groups are combinational modules of their own, one per origin and stage.
#pragma once

#include <string>

#include "dal/circuit/circuit.hpp"
#include "dal/circuit/cost/pipeline.hpp"
#include "dal/netlist/names.hpp"
#include "dal/netlist/netlist.hpp"
#include "dal/support/source.hpp"

namespace dal::netlist {

struct Options {
    std::string top = "net";  ///< module name, legal in the target (legal_name makes one from any text)
    std::string source{};     ///< file of the program; if empty, that of the circuit's first origin that has one
    Target target = Target::verilog;
};

/// The same arguments give the same netlist. Output ports hold the promised ranges of OutputTensor, if there are any.
/// `schedule` must belong to `circuit` (checked).
Netlist build(const circuit::Circuit& circuit, const circuit::Schedule& schedule, const SourceMap& sources,
              const Options& options = {});

}  // namespace dal::netlist
