// Names for everything in a design, from the program and its file. Private to this layer.
#pragma once

#include "dal/netlist/plan.hpp"

namespace dal::netlist {

/// Fills the ports of `plan` and gives all that it knows a name: first the top module, then clock, ports, tables,
/// inputs, signals and modules. The program's own names so stay as they are, unless the file or another one is called
/// like it.
void name_all(Plan& plan, const Options& options);

}  // namespace dal::netlist
