// Bits that nothing reads: linters ask for a word about them. Private to this layer.
#pragma once

#include "dal/netlist/netlist.hpp"

namespace dal::netlist {

/// Fills `module.unread`, in the order of signals; those of outputs are read outside.
void find_unread(Module& module);

}  // namespace dal::netlist
