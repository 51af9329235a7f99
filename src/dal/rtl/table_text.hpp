// A table of the circuit as a Verilog function with a case. Private to this layer.
#pragma once

#include <string>

#include "dal/circuit/circuit.hpp"
#include "dal/rtl/netlist.hpp"

namespace dal::rtl {

/// The declaration of the function: codes of table.domain to codes of table.values. Codes outside of the domain give 0.
std::string table_text(const circuit::Table& entries, const TableFunction& table);

}  // namespace dal::rtl
