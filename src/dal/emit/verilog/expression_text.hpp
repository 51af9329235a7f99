// Expressions in Verilog. Private to this layer.
#pragma once

#include <string>

#include "dal/netlist/netlist.hpp"

namespace dal::emit {

/// "[7:0] " in a declaration; empty for one bit.
std::string bit_range(int64_t width);
/// "x[7:4]", "x[3]", or "x" if that is all of it.
std::string part_text(const netlist::Signal& signal, int64_t first, int64_t width);
/// "8'h1f": a literal.
std::string literal_text(const netlist::Expression& literal);
/// The right side of an assignment in `module`.
std::string expression_text(const netlist::Netlist& netlist, const netlist::Module& module,
                            const netlist::Expression& expression);

}  // namespace dal::emit
