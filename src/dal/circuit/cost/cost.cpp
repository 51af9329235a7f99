#include "dal/circuit/cost/cost.hpp"

#include <algorithm>

#include "dal/circuit/addends.hpp"
#include "dal/numeric/adder_bits.hpp"
#include "dal/numeric/lut_cost.hpp"
#include "dal/numeric/window.hpp"
#include "dal/support/check.hpp"

namespace dal::circuit {
namespace {

constexpr int64_t carry_free_bits = 32;  // an adder this wide still counts as one level
constexpr int64_t carry_bit = 10;        // each further bit of the carry chain

/// Levels of 6-input gates that reduce `bits` to one.
int64_t tree_levels(int64_t bits) {
    int64_t levels = 0;
    for (int64_t left = bits; left > 1; left = (left + lut_inputs - 1) / lut_inputs) ++levels;
    return levels;
}

bool has_three_operands(const Circuit& circuit, const Operation& operation) {
    return circuit[operation.a].merged || circuit[operation.b].merged;
}

int64_t bits_of(const Circuit& circuit, const Operation& operation) {
    if (operation.merged) return 0;  // in the adder that it is part of
    if (has_three_operands(circuit, operation)) {
        const Addends sum = addends(circuit, operation);
        const auto range = [&](size_t j) {
            const Interval shifted = circuit[sum.all[j].wire].range.shifted(sum.all[j].shift);
            return sum.all[j].negative ? -shifted : shifted;
        };
        return adder_bits(range(0), range(1), range(2), operation.range);
    }
    const Interval& a = circuit[operation.a].range;
    const Interval b = circuit[operation.b].range.shifted(operation.shift);
    const int64_t bits = adder_bits(a, b, operation.kind == Kind::sub);
    if (!is_wrapped(operation)) return bits;
    // From the lowest bit that both have up to where the result ends.
    const int64_t lowest = a.is_zero() ? b.f() : b.is_zero() ? a.f() : std::min(a.f(), b.f());
    const int64_t top = top_of(operation.slice);
    return std::min(bits, std::max<int64_t>(0, top + lowest));
}

/// Bit positions where both operands can have a bit: a sign reaches up without end. Elsewhere a bitwise
/// operation is a wire.
int64_t common_bits(const Interval& a, const Interval& b) {
    const Kif u = a.kif();
    const Kif v = b.kif();
    const int64_t low = -int64_t{std::min(u.f, v.f)};
    const int64_t top = u.k && v.k ? std::max(u.i, v.i) + 1 : u.k ? v.i : v.k ? u.i : std::min(u.i, v.i);
    return std::max<int64_t>(0, top - low);
}

int64_t ceil_log2(int64_t n) {
    int64_t levels = 0;
    while ((int64_t{1} << levels) < n) ++levels;
    return levels;
}

/// Rows of partial products that are added: the bits of the narrower factor. A constant has one for each digit that
/// is not 0 in canonical signed digits.
struct Rows {
    int64_t count;
    int64_t bits;  // of a row
    bool is_square;
};
Rows rows_of(const Circuit& circuit, const Operation& mul) {
    const Interval& a = circuit[mul.a].range;
    const Interval& b = circuit[mul.b].range;
    if (a.is_constant() || b.is_constant()) {
        const Int code = abs(a.is_constant() ? a.lo() : b.lo());
        // Digits of n that are not 0: where n and 3n differ.
        const Int three = code * 3;
        int64_t digits = 0;
        for (int64_t j = 0; j < three.bit_length(); ++j) digits += code.bit(j) != three.bit(j) ? 1 : 0;
        return {digits, a.is_constant() ? b.width() : a.width(), false};
    }
    // Bits of a factor beyond those of the result do not reach it.
    const int64_t most = is_wrapped(mul) ? int64_t{mul.slice.width()} : INT32_MAX;
    const int64_t u = std::min<int64_t>(a.width(), most);
    const int64_t v = std::min<int64_t>(b.width(), most);
    return {std::min(u, v), std::max(u, v), mul.a == mul.b};
}

int64_t multiplier_half_luts(const Rows& rows, bool by_constant) {
    if (rows.count <= 1) return by_constant ? 0 : rows.bits;
    // Half the partial products of a square are each other's mirror images.
    return rows.is_square ? rows.bits * (rows.bits - 1) : 2 * rows.bits * (rows.count - 1);
}

/// What decides x < c: the bits of the code of x that are not below the last digit of c. The builder has cut the
/// others.
int64_t less_bits(const Circuit& circuit, const Operation& less) { return circuit[less.a].range.width(); }

/// As a chain from the lowest bit: a LUT takes five bits and what the bits below say. Up to five bits are half a LUT,
/// as several comparisons of one value share it; long ones become a carry chain.
int64_t less_half_luts(int64_t bits) {
    constexpr int64_t longest_chain = 12;
    if (bits <= 1) return 0;
    if (bits < lut_inputs) return 1;
    return bits <= longest_chain ? 2 * ((bits - 1 + lut_inputs - 2) / (lut_inputs - 1)) : 2 * ((bits + 2) / 3);
}

constexpr int64_t mux_tree_bits = 8;  // that the LUTs of one slice and their multiplexers decide

bool is_constant(const Circuit& circuit, WireId id) { return circuit[id].kind == Kind::constant; }

}  // namespace

int64_t half_luts(const Circuit& circuit, WireId id) {
    const Operation& operation = circuit[id];
    switch (operation.kind) {
        case Kind::input:
        case Kind::constant:
        case Kind::shift:
        case Kind::slice:
        case Kind::bit_not: return 0;  // wires, or absorbed into what follows
        case Kind::add:
        case Kind::sub: return 2 * bits_of(circuit, operation);
        case Kind::mux:
            // Two bits share a LUT; between two constants each bit is the condition, its inverse, or fixed.
            if (is_constant(circuit, operation.b) && is_constant(circuit, operation.c)) return 0;
            return operation.range.width();
        case Kind::bit_and:
        case Kind::bit_or:
        case Kind::bit_xor:
            if (is_constant(circuit, operation.a) || is_constant(circuit, operation.b)) return 0;
            return std::min<int64_t>(common_bits(circuit[operation.a].range, circuit[operation.b].range),
                                     operation.range.width());
        case Kind::any: {
            const int64_t bits = circuit[operation.a].range.width();
            return bits <= 1 ? 0 : 2 * ((bits - 1 + lut_inputs - 2) / (lut_inputs - 1));
        }
        case Kind::less: return less_half_luts(less_bits(circuit, operation));
        case Kind::mul:
            return multiplier_half_luts(rows_of(circuit, operation),
                                        is_constant(circuit, operation.a) || is_constant(circuit, operation.b));
        case Kind::table: return operation.range.width() * table_bit_half_luts(circuit[operation.a].range.width());
    }
    internal_error("kind", __FILE__, __LINE__, "no such kind of operation");
}

int64_t delay(const Circuit& circuit, WireId id) {
    const Operation& operation = circuit[id];
    switch (operation.kind) {
        case Kind::input:
        case Kind::constant:
        case Kind::shift:
        case Kind::slice:
        case Kind::bit_not: return 0;
        case Kind::add:
        case Kind::sub:
            if (operation.merged) return 0;
            // A chain that takes the sum and the carry of each bit from its neighbor is about half as fast.
            return (has_three_operands(circuit, operation) ? 2 : 1) * adder_level +
                   carry_bit * std::max<int64_t>(0, bits_of(circuit, operation) - carry_free_bits);
        case Kind::mux:
        case Kind::bit_and:
        case Kind::bit_or:
        case Kind::bit_xor: return half_luts(circuit, id) == 0 ? 0 : lut_level;
        case Kind::any: return lut_level * tree_levels(circuit[operation.a].range.width());
        case Kind::less: {
            const int64_t bits = less_bits(circuit, operation);
            if (bits <= lut_inputs) return half_luts(circuit, id) == 0 ? 0 : lut_level;
            return adder_level + carry_bit * std::max<int64_t>(0, bits - carry_free_bits);
        }
        case Kind::mul: {
            const int64_t rows = rows_of(circuit, operation).count;
            if (rows <= 1) return half_luts(circuit, id) == 0 ? 0 : lut_level;
            return adder_level * ceil_log2(rows) +
                   carry_bit * std::max<int64_t>(0, operation.range.width() - carry_free_bits);
        }
        case Kind::table: {
            const int64_t beyond = std::max<int64_t>(0, circuit[operation.a].range.width() - mux_tree_bits);
            return lut_level * (1 + (beyond + 1) / 2);
        }
    }
    internal_error("kind", __FILE__, __LINE__, "no such kind of operation");
}

Report report(const Circuit& circuit) {
    Report result;
    int64_t halves = 0;
    std::vector<int64_t> depth(circuit.size());
    std::vector<int64_t> arrival(circuit.size());
    for (size_t at = 0; at < circuit.size(); ++at) {
        const Operation& operation = circuit.operations()[at];
        const auto id = static_cast<WireId>(at);
        const WireId operands[] = {operation.a, operation.b, operation.c};
        for (int j = 0; j < operand_count(operation.kind); ++j) {
            depth[at] = std::max(depth[at], depth[static_cast<size_t>(operands[j])]);
            arrival[at] = std::max(arrival[at], arrival[static_cast<size_t>(operands[j])]);
        }
        if ((operation.kind == Kind::add || operation.kind == Kind::sub) && !operation.merged) {
            ++result.adders;
            ++depth[at];
            result.adder_bits += bits_of(circuit, operation);
        }
        if (operation.kind == Kind::mul) ++result.multipliers;
        if (operation.kind == Kind::table) ++result.tables;
        if (operation.kind != Kind::input && operation.kind != Kind::constant) ++result.operations;
        arrival[at] += delay(circuit, id);
        halves += half_luts(circuit, id);
        result.depth = std::max(result.depth, depth[at]);
        result.delay = std::max(result.delay, arrival[at]);
    }
    result.luts = (halves + 1) / 2;
    return result;
}

}  // namespace dal::circuit
