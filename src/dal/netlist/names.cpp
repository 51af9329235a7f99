#include "dal/netlist/names.hpp"

#include <algorithm>
#include <array>

namespace dal::netlist {
namespace {

// Verilog-2001, SystemVerilog-2017 and C++20, and the members of a simulator's model class that a port must not hide.
// Sorted, for binary search.
// clang-format off
constexpr auto reserved = std::to_array<std::string_view>({
    "accept_on", "alias", "alignas", "alignof", "always", "always_comb", "always_ff", "always_latch", "and", "and_eq",
    "asm", "assert", "assign", "assume", "auto", "automatic", "before", "begin", "bind", "bins", "binsof", "bit",
    "bitand", "bitor", "bool", "break", "buf", "bufif0", "bufif1", "byte", "case", "casex", "casez", "catch", "cell",
    "chandle", "char", "char16_t", "char32_t", "char8_t", "checker", "class", "clocking", "cmos", "co_await",
    "co_return", "co_yield", "compl", "concept", "config", "const", "const_cast", "consteval", "constexpr",
    "constinit", "constraint", "context", "contextp", "continue", "cover", "covergroup", "coverpoint", "cross",
    "dal_simulation",  // the wrapper of simulations (simulate.cpp)
    "deassign", "decltype", "default", "defparam", "delete", "design", "disable", "dist", "do", "double",
    "dynamic_cast", "edge", "else", "end", "endcase", "endchecker", "endclass", "endclocking", "endconfig",
    "endfunction", "endgenerate", "endgroup", "endinterface", "endmodule", "endpackage", "endprimitive", "endprogram",
    "endproperty", "endsequence", "endspecify", "endtable", "endtask", "enum", "eval", "eval_step", "event",
    "eventually", "expect", "explicit", "export", "extends", "extern", "false", "final", "first_match", "float",
    "for", "force", "foreach", "forever", "fork", "forkjoin", "friend", "function", "generate", "genvar", "global",
    "goto", "highz0", "highz1", "if", "iff", "ifnone", "ignore_bins", "illegal_bins", "implements", "implies",
    "import", "incdir", "include", "initial", "inline", "inout", "input", "inside", "instance", "int", "integer",
    "interconnect", "interface", "intersect", "join", "join_any", "join_none", "large", "let", "liblist", "library",
    "local", "localparam", "logic", "long", "longint", "macromodule", "main", "matches", "medium", "modelName",
    "modport", "module", "mutable", "name", "namespace", "nand", "negedge", "nettype", "new", "nexttime", "nmos",
    "noexcept", "nor", "noshowcancelled", "not", "not_eq", "notif0", "notif1", "null", "nullptr", "operator", "or",
    "or_eq", "output", "package", "packed", "parameter", "pmos", "posedge", "primitive", "priority", "private",
    "program", "property", "protected", "public", "pull0", "pull1", "pulldown", "pullup", "pulsestyle_ondetect",
    "pulsestyle_onevent", "pure", "rand", "randc", "randcase", "randsequence", "rcmos", "real", "realtime", "ref",
    "reg", "register", "reinterpret_cast", "reject_on", "release", "repeat", "requires", "restrict", "return",
    "rnmos", "rootp", "rpmos", "rtran", "rtranif0", "rtranif1", "s_always", "s_eventually", "s_nexttime", "s_until",
    "s_until_with", "scalared", "sequence", "short", "shortint", "shortreal", "showcancelled", "signed", "sizeof",
    "small", "soft", "solve", "specify", "specparam", "static", "static_assert", "static_cast", "std", "string",
    "strong", "strong0", "strong1", "struct", "super", "supply0", "supply1", "switch", "sync_accept_on",
    "sync_reject_on", "table", "tagged", "task", "template", "this", "thread_local", "threads", "throughout", "throw",
    "time", "timeprecision", "timeunit", "trace", "tran", "tranif0", "tranif1", "tri", "tri0", "tri1", "triand",
    "trior", "trireg", "true", "try", "type", "typedef", "typeid", "typename", "union", "unique", "unique0",
    "unsigned", "until", "until_with", "untyped", "use", "using", "uwire", "var", "vectored", "virtual", "vlSymsp",
    "void", "volatile", "wait", "wait_order", "wand", "wchar_t", "weak", "weak0", "weak1", "while", "wildcard",
    "wire", "with", "within", "wor", "xnor", "xor", "xor_eq",
});
// clang-format on
static_assert(std::ranges::is_sorted(reserved));

// Locale-free, and false for the bytes of UTF-8 sequences.
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_reserved(std::string_view text) { return std::ranges::binary_search(reserved, text); }

}  // namespace

bool is_verilog_name(std::string_view text) { return !text.empty() && verilog_name(text) == text; }

std::string verilog_name(std::string_view text) {
    std::string name = verilog_stem(text);
    if (is_reserved(name)) name += '_';
    return name;
}

std::string verilog_stem(std::string_view text) {
    std::string name;
    for (const char c : text) {
        if (is_letter(c) || is_digit(c))
            name += c;
        else if (name.empty() || name.back() != '_')
            name += '_';
    }
    if (name.empty()) return "n";
    // A leading '_' is legal, but some tools keep such names for themselves.
    if (!is_letter(name.front())) name.insert(0, "n");
    return name;
}

std::string NameTable::unique(const std::string& wanted) {
    const auto take = [&](const std::string& name) {
        std::string key = name;
        std::ranges::transform(key, key.begin(), to_lower);
        return taken_.insert(std::move(key)).second;
    };
    if (take(wanted)) return wanted;
    const std::string stem = is_digit(wanted.back()) ? wanted + "_" : wanted;
    // Names are never given back, so the search goes on where it ended: thousands of operations share a name.
    std::string key = stem;
    std::ranges::transform(key, key.begin(), to_lower);
    for (int64_t& n = next_.try_emplace(std::move(key), 2).first->second;; ++n)
        if (std::string name = stem + std::to_string(n); take(name)) return name;
}

}  // namespace dal::netlist
