#include "dal/emit/verilog/module_text.hpp"

#include <algorithm>

#include "dal/emit/verilog/table_text.hpp"
#include "dal/support/check.hpp"

namespace dal::emit {

using circuit::Kind;
using circuit::Operation;
using circuit::WireId;

std::string literal(const Int& code, int64_t lo, int64_t count) {
    const Int value = lo >= 0 ? code >> lo : code << -lo;
    std::vector<uint64_t> words(static_cast<size_t>((count + 63) / 64));
    value.to_words(words.data(), words.size());
    std::string digits;
    for (int64_t first = 0; first < count; first += 4) {
        uint64_t digit = words[static_cast<size_t>(first / 64)] >> (first % 64) & 15;
        if (count - first < 4) digit &= (uint64_t{1} << (count - first)) - 1;
        digits += "0123456789abcdef"[digit];
    }
    while (digits.size() > 1 && digits.back() == '0') digits.pop_back();
    return std::to_string(count) + "'h" + std::string(digits.rbegin(), digits.rend());
}

std::string bit_range(int64_t width) { return width == 1 ? "" : "[" + std::to_string(width - 1) + ":0] "; }

std::string printable(std::string text) {
    for (char& c : text)
        if (static_cast<unsigned char>(c) < 32 || c == 127) c = '?';
    return text;
}

ModuleText::Signal& ModuleText::signal(WireId root, uint32_t boundary) {
    const uint64_t key = uint64_t{static_cast<uint32_t>(root)} << 32 | (is_top_ ? boundary : 0);
    const auto found = positions_.find(key);
    DAL_CHECK(found != positions_.end(), "signal `" + net_.name[static_cast<size_t>(root)] + "` is read at boundary " +
                                             std::to_string(boundary) + " before it is declared");
    return signals_[found->second];
}

void ModuleText::declare(WireId root, uint32_t boundary, std::string name) {
    const uint64_t key = uint64_t{static_cast<uint32_t>(root)} << 32 | (is_top_ ? boundary : 0);
    positions_.emplace(key, signals_.size());
    signals_.push_back({std::move(name), net_.range(root).width(), false, {}});
}

std::string ModuleText::whole(WireId root, uint32_t boundary) {
    Signal& it = signal(root, boundary);
    it.read = true;
    return it.name;
}

std::string ModuleText::part(Signal& signal, int64_t first, int64_t end) {
    if (first == 0 && end == signal.width) {
        signal.read = true;
        return signal.name;
    }
    signal.parts.emplace_back(static_cast<int>(first), static_cast<int>(end));
    if (end - first == 1) return signal.name + "[" + std::to_string(first) + "]";
    return signal.name + "[" + std::to_string(end - 1) + ":" + std::to_string(first) + "]";
}

std::string ModuleText::value(WireId wire, int64_t f, int64_t count, uint32_t boundary) {
    const Interval& range = net_.range(wire);
    const int64_t lo = range.f() - f;  // bit of the code that comes first
    if (range.is_constant()) return literal(range.lo(), lo, count);
    Signal& it = signal(net_.root[static_cast<size_t>(wire)], boundary);
    const int64_t width = it.width;
    const bool is_signed = range.lo().is_negative();

    const int64_t zeros = std::clamp<int64_t>(-lo, 0, count);
    const int64_t first = std::max<int64_t>(lo, 0);
    const int64_t end = std::clamp(lo + count, first, std::max(first, width));
    const int64_t taken = end - first;
    const int64_t extension = count - zeros - taken;
    std::vector<std::string> pieces;
    if (extension > 0 && is_signed) {
        const std::string sign = part(it, width - 1, width);
        pieces.push_back(extension == 1 ? sign : "{" + std::to_string(extension) + "{" + sign + "}}");
    } else if (extension > 0) {
        pieces.push_back(literal(0, 0, extension));
    }
    if (taken > 0) pieces.push_back(part(it, first, end));
    if (zeros > 0) pieces.push_back(literal(0, 0, zeros));
    if (pieces.size() == 1) return pieces.front();
    std::string text;
    for (const std::string& piece : pieces) text += (text.empty() ? "{" : ", ") + piece;
    return text + "}";
}

std::string ModuleText::sum(const Operation& operation, WireId wire, uint32_t boundary) {
    const Interval& range = net_.range(wire);
    const circuit::Addends addends = circuit::addends(net_.circuit, operation);
    int64_t f = range.f();
    for (const circuit::Addend& addend : addends.list())
        if (const Interval& it = net_.range(addend.wire); !it.is_zero())
            f = std::max<int64_t>(f, it.f() - addend.shift);
    const int64_t dropped = f - range.f();
    const int64_t width = range.width() + dropped;
    std::string text;
    for (const circuit::Addend& addend : addends.list()) {
        if (!text.empty()) text += addend.negative ? " - " : " + ";
        // x·2^shift on the grid 2^-f is x on the grid 2^-(f + shift).
        text += value(addend.wire, f + addend.shift, width, boundary);
    }
    // The caller has proved the low bits to be 0, but their carry counts.
    return some_bits(wire, text, width, dropped);
}

std::string ModuleText::some_bits(WireId wire, const std::string& text, int64_t all, int64_t low) {
    const int64_t width = net_.range(wire).width();
    if (low == 0 && width == all) return text;
    const std::string full = net_.names.unique(net_.name[static_cast<size_t>(wire)] + "_full");
    body += "    wire " + bit_range(all) + full + " = " + text + ";\n";
    const auto bits = [&](int64_t first, int64_t end) {
        return full + "[" + (end - first > 1 ? std::to_string(end - 1) + ":" : "") + std::to_string(first) + "]";
    };
    if (low > 0) unread_.push_back(bits(0, low));
    if (low + width < all) unread_.push_back(bits(low + width, all));
    return bits(low, low + width);
}

/// Both factors are extended to the width of the result: modulo 2^width a product does not depend on signs.
std::string ModuleText::product(const Operation& operation, WireId wire, uint32_t boundary) {
    const Interval& range = net_.range(wire);
    const int fa = net_.range(operation.a).f();
    const int fb = net_.range(operation.b).f();
    const int64_t dropped = int64_t{fa} + fb - range.f();
    const int64_t width = range.width() + dropped;
    return some_bits(wire, value(operation.a, fa, width, boundary) + " * " + value(operation.b, fb, width, boundary),
                     width, dropped);
}

std::string ModuleText::look_up(const Operation& operation, WireId wire, uint32_t boundary) {
    tables_.insert(operation.index);
    const TableFunction& table = net_.tables[operation.index];
    const std::string code = value(operation.a, table.domain.f(), table.domain.width(), boundary);
    return some_bits(wire, look_up_text(table, code), table.values.width(),
                     int64_t{table.values.f()} - net_.range(wire).f());
}

std::string ModuleText::functions() const {
    std::string text;
    for (const uint32_t index : tables_) text += table_text(*net_.circuit.tables()[index], net_.tables[index]);
    return text;
}

std::string ModuleText::right_side(WireId wire, uint32_t boundary) {
    const Operation& operation = net_.circuit[wire];
    const Interval& range = operation.range;
    const auto aligned = [&](WireId operand) { return value(operand, range.f(), range.width(), boundary); };
    const auto one_bit = [&](WireId operand) {
        return value(operand, net_.range(operand).f(), std::max(net_.range(operand).width(), 1), boundary);
    };
    switch (operation.kind) {
        case Kind::add:
        case Kind::sub: return sum(operation, wire, boundary);
        case Kind::mux: return one_bit(operation.a) + " ? " + aligned(operation.b) + " : " + aligned(operation.c);
        case Kind::bit_and: return aligned(operation.a) + " & " + aligned(operation.b);
        case Kind::bit_or: return aligned(operation.a) + " | " + aligned(operation.b);
        case Kind::bit_xor: return aligned(operation.a) + " ^ " + aligned(operation.b);
        case Kind::bit_not: return "~" + one_bit(operation.a);
        case Kind::any: return "|" + one_bit(operation.a);
        case Kind::mul: return product(operation, wire, boundary);
        case Kind::table: return look_up(operation, wire, boundary);
        case Kind::slice:
            // Bits below the format's grid are dropped even where the range's grid is finer.
            DAL_CHECK(range.f() <= operation.slice.f,
                      "slice to " + operation.slice.to_string() + " has range " + range.to_string());
            DAL_CHECK(Interval::of(operation.slice).contains(range),
                      "slice to " + operation.slice.to_string() + " has range " + range.to_string());
            return aligned(operation.a);
        case Kind::input:
        case Kind::constant:
        case Kind::shift: break;
    }
    internal_error("kind", __FILE__, __LINE__, std::string(to_string(operation.kind)) + " is no logic");
}

void ModuleText::operation(WireId wire, bool declared, uint32_t boundary) {
    const std::string right = right_side(wire, boundary);
    const std::string& name = net_.name[static_cast<size_t>(wire)];
    body += declared ? "    assign " + name : "    wire " + bit_range(net_.range(wire).width()) + name;
    body += " = " + right + ";\n";
}

void ModuleText::sink(const std::vector<std::string>& extra) {
    std::vector<std::string> unread = unread_;
    unread.insert(unread.end(), extra.begin(), extra.end());
    for (Signal& it : signals_) {
        if (it.read) continue;
        if (it.parts.empty()) {
            unread.push_back(it.name);
            continue;
        }
        std::ranges::sort(it.parts);
        int first = 0;
        std::vector<std::pair<int, int>> parts = it.parts;
        parts.emplace_back(it.width, it.width);
        for (const auto& [begin, end] : parts) {
            if (begin > first) {
                unread.push_back(it.name + "[" + (begin - first > 1 ? std::to_string(begin - 1) + ":" : "") +
                                 std::to_string(first) + "]");
            }
            first = std::max(first, end);
        }
    }
    if (unread.empty()) return;
    body += "\n    // bits that nothing reads\n    wire unused = &{1'b0";
    for (const std::string& text : unread) body += ",\n        " + text;
    body += "};\n";
}

void ModuleText::comment(const std::string& text) { body += "\n    // " + printable(text) + "\n"; }

}  // namespace dal::emit
