#include "dal/emit/verilog/expression_text.hpp"

#include "dal/emit/verilog/table_text.hpp"
#include "dal/support/check.hpp"

namespace dal::emit {

using netlist::Expression;
using Kind = Expression::Kind;

std::string bit_range(int64_t width) { return width == 1 ? "" : "[" + std::to_string(width - 1) + ":0] "; }

std::string part_text(const netlist::Signal& signal, int64_t first, int64_t width) {
    if (width == signal.width) return signal.name;
    return signal.name + "[" + (width > 1 ? std::to_string(first + width - 1) + ":" : "") + std::to_string(first) + "]";
}

std::string literal_text(const Expression& literal) {
    std::vector<uint64_t> words(static_cast<size_t>((literal.width + 63) / 64));
    literal.value.to_words(words.data(), words.size());
    std::string digits;
    for (int64_t first = 0; first < literal.width; first += 4)
        digits += "0123456789abcdef"[words[static_cast<size_t>(first / 64)] >> (first % 64) & 15];
    while (digits.size() > 1 && digits.back() == '0') digits.pop_back();
    return std::to_string(literal.width) + "'h" + std::string(digits.rbegin(), digits.rend());
}

std::string expression_text(const netlist::Netlist& netlist, const netlist::Module& module,
                            const Expression& expression) {
    const auto operand = [&](size_t j) { return expression_text(netlist, module, expression.operands[j]); };
    const auto both = [&](const char* sign) { return operand(0) + sign + operand(1); };
    switch (expression.kind) {
        case Kind::literal: return literal_text(expression);
        case Kind::bits: return part_text(module[expression.signal], expression.first, expression.width);
        case Kind::repeat: return "{" + std::to_string(expression.width) + "{" + operand(0) + "}}";
        case Kind::concat: {
            std::string text;
            for (size_t j = 0; j < expression.operands.size(); ++j) text += (j == 0 ? "{" : ", ") + operand(j);
            return text + "}";
        }
        case Kind::sum: {
            std::string text = operand(0);
            for (size_t j = 1; j < expression.operands.size(); ++j)
                text += (expression.operands[j].negative ? " - " : " + ") + operand(j);
            return text;
        }
        case Kind::product: return both(" * ");
        case Kind::mux: return operand(0) + " ? " + operand(1) + " : " + operand(2);
        case Kind::bit_and: return both(" & ");
        case Kind::bit_or: return both(" | ");
        case Kind::bit_xor: return both(" ^ ");
        case Kind::bit_not: return "~" + operand(0);
        case Kind::any: return "|" + operand(0);
        case Kind::less: {
            // Whether Verilog compares signs depends on both operands; literals and parts have none of their own.
            if (!expression.is_signed) return both(" < ");
            return "$signed(" + operand(0) + ") < $signed(" + operand(1) + ")";
        }
        case Kind::look_up: return look_up_text(netlist.tables[expression.table], operand(0));
    }
    internal_error("kind", __FILE__, __LINE__, "no such expression");
}

}  // namespace dal::emit
