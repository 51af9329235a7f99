// Names in generated Verilog: legal in Verilog-2001 and SystemVerilog, not reserved in the C++ that simulators make
// of them, and distinct even to tools and file systems that ignore case.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace dal::netlist {

/// Whether `text` can be a module name as it is: a simple identifier that no tool reserves.
bool is_verilog_name(std::string_view text);

/// The nearest name for which is_verilog_name holds: other characters become '_' (runs of '_' become one), a leading
/// digit gets an `n` before it, a reserved word a '_' after it.
std::string verilog_name(std::string_view text);

/// The same for a name that will get a suffix: a reserved word stays as it is.
std::string verilog_stem(std::string_view text);

/// The names of one scope.
class NameTable {
  public:
    /// `wanted`, or `wanted` with a number if that is taken (ignoring case); taken from then on.
    std::string unique(const std::string& wanted);

  private:
    std::unordered_set<std::string> taken_;          // lower case
    std::unordered_map<std::string, int64_t> next_;  // the next number to try, by lower-case stem
};

}  // namespace dal::netlist
