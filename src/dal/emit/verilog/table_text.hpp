// A table of the circuit in Verilog: a function with a case, or a memory if it is large. Private to this layer.
#pragma once

#include <string>

#include "dal/netlist/netlist.hpp"

namespace dal::emit {

/// The declaration: codes of table.domain to codes of table.values. Codes outside of the domain give 0.
std::string table_text(const netlist::Table& table);

/// What the table gives for `code`, an expression of as many bits as the domain has.
std::string look_up_text(const netlist::Table& table, const std::string& code);

}  // namespace dal::emit
