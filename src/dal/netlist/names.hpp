// Names in generated sources: legal in the target's language, and distinct even to tools and file systems that ignore
// case or the end of long names.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace dal::netlist {

/// Each has its own reserved words, so that a port is renamed only where its language asks for it.
enum class Target : uint8_t {
    verilog,  ///< Verilog-2001, SystemVerilog-2017, and C++20, in which simulators write what they make of it
    vhdl,     ///< VHDL-2008: no '_' at the end either
};

/// No name is longer: with a suffix it is a file's name, and tools that hash longer names do not meet one.
inline constexpr size_t longest_name = 100;
/// Of what gets a suffix.
inline constexpr size_t longest_stem = 64;

/// Whether `text` can be a module name as it is: an identifier of at most longest_name characters that no tool
/// reserves.
bool is_legal_name(std::string_view text, Target target = Target::verilog);

/// The nearest name for which is_legal_name holds: other characters become '_' (runs of '_' become one), a leading
/// digit gets an `n` before it, a reserved word a '_' after it (in VHDL an `n`). Of long ones the end becomes a hash.
std::string legal_name(std::string_view text, Target target = Target::verilog);

/// The same for a name that will get a suffix: at most longest_stem characters, without a '_' at the end; a reserved
/// word stays as it is.
std::string legal_stem(std::string_view text, Target target = Target::verilog);

/// The names of one scope, or of all scopes.
class NameTable {
  public:
    explicit NameTable(Target target = Target::verilog) : target_(target) {}

    /// The legal name nearest to `wanted`, or that with a number if it is taken (ignoring case);
    /// taken from then on.
    std::string unique(const std::string& wanted);
    /// The same for what gets a suffix.
    std::string unique_stem(const std::string& wanted);

  private:
    std::string distinct(std::string name);

    Target target_;
    std::unordered_set<std::string> taken_;          // lower case
    std::unordered_map<std::string, int64_t> next_;  // the next number to try, by lower-case stem
};

}  // namespace dal::netlist
