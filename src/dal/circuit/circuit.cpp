#include "dal/circuit/circuit.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>

#include "dal/circuit/range.hpp"
#include "dal/numeric/bitwise.hpp"
#include "dal/numeric/intersection.hpp"
#include "dal/numeric/window.hpp"
#include "dal/support/check.hpp"
#include "dal/support/hash.hpp"

namespace dal::circuit {
namespace {

struct KindInfo {
    std::string_view name;
    int operands;
};
constexpr std::array<KindInfo, 15> kinds{{{"input", 0},
                                          {"constant", 0},
                                          {"add", 2},
                                          {"sub", 2},
                                          {"shift", 1},
                                          {"slice", 1},
                                          {"mux", 3},
                                          {"and", 2},
                                          {"or", 2},
                                          {"xor", 2},
                                          {"not", 1},
                                          {"any", 1},
                                          {"less", 2},
                                          {"mul", 2},
                                          {"table", 1}}};
static_assert(static_cast<size_t>(Kind::table) + 1 == kinds.size());

/// Whether `wire` with its range can stand for a value of which `range`, if any, has been proved.
bool as_tight(const Interval& wire, const Interval* range) { return range == nullptr || range->contains(wire); }

/// Values that enter through a port. A number that is quantized there cannot become what sat_sym avoids.
Interval port_range(const Format& format, bool declared) {
    if (declared || format.overflow != Overflow::sat_sym || !format.kif.k) return Interval::of(format.kif);
    return {-format.kif.max_code(), format.kif.max_code(), format.kif.f};
}

/// Whether a slice keeps all bits from its grid up to the top of `kif`, so that another wrap undoes its own.
bool keeps_bits_of(const Operation& inner, const Kif& kif) {
    return !kif.is_zero() && top_of(kif) <= top_of(inner.slice);
}

}  // namespace

std::string_view to_string(Kind kind) noexcept { return kinds[static_cast<size_t>(kind)].name; }
int operand_count(Kind kind) noexcept { return kinds[static_cast<size_t>(kind)].operands; }

std::vector<WireId> code_roots(const Circuit& circuit) {
    std::vector<WireId> roots(circuit.size());
    for (size_t id = 0; id < circuit.size(); ++id) {
        const Operation& x = circuit.operations()[id];
        roots[id] = x.kind == Kind::shift ? roots[static_cast<size_t>(x.a)] : static_cast<WireId>(id);
    }
    return roots;
}

uint32_t Circuit::add_origin(Origin origin) {
    origins_.push_back(std::move(origin));
    return static_cast<uint32_t>(origins_.size() - 1);
}

uint32_t Circuit::add_input_tensor(InputTensor tensor) {
    input_tensors_.push_back(std::move(tensor));
    return static_cast<uint32_t>(input_tensors_.size() - 1);
}

void Circuit::add_output(OutputTensor tensor) { outputs_.push_back(std::move(tensor)); }

WireId Circuit::append(Operation operation) {
    DAL_CHECK(operations_.size() < UINT32_MAX, "too many operations");
    operations_.push_back(std::move(operation));
    return static_cast<WireId>(operations_.size() - 1);
}

const Operation& Circuit::operand(WireId id) const {
    DAL_CHECK(static_cast<size_t>(id) < size(),
              "wire " + std::to_string(static_cast<uint32_t>(id)) + " of " + std::to_string(size()));
    return (*this)[id];
}

WireId Circuit::append_computed(Operation operation, const Interval* range) {
    static const Interval none;
    const int count = operand_count(operation.kind);
    const auto range_of = [&](WireId id, int position) -> const Interval& {
        if (position >= count) return none;
        return operand(id).range;
    };
    operation.range =
        result_range(*this, operation, range_of(operation.a, 0), range_of(operation.b, 1), range_of(operation.c, 2));
    if (range != nullptr) {
        const auto both = intersection(operation.range, *range);
        DAL_CHECK(both, std::string(to_string(operation.kind)) + " has range " + operation.range.to_string() +
                            ", which excludes the range claimed, " + range->to_string());
        operation.range = *both;
    }
    if (operation.range.is_constant()) return constant(operation.range.min(), operation.origin);
    return append(std::move(operation));
}

WireId Circuit::input(uint32_t tensor, int64_t element, const Format& format, bool declared, uint32_t origin) {
    DAL_CHECK(tensor < input_tensors_.size(), "input of tensor " + std::to_string(tensor));
    Operation operation{.kind = Kind::input, .origin = origin, .range = port_range(format, declared)};
    operation.index = static_cast<uint32_t>(inputs_.size());
    const WireId wire = operation.range.is_zero() ? constant({}, origin) : append(std::move(operation));
    inputs_.push_back({tensor, element, format, declared, wire});
    return wire;
}

WireId Circuit::constant(const Dyadic& value, uint32_t origin) {
    return append({.kind = Kind::constant, .origin = origin, .range = Interval::constant(value)});
}

WireId Circuit::add(WireId a, WireId b, int amount, uint32_t origin, const Interval* range) {
    const Interval& u = operand(a).range;
    const Interval& v = operand(b).range;
    if (v.is_zero() && as_tight(u, range)) return a;
    if (u.is_zero() && as_tight(v.shifted(amount), range)) return shift(b, amount, origin);
    return append_computed({.kind = Kind::add, .a = a, .b = b, .shift = amount, .origin = origin}, range);
}

WireId Circuit::sub(WireId a, WireId b, int amount, uint32_t origin, const Interval* range) {
    if (operand(b).range.is_zero() && as_tight(operand(a).range, range)) return a;
    if (a == b && amount == 0) return constant({}, origin);
    if (operand(a).range.is_zero())
        if (const auto bit = negated_bit(b, origin)) return shift(*bit, amount, origin);
    return append_computed({.kind = Kind::sub, .a = a, .b = b, .shift = amount, .origin = origin}, range);
}

std::optional<WireId> Circuit::negated_bit(WireId a, uint32_t origin) {
    const Kif kif = operand(a).range.kif();
    if (kif.width() != 1) return std::nullopt;
    const bool is_signed = kif.k;
    return slice(a, is_signed ? Kif(false, kif.i + 1, kif.f) : Kif(true, kif.i - 1, kif.f), origin);
}

WireId Circuit::shift(WireId a, int amount, uint32_t origin) {
    if (amount == 0) return a;
    const Operation& from = operand(a);
    if (from.kind == Kind::shift) return shift(from.a, from.shift + amount, origin);
    return append_computed({.kind = Kind::shift, .a = a, .shift = amount, .origin = origin}, nullptr);
}

WireId Circuit::slice(WireId a, const Kif& kif, uint32_t origin, const Interval* range) {
    const Interval& u = operand(a).range;
    // A value keeps all its bits if the format's grid holds it and it is in range.
    if (Interval::of(kif).contains(u) && as_tight(u, range)) return a;
    const Operation whole{.kind = Kind::slice, .a = a, .slice = kif, .origin = origin};
    const Operation inner = operand(a);
    if (inner.kind != Kind::slice || !keeps_bits_of(inner, kif)) return append_computed(whole, range);
    // Some bits of some bits: of the first wire at once. What is known of the one in between still holds.
    Interval known = result_range(*this, whole, u, {}, {});
    if (range != nullptr) known = intersection(known, *range).value_or(known);
    return slice(inner.a, Kif(kif.k, kif.i, std::min(kif.f, inner.slice.f)), origin, &known);
}

WireId Circuit::mux(WireId condition, WireId if_true, WireId if_false, uint32_t origin, const Interval* range) {
    const Interval& chosen_by = operand(condition).range;
    DAL_CHECK(is_condition(chosen_by), "a mux selects by one bit, not by " + chosen_by.to_string());
    const auto fold_to = [&](WireId wire) { return as_tight(operand(wire).range, range); };
    if (if_true == if_false && fold_to(if_true)) return if_true;
    if (chosen_by.is_zero() && fold_to(if_false)) return if_false;
    if (chosen_by.is_constant() && !chosen_by.is_zero() && fold_to(if_true)) return if_true;
    // Between 0 and a power of two there is nothing to choose: it is the condition, or its opposite, itself.
    if (chosen_by == Interval(0, 1, 0)) {
        const Interval& u = operand(if_true).range;
        const Interval& v = operand(if_false).range;
        const Interval& other = v.is_zero() ? u : v;
        if (other.is_constant() && other.lo() == Int(1) && (u.is_zero() || v.is_zero()) &&
            as_tight(Interval(0, 1, other.f()), range)) {
            const int amount = -other.f();
            return shift(v.is_zero() ? condition : bit_not(condition, origin), amount, origin);
        }
    }
    return append_computed({.kind = Kind::mux, .a = condition, .b = if_true, .c = if_false, .origin = origin}, range);
}

WireId Circuit::bitwise(Kind kind, WireId a, WireId b, uint32_t origin, const Interval* range) {
    DAL_CHECK(kind == Kind::bit_and || kind == Kind::bit_or || kind == Kind::bit_xor,
              std::string(to_string(kind)) + " is not bitwise");
    const Interval& u = operand(a).range;
    const Interval& v = operand(b).range;
    if (u.is_constant() && v.is_constant()) {
        const Dyadic x = u.min();
        const Dyadic y = v.min();
        return constant(kind == Kind::bit_and  ? bit_and(x, y)
                        : kind == Kind::bit_or ? bit_or(x, y)
                                               : bit_xor(x, y),
                        origin);
    }
    std::optional<WireId> same;
    if (a == b && kind == Kind::bit_xor) return constant({}, origin);
    if (a == b) same = a;
    if (u.is_zero()) same = kind == Kind::bit_and ? a : b;
    if (v.is_zero()) same = kind == Kind::bit_and ? b : a;
    // Conditions: 1 decides an or, and leaves an and to the other operand.
    const Interval bit(0, 1, 0);
    const Interval one(1, 1, 0);
    if (kind != Kind::bit_xor && bit.contains(u) && bit.contains(v) && (u == one || v == one)) {
        if (kind == Kind::bit_or) return constant(1, origin);
        same = u == one ? b : a;
    }
    if (same && as_tight(operand(*same).range, range)) return *same;
    return append_computed({.kind = kind, .a = a, .b = b, .origin = origin}, range);
}

WireId Circuit::bit_not(WireId a, uint32_t origin) {
    const Operation& from = operand(a);
    DAL_CHECK(Interval(0, 1, 0).contains(from.range), "not of " + from.range.to_string());
    if (from.kind == Kind::bit_not) return from.a;
    return append_computed({.kind = Kind::bit_not, .a = a, .origin = origin}, nullptr);
}

WireId Circuit::any(WireId a, uint32_t origin) {
    if (Interval(0, 1, 0).contains(operand(a).range)) return a;
    return append_computed({.kind = Kind::any, .a = a, .origin = origin}, nullptr);
}

WireId Circuit::less(WireId a, const Dyadic& bound, uint32_t origin) {
    if (const Operation& from = operand(a); from.kind == Kind::shift)
        return less(from.a, bound.shifted(-int64_t{from.shift}), origin);
    const Interval range = operand(a).range;
    const Kif kif = range.kif();
    const Dyadic limit(-Rational(-bound).floor_scaled(kif.f), -int64_t{kif.f});  // rounded up to the grid of a
    if (range.max() < limit) return constant(1, origin);
    if (limit <= range.min()) return constant({}, origin);
    if (limit.is_zero()) return shift(slice(a, Kif(false, kif.i + 1, -kif.i), origin), -kif.i, origin);
    // Digits below those of the bound do not matter; -1 needs its sign even where the whole value lies below them.
    const auto f = static_cast<int>(std::min<int64_t>(kif.f, -limit.exponent()));
    const WireId high = slice(a, Kif(kif.k, std::max(kif.i, -f), f), origin);
    if (!range.lo().is_negative() && limit == Dyadic(1, -int64_t{f})) return bit_not(any(high, origin), origin);
    return append_computed({.kind = Kind::less, .a = high, .b = constant(limit, origin), .origin = origin}, nullptr);
}

WireId Circuit::mul(WireId a, WireId b, uint32_t origin, const Interval* range) {
    // A shifted factor shifts the product.
    for (const WireId* factor : {&a, &b})
        if (const Operation from = operand(*factor); from.kind == Kind::shift) {
            const std::optional<Interval> unshifted = range ? std::optional(range->shifted(-from.shift)) : std::nullopt;
            const WireId product =
                mul(factor == &a ? from.a : a, factor == &b ? from.a : b, origin, unshifted ? &*unshifted : nullptr);
            return shift(product, from.shift, origin);
        }
    for (const auto& [factor, other] : {std::pair(a, b), std::pair(b, a)}) {
        const Interval& known = operand(factor).range;
        if (!known.is_constant() || known.is_zero() || abs(known.lo()) != Int(1)) continue;
        const int amount = -known.f();
        const WireId product = known.lo().is_negative() ? sub(constant({}, origin), other, amount, origin, range)
                                                        : shift(other, amount, origin);
        if (as_tight(operand(product).range, range)) return product;
    }
    if (b < a) std::swap(a, b);
    return append_computed({.kind = Kind::mul, .a = a, .b = b, .origin = origin}, range);
}

WireId Circuit::wrapped(Kind kind, WireId a, WireId b, int amount, const Kif& wrap, uint32_t origin,
                        const Interval* range) {
    DAL_CHECK(kind == Kind::add || kind == Kind::sub || kind == Kind::mul,
              std::string(to_string(kind)) + " is not computed modulo 2^n");
    const Operation u = operand(a);
    const Operation v = operand(b);
    const bool is_product = kind == Kind::mul;
    if (is_product) {  // a shifted factor shifts the product
        for (const Operation* factor : {&u, &v}) {
            if (factor->kind != Kind::shift) continue;
            const int by = factor->shift;
            const std::optional<Interval> unshifted = range ? std::optional(range->shifted(-by)) : std::nullopt;
            const WireId product =
                wrapped(kind, factor == &u ? u.a : a, factor == &u ? b : v.a, 0, Kif(wrap.k, wrap.i - by, wrap.f + by),
                        origin, unshifted ? &*unshifted : nullptr);
            return shift(product, by, origin);
        }
        if (b < a) std::swap(a, b);
    }
    const auto plain = [&](const Interval* known) {
        switch (kind) {
            case Kind::add: return add(a, b, amount, origin, known);
            case Kind::sub: return sub(a, b, amount, origin, known);
            default: return mul(a, b, origin, known);
        }
    };
    Operation whole{.kind = kind, .a = a, .b = b, .shift = amount, .origin = origin};
    const Interval natural = result_range(*this, whole, operand(a).range, operand(b).range, {});
    if (Interval::of(wrap).contains(natural)) return plain(range);
    DAL_CHECK(natural.is_constant() || natural.f() <= wrap.f,
              std::string(to_string(kind)) + " of " + natural.to_string() + " wrapped to " + wrap.to_string());
    const auto is_power = [](const Interval& x) { return x.is_constant() && abs(x.lo()) == Int(1); };
    const bool is_wiring = is_product ? is_power(u.range) || is_power(v.range) : u.range.is_zero() || v.range.is_zero();
    const bool is_negation = kind == Kind::sub && u.range.is_zero() && !v.range.is_zero();
    if (natural.is_constant() || (is_wiring && !is_negation)) return slice(plain(nullptr), wrap, origin, range);
    whole.slice = wrap;
    return append_computed(whole, range);
}

uint32_t Circuit::add_table(std::shared_ptr<const Table> table) {
    DAL_CHECK(table && !table->entries.empty(), "a table without entries");
    size_t hash = table->entries.size() * 31 + static_cast<size_t>(table->f) * 7 + static_cast<size_t>(table->entry_f);
    hash ^= table->first.hash();
    for (const Int& entry : table->entries) hash = add_to_hash(hash, entry.hash());
    const auto [begin, end] = table_by_hash_.equal_range(hash);
    for (auto it = begin; it != end; ++it)
        if (tables_[it->second] == table || *tables_[it->second] == *table) return it->second;
    const auto index = static_cast<uint32_t>(tables_.size());
    tables_.push_back(std::move(table));
    table_by_hash_.emplace(hash, index);
    return index;
}

WireId Circuit::table(WireId a, uint32_t table, uint32_t origin, const Interval* range) {
    DAL_CHECK(table < tables_.size(), "table " + std::to_string(table) + " of " + std::to_string(tables_.size()));
    const Operation whole{.kind = Kind::table, .a = a, .index = table, .origin = origin};
    const Interval from = operand(a).range;
    const Table& list = *tables_[table];
    const auto [begin, end] = reachable(list, from);
    const auto value = [&](size_t position) { return Dyadic(list.entries[position], -int64_t{list.entry_f}); };
    if (from.is_constant()) return constant(value(begin), origin);
    // Entries that are the operand itself at another binary point.
    const Dyadic last = value(end - 1);
    if (!last.is_zero() && last.mantissa() == from.max().mantissa()) {
        const int64_t amount = last.exponent() - from.max().exponent();
        const Int step = Int(1) << (list.f - from.f());
        Int position = 0;
        bool same = std::abs(amount) < INT32_MAX;
        for (Int code = from.lo(); same && code <= from.hi(); code += 1, position += step)
            same = value(begin + static_cast<size_t>(position.to_int64())) ==
                   Dyadic(code, -int64_t{from.f()}).shifted(amount);
        if (same) {
            const WireId moved = shift(a, static_cast<int>(amount), origin);
            if (as_tight(operand(moved).range, range)) return moved;
        }
    }
    const Interval values = table_range(list, from);
    // Two neighbours differ in their lowest bit.
    if (from.hi() - from.lo() == Int(1) && !values.is_constant()) {
        const WireId low = slice(a, Kif(false, 1 - from.f(), from.f()), origin);
        const WireId bit = shift(low, from.f(), origin);
        const WireId even = constant(value(from.lo().is_odd() ? end - 1 : begin), origin);
        const WireId odd = constant(value(from.lo().is_odd() ? begin : end - 1), origin);
        return mux(bit, odd, even, origin, range);
    }
    return append_computed(whole, range);
}

}  // namespace dal::circuit
