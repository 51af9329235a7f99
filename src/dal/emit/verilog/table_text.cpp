#include "dal/emit/verilog/table_text.hpp"

#include "dal/emit/verilog/expression_text.hpp"

namespace dal::emit {
namespace {

using netlist::Table;

std::string literal(const Int& code, int64_t lo, int64_t width) {
    return literal_text(netlist::literal(code, lo, width));
}

/// Simulators copy a function to each of its calls, and compile a case of many bits to a chain of comparisons. So what
/// is wider is a memory, or is decided in two steps if most of a memory would be empty.
constexpr int64_t widest_case = 8;

bool is_memory(const Table& table) {
    const int64_t bits = table.domain.width();
    return bits > widest_case && bits < 32 && Int::pow2(bits) <= (table.domain.hi() - table.domain.lo() + 1) * 4;
}

}  // namespace

std::string table_text(const Table& table) {
    const Interval& domain = table.domain;
    const int64_t bits = domain.width();
    const int64_t width = table.values.width();
    const int64_t low = std::min(bits, widest_case);
    const int64_t high = bits - low;
    const auto part = [&](int64_t first, int64_t count) {
        if (count == bits) return table.argument;
        return table.argument + "[" + (count > 1 ? std::to_string(first + count - 1) + ":" : "") +
               std::to_string(first) + "]";
    };
    const auto entry = [&](const Int& code) { return literal_text(table.entry(code)); };
    const std::string zero = literal(0, 0, width);
    if (is_memory(table)) {
        const Int size = Int::pow2(bits);
        std::string memory =
            "\n    reg " + bit_range(width) + table.name + " [0:" + (size - 1).to_string() + "];\n    initial begin\n";
        for (Int address = 0; address < size; address += 1) {
            // The code with these bits.
            const bool is_negative = domain.lo().is_negative() && address.bit(bits - 1);
            const Int code = is_negative ? address - size : address;
            const bool inside = domain.lo() <= code && code <= domain.hi();
            memory += "        " + table.name + "[" + literal(address, 0, bits) +
                      "] = " + (inside ? entry(code) : zero) + ";\n";
        }
        return memory + "    end\n";
    }
    std::string text = "\n    function " + bit_range(width) + table.name + ";\n        input " + bit_range(bits) +
                       table.argument + ";\n";
    // Codes in ascending order; those with the same high bits follow each other.
    std::string indent(8, ' ');
    const auto open = [&](const std::string& subject) {
        text += indent + "case (" + subject + ")\n";
        indent += "    ";
    };
    const auto close = [&] {
        text += indent + "default: " + table.name + " = " + zero + ";\n";
        indent.resize(indent.size() - 4);
        text += indent + "endcase\n";
    };
    if (high > 0) open(part(low, high));
    bool is_open = high == 0;
    if (is_open) open(part(0, low));
    for (Int code = domain.lo(); code <= domain.hi(); code += 1) {
        if (!is_open) {
            text += indent + literal(code, low, high) + ":\n";
            indent += "    ";
            open(part(0, low));
            is_open = true;
        }
        text += indent + literal(code, 0, low) + ": " + table.name + " = " + entry(code) + ";\n";
        if (high > 0 && ((code + 1) >> low) != (code >> low)) {
            close();
            indent.resize(indent.size() - 4);
            is_open = false;
        }
    }
    if (is_open) close();
    if (high > 0) {
        if (is_open) indent.resize(indent.size() - 4);
        close();
    }
    return text + "    endfunction\n";
}

std::string look_up_text(const Table& table, const std::string& code) {
    return is_memory(table) ? table.name + "[" + code + "]" : table.name + "(" + code + ")";
}

}  // namespace dal::emit
