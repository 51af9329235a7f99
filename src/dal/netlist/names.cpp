#include "dal/netlist/names.hpp"

#include <algorithm>
#include <array>

namespace dal::netlist {
namespace {

// Verilog-2001, SystemVerilog-2017 and C++20, the members of a simulator's model class that a port must not hide, and
// what cannot be the name of a signal in its C++: words of the libraries that Verilator refuses, types and macros.
// Sorted, for binary search.
// clang-format off
constexpr auto verilog_words = std::to_array<std::string_view>({
    "EOF", "INFINITY", "NAN", "NULL", "abort", "accept_on", "alias", "alignas", "alignof", "always", "always_comb",
    "always_ff", "always_latch", "and", "and_eq", "asm", "assert", "assign", "assume", "atomic_cancel",
    "atomic_commit", "atomic_noexcept", "auto", "automatic", "before", "begin", "bind", "bins", "binsof", "bit",
    "bit_vector", "bitand", "bitor", "bool", "break", "buf", "bufif0", "bufif1", "byte", "case", "casex", "casez",
    "catch", "cdecl", "cell", "chandle", "char", "char16_t", "char32_t", "char8_t", "checker", "class", "clocking",
    "cmos", "co_await", "co_return", "co_yield", "compl", "complex", "concept", "config", "const", "const_cast",
    "const_iterator", "consteval", "constexpr", "constinit", "constraint", "context", "contextp", "continue", "cover",
    "covergroup", "coverpoint", "cross",
    "dal_simulation",  // the wrapper of simulations (simulate.cpp)
    "deassign", "decltype", "default", "defparam", "delete", "deque", "design", "disable", "dist", "do", "double",
    "dynamic_cast", "edge", "else", "end", "endcase", "endchecker", "endclass", "endclocking", "endconfig",
    "endfunction", "endgenerate", "endgroup", "endinterface", "endmodule", "endpackage", "endprimitive", "endprogram",
    "endproperty", "endsequence", "endspecify", "endtable", "endtask", "enum", "errno", "eval", "eval_step", "event",
    "eventually", "expect", "explicit", "export", "extends", "extern", "false", "far", "final", "first_match", "float",
    "for", "force", "foreach", "forever", "fork", "forkjoin", "friend", "function", "generate", "genvar", "global",
    "goto", "highz0", "highz1", "huge", "i386", "if", "iff", "ifnone", "ignore_bins", "illegal_bins", "implements",
    "implies", "import", "incdir", "include", "initial", "inline", "inout", "input", "inside", "instance", "int",
    "int16_t", "int32_t", "int64_t", "int8_t", "integer", "interconnect", "interface", "interrupt", "intersect",
    "iterator", "join", "join_any", "join_none", "large", "let", "liblist", "library", "linux", "list", "local",
    "localparam", "logic", "long", "longint", "macromodule", "main", "map", "matches", "medium", "modelName",
    "modport", "module", "multimap", "multiset", "mutable", "name", "namespace", "nand", "near", "negedge", "nettype",
    "new", "nexttime", "nmos", "noexcept", "nor", "noshowcancelled", "not", "not_eq", "notif0", "notif1", "null",
    "nullptr", "operator", "or", "or_eq", "output", "override", "package", "packed", "pair", "parameter", "pascal",
    "pmos", "posedge", "primitive", "priority", "private", "program", "property", "protected", "public", "pull0",
    "pull1", "pulldown", "pullup", "pulsestyle_ondetect", "pulsestyle_onevent", "pure", "queue", "rand", "randc",
    "randcase", "randsequence", "rcmos", "real", "realtime", "ref", "reg", "register", "reinterpret_cast", "reject_on",
    "release", "repeat", "requires", "restrict", "return", "rnmos", "rootp", "rpmos", "rtran", "rtranif0", "rtranif1",
    "s_always", "s_eventually", "s_nexttime", "s_until", "s_until_with", "sc_clock", "sc_in", "sc_inout", "sc_out",
    "sc_signal", "scalared", "sensitive", "sensitive_neg", "sensitive_pos", "sequence", "set", "short", "shortint",
    "shortreal", "showcancelled", "signed", "size_t", "sizeof", "small", "soft", "solve", "specify", "specparam",
    "stack", "static", "static_assert", "static_cast", "std", "stderr", "stdin", "stdout", "string", "strong",
    "strong0", "strong1", "struct", "super", "supply0", "supply1", "switch", "sync_accept_on", "sync_reject_on",
    "synchronized", "table", "tagged", "task", "template", "this", "thread_local", "threads", "throughout", "throw",
    "time", "timeprecision", "timeunit", "trace", "tran", "tranif0", "tranif1", "transaction_safe",
    "transaction_safe_dynamic", "tri", "tri0", "tri1", "triand", "trior", "trireg", "true", "try", "type", "type_info",
    "typedef", "typeid", "typename", "uint16_t", "uint32_t", "uint64_t", "uint8_t", "union", "unique", "unique0",
    "unix", "unsigned", "until", "until_with", "untyped", "use", "using", "uwire", "var", "vector", "vectored",
    "virtual", "vlSymsp", "void", "volatile", "wait", "wait_order", "wand", "wchar_t", "weak", "weak0", "weak1",
    "while", "wildcard", "wire", "with", "within", "wor", "xnor", "xor", "xor_eq",
});

// VHDL-2008, and what its packages for numbers declare.
constexpr auto vhdl_words = std::to_array<std::string_view>({
    "abs", "access", "after", "alias", "all", "and", "architecture", "array", "assert", "assume", "assume_guarantee",
    "attribute", "begin", "block", "body", "boolean", "buffer", "bus", "case", "component", "configuration",
    "constant", "context", "cover", "default", "disconnect", "downto", "else", "elsif", "end", "entity", "exit",
    "fairness", "file", "for", "force", "function", "generate", "generic", "group", "guarded", "ieee", "if", "impure",
    "in", "inertial", "inout", "integer", "is", "label", "library", "linkage", "literal", "loop", "map", "mod",
    "nand", "natural", "new", "next", "nor", "not", "null", "numeric_std", "of", "on", "open", "or", "others", "out",
    "package", "parameter", "port", "postponed", "procedure", "process", "property", "protected", "pure", "range",
    "record", "register", "reject", "release", "rem", "report", "resize", "restrict", "restrict_guarantee", "return",
    "rol", "ror", "select", "sequence", "severity", "shared", "signal", "sla", "sll", "sra", "srl", "std",
    "std_logic", "std_logic_vector", "strong", "subtype", "then", "to", "to_integer", "transport", "type",
    "unaffected", "units", "unsigned", "until", "use", "variable", "vmode", "vprop", "vunit", "wait", "when", "while",
    "with", "work", "xnor", "xor",
});
// clang-format on
static_assert(std::ranges::is_sorted(vhdl_words));
static_assert(std::ranges::is_sorted(verilog_words));

// Locale-free, and false for the bytes of UTF-8 sequences.
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(), to_lower);
    return text;
}

bool is_reserved(std::string_view text, Target target) {
    switch (target) {
        case Target::verilog: return std::ranges::binary_search(verilog_words, text);
        case Target::vhdl: return std::ranges::binary_search(vhdl_words, lower(std::string(text)));
    }
    return false;
}

/// The low 32 bits of FNV-1a, in hexadecimal digits.
std::string digest(std::string_view text) {
    uint64_t hash = 0xcbf29ce484222325U;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    std::string digits;
    for (int j = 0; j < 8; ++j) digits += "0123456789abcdef"[hash >> (4 * j) & 15];
    return digits;
}

/// The beginning of a long name and a digest of all of it: names that differ only at their ends stay distinct.
std::string shortened(std::string text, size_t longest) {
    if (text.size() <= longest) return text;
    const std::string end = digest(text);
    text.resize(longest - end.size() - 1);
    while (text.back() == '_') text.pop_back();
    return text + "_" + end;
}

std::string identifier(std::string_view text, Target target) {
    std::string name;
    for (const char c : text) {
        if (is_letter(c) || is_digit(c))
            name += c;
        else if (name.empty() || name.back() != '_')
            name += '_';
    }
    if (target == Target::vhdl)
        while (!name.empty() && name.back() == '_') name.pop_back();
    if (name.empty()) return "n";
    // A leading '_' is legal, but some tools keep such names for themselves.
    if (!is_letter(name.front())) name.insert(0, "n");
    return name;
}

std::string unreserved(std::string name, Target target) {
    if (is_reserved(name, target)) name += target == Target::vhdl ? 'n' : '_';
    return name;
}

}  // namespace

bool is_legal_name(std::string_view text, Target target) { return !text.empty() && legal_name(text, target) == text; }

std::string legal_name(std::string_view text, Target target) {
    return unreserved(shortened(identifier(text, target), longest_name), target);
}

std::string legal_stem(std::string_view text, Target target) {
    std::string name = shortened(identifier(text, target), longest_stem);
    while (name.back() == '_') name.pop_back();
    return name;
}

std::string NameTable::unique(const std::string& wanted) { return distinct(legal_name(wanted, target_)); }

std::string NameTable::unique_stem(const std::string& wanted) { return distinct(legal_stem(wanted, target_)); }

std::string NameTable::distinct(std::string name) {
    const auto take = [&](const std::string& one) { return taken_.insert(lower(one)).second; };
    if (take(name)) return name;
    // Room for the number.
    std::string stem = shortened(name, longest_name - 20);
    if (is_digit(stem.back())) stem += '_';
    // Names are never given back, so the search goes on where it ended: thousands of operations share a name.
    for (int64_t& n = next_.try_emplace(lower(stem), 2).first->second;; ++n)
        if (name = stem + std::to_string(n); !is_reserved(name, target_) && take(name)) return name;
}

}  // namespace dal::netlist
