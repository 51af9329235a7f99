#include "dal/circuit/range.hpp"

#include <algorithm>

#include "dal/support/check.hpp"

namespace dal::circuit {
namespace {

/// What is left of the range of an operation that may be computed modulo a power of two.
Interval wrapped(const Interval& natural, const Operation& operation) {
    return is_wrapped(operation) ? natural.quantized({operation.slice, Round::trn, Overflow::wrap}) : natural;
}

Interval any_range(const Interval& a) {
    if (a.is_zero()) return {};
    if (a.lo() > Int(0) || a.hi().is_negative()) return {1, 1, 0};
    return {0, 1, 0};
}

Interval less_range(const Interval& a, const Interval& b) {
    if (a.max() < b.min()) return {1, 1, 0};
    if (b.max() <= a.min()) return {};
    return {0, 1, 0};
}

Interval mux_range(const Interval& condition, const Interval& if_true, const Interval& if_false) {
    if (condition.is_zero()) return if_false;
    return condition.contains(Dyadic(0)) ? if_true.hull(if_false) : if_true;
}

}  // namespace

std::pair<size_t, size_t> reachable(const Table& table, const Interval& operand) {
    const auto size = static_cast<int64_t>(table.entries.size());
    const bool on_grid = operand.is_zero() || operand.f() <= table.f;
    const Int lo = on_grid ? operand.lo_at(table.f) - table.first : Int(-1);
    const Int hi = on_grid ? operand.hi_at(table.f) - table.first : Int(-1);
    DAL_CHECK(!lo.is_negative() && hi < Int(size), "a table of " + std::to_string(size) + " entries from " +
                                                       table.first.to_string() + " step 2^" + std::to_string(-table.f) +
                                                       " is asked for " + operand.to_string());
    return {static_cast<size_t>(lo.to_int64()), static_cast<size_t>(hi.to_int64()) + 1};
}

Interval table_range(const Table& table, const Interval& operand) {
    const auto [begin, end] = reachable(table, operand);
    const int64_t apart = int64_t{table.f} - operand.f();  // between entries that are reached
    const size_t step = operand.is_constant() ? 1 : size_t{1} << apart;
    Int lo = table.entries[begin];
    Int hi = lo;
    int64_t zeros = INT64_MAX;
    for (size_t at = begin; at < end; at += step) {
        const Int& entry = table.entries[at];
        if (entry < lo) lo = entry;
        if (hi < entry) hi = entry;
        if (!entry.is_zero()) zeros = std::min(zeros, entry.trailing_zeros());
    }
    if (zeros == INT64_MAX) return {};
    return {lo >> zeros, hi >> zeros, static_cast<int>(table.entry_f - zeros)};
}

Interval product_range(const Interval& a, const Interval& b, bool is_square) {
    if (a.is_zero() || b.is_zero()) return {};
    const Int ends[] = {a.lo() * b.lo(), a.lo() * b.hi(), a.hi() * b.lo(), a.hi() * b.hi()};
    const auto [lo, hi] = std::minmax_element(std::begin(ends), std::end(ends));
    if (!is_square) return {*lo, *hi, a.f() + b.f()};
    const bool has_zero = a.lo().sign() * a.hi().sign() <= 0;
    return {has_zero ? Int(0) : min(ends[0], ends[3]), max(ends[0], ends[3]), a.f() + b.f()};
}

bool are_disjoint(const Interval& a, const Interval& b) {
    const auto is_below = [](const Interval& low, const Interval& high) {
        return !low.lo().is_negative() && low.max() < Dyadic(1, -int64_t{high.f()});
    };
    return a.is_zero() || b.is_zero() || is_below(a, b) || is_below(b, a);
}

Interval result_range(const Circuit& circuit, const Operation& operation, const Interval& a, const Interval& b,
                      const Interval& c) {
    switch (operation.kind) {
        case Kind::input:
        case Kind::constant: return operation.range;
        case Kind::add: return wrapped(a + b.shifted(operation.shift), operation);
        case Kind::sub: return wrapped(a - b.shifted(operation.shift), operation);
        case Kind::shift: return a.shifted(operation.shift);
        case Kind::slice: return a.quantized({operation.slice, Round::trn, Overflow::wrap});
        case Kind::mux: return mux_range(a, b, c);
        case Kind::bit_and: return dal::bit_and(a, b);
        case Kind::bit_or: return dal::bit_or(a, b);
        case Kind::bit_xor: return dal::bit_xor(a, b);
        case Kind::bit_not: return Interval(1, 1, 0) - a;
        case Kind::any: return any_range(a);
        case Kind::less: return less_range(a, b);
        case Kind::mul: return wrapped(product_range(a, b, operation.a == operation.b), operation);
        case Kind::table: return table_range(circuit.table_of(operation), a);
    }
    internal_error("kind", __FILE__, __LINE__, "no such kind of operation");
}

bool is_condition(const Interval& range) { return range.width() <= 1; }

}  // namespace dal::circuit
