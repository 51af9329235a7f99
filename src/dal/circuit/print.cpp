// The text form of a Circuit.
#include <algorithm>

#include "dal/circuit/addends.hpp"
#include "dal/circuit/circuit.hpp"
#include "dal/support/check.hpp"

namespace dal::circuit {
namespace {

std::string name(WireId id) { return "%" + std::to_string(static_cast<uint32_t>(id)); }

std::string scaled(WireId id, int shift) {
    return name(id) + (shift == 0 ? "" : shift > 0 ? " << " + std::to_string(shift) : " >> " + std::to_string(-shift));
}

std::string table_name(size_t index) { return "table" + std::to_string(index); }

/// "table0 = from -2 step 2^-1: 0 0.5 7".
std::string table_line(const Table& table, size_t index) {
    constexpr size_t most_shown = 64;
    std::string text = table_name(index) + " = from " + Dyadic(table.first, -int64_t{table.f}).to_string() +
                       " step 2^" + std::to_string(-table.f) + ":";
    const size_t shown = std::min(most_shown, table.entries.size());
    for (size_t j = 0; j < shown; ++j) text += " " + Dyadic(table.entries[j], -int64_t{table.entry_f}).to_string();
    if (shown < table.entries.size()) text += " … " + std::to_string(table.entries.size()) + " entries";
    return text + "\n";
}

std::string right_side(const Circuit& circuit, const Operation& operation) {
    const std::string kind(to_string(operation.kind));
    const std::string wrap = is_wrapped(operation) ? " wrapped to " + operation.slice.to_string() : "";
    switch (operation.kind) {
        case Kind::input: {
            const Input& input = circuit.inputs()[operation.index];
            return "input " + circuit.input_tensors()[input.tensor].name + "[" + std::to_string(input.element) + "] " +
                   input.format.to_string();
        }
        case Kind::constant: return "constant " + operation.range.min().to_string();
        case Kind::add:
        case Kind::sub: {
            std::string sum;
            const Addends all = addends(circuit, operation);
            for (const Addend& addend : all.list()) {
                if (!sum.empty()) sum += addend.negative ? " - " : " + ";
                sum += scaled(addend.wire, addend.shift);
            }
            return sum + wrap;
        }
        case Kind::shift: return scaled(operation.a, operation.shift);
        case Kind::slice: return "slice " + name(operation.a) + " " + operation.slice.to_string();
        case Kind::mux: return name(operation.a) + " ? " + name(operation.b) + " : " + name(operation.c);
        case Kind::bit_and:
        case Kind::bit_or:
        case Kind::bit_xor: return kind + " " + name(operation.a) + ", " + name(operation.b);
        case Kind::bit_not:
        case Kind::any: return kind + " " + name(operation.a);
        case Kind::less: return name(operation.a) + " < " + circuit[operation.b].range.min().to_string();
        case Kind::mul: return name(operation.a) + " * " + name(operation.b) + wrap;
        case Kind::table: return table_name(operation.index) + "[" + name(operation.a) + "]";
    }
    internal_error("kind", __FILE__, __LINE__, "no such kind of operation");
}

}  // namespace

std::string print(const Circuit& circuit) {
    std::string result;
    for (size_t j = 0; j < circuit.tables().size(); ++j) result += table_line(*circuit.tables()[j], j);
    for (size_t j = 0; j < circuit.size(); ++j) {
        const Operation& operation = circuit.operations()[j];
        if (operation.merged) continue;  // shown where it is used
        result += name(static_cast<WireId>(j)) + " = " + right_side(circuit, operation);
        if (operation.kind != Kind::constant) result += " : " + operation.range.to_string();
        if (operation.origin < circuit.origins().size() && !circuit.origins()[operation.origin].name.empty())
            result += "  // " + circuit.origins()[operation.origin].name;
        result += "\n";
    }
    for (const OutputTensor& output : circuit.outputs()) {
        result += "output " + output.name + " =";
        for (const WireId wire : output.elements) result += " " + name(wire);
        result += "\n";
    }
    return result;
}

}  // namespace dal::circuit
