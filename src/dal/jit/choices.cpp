#include "dal/jit/choices.hpp"

#include <algorithm>
#include <array>

#include "dal/graph/holds.hpp"
#include "dal/numeric/bitwise.hpp"
#include "dal/support/check.hpp"

namespace dal::jit {
namespace {

/// What the ranges say about the relation, if they decide it.
std::optional<bool> decided(Relation relation, const CodeRange& a, const CodeRange& b) {
    const bool disjoint = a.hi < b.lo || b.hi < a.lo;
    switch (relation) {
        case Relation::eq:
            if (disjoint) return false;
            break;
        case Relation::ne:
            if (disjoint) return true;
            break;
        case Relation::lt:
            if (a.hi < b.lo) return true;
            if (b.hi <= a.lo) return false;
            break;
        case Relation::le:
            if (a.hi <= b.lo) return true;
            if (b.hi < a.lo) return false;
            break;
    }
    if (a.lo == a.hi && b.lo == b.hi) return holds(relation, a.lo, b.lo);
    return std::nullopt;
}

Dyadic combined(BitFunction function, const Dyadic& a, const Dyadic& b) {
    switch (function) {
        case BitFunction::bit_and: return bit_and(a, b);
        case BitFunction::bit_or: return bit_or(a, b);
        case BitFunction::bit_xor: return bit_xor(a, b);
    }
    internal_error("bits", __FILE__, __LINE__, "no such bit function");
}

bool is_truth(const Ref& ref, bool truth) { return ref.is_constant() && ref.constant == Dyadic(truth ? 1 : 0); }

}  // namespace

Ref ChoicePlanner::relu(const Ref& x, const Interval& range) {
    if (x.is_constant()) return x.constant.is_negative() ? constant_ref({}) : x;
    DAL_CHECK(x.kind == Ref::Kind::value, "relu of a real value");
    const Value& value = plan_.values[x.value];
    if (value.is_unsigned()) return x;
    if (!(Int(0) < value.hi)) return constant_ref({});
    Ref result = append(plan_, Relu{x.value}, codes_at(range, x.f), value.f);
    result.f = x.f;
    return result;
}

Ref ChoicePlanner::abs(const Ref& x, const Interval& range) {
    if (x.is_constant()) return constant_ref(x.constant.is_negative() ? -x.constant : x.constant);
    DAL_CHECK(x.kind == Ref::Kind::value, "abs of a real value");
    const Value& value = plan_.values[x.value];
    if (value.is_unsigned()) return x;
    if (!(Int(0) < value.hi)) return sums_.affine(x, Dyadic(-1), Dyadic(), range);
    Ref result = append(plan_, Abs{x.value}, codes_at(range, x.f), value.f);
    result.f = x.f;
    return result;
}

Ref ChoicePlanner::extremum(bool larger, const Ref& a, const Ref& b, const Interval& range) {
    const std::array refs{a, b};
    Aligned aligned = align(refs);
    const CodeRange first = range_of(plan_, aligned.operands[0]);
    const CodeRange second = range_of(plan_, aligned.operands[1]);
    if (a.is_same(b) || second.hi <= first.lo) return larger ? a : b;
    if (first.hi <= second.lo) return larger ? b : a;
    return append(plan_, Extremum{larger, std::move(aligned.operands[0]), std::move(aligned.operands[1])},
                  codes_at(range, aligned.f), aligned.f);
}

Ref ChoicePlanner::compare(Relation relation, const Ref& a, const Ref& b, const Interval& range) {
    if (range.is_constant()) return constant_ref(range.min());
    DAL_CHECK(a.kind != Ref::Kind::real && b.kind != Ref::Kind::real, "a comparison of a real value");
    if (a.is_same(b)) return constant_ref(relation == Relation::eq || relation == Relation::le ? 1 : 0);
    if (a.is_constant() != b.is_constant()) return compare_with_constant(relation, a, b);
    const std::array refs{a, b};
    Aligned aligned = align(refs);
    return compared(relation, std::move(aligned.operands[0]), std::move(aligned.operands[1]));
}

/// A constant between two codes is as good as one of them: no lane has to hold what is finer than the variable.
Ref ChoicePlanner::compare_with_constant(Relation relation, const Ref& a, const Ref& b) {
    const bool constant_first = a.is_constant();
    const Ref& x = constant_first ? b : a;
    const Dyadic& constant = constant_first ? a.constant : b.constant;
    const Dyadic scaled = constant.shifted(x.f);
    const bool on_grid = scaled.exponent() >= 0;
    if (!on_grid && relation == Relation::eq) return constant_ref(0);
    if (!on_grid && relation == Relation::ne) return constant_ref(1);
    const Int below = on_grid ? scaled.mantissa() << scaled.exponent() : scaled.mantissa() >> -scaled.exponent();
    // x < c is x < ⌈c⌉ and x ≤ c is x ≤ ⌊c⌋; c < x is ⌊c⌋ < x and c ≤ x is ⌈c⌉ ≤ x.
    const bool up = !on_grid && (relation == Relation::lt) != constant_first;
    Operand code{std::nullopt, 0, up ? below + 1 : below};
    Operand variable{x.value, 0, {}};
    return constant_first ? compared(relation, std::move(code), std::move(variable))
                          : compared(relation, std::move(variable), std::move(code));
}

Ref ChoicePlanner::compared(Relation relation, Operand a, Operand b) {
    if (const auto known = decided(relation, range_of(plan_, a), range_of(plan_, b)))
        return constant_ref(*known ? 1 : 0);
    return append(plan_, Compare{relation, std::move(a), std::move(b)}, {0, 1}, 0);
}

Ref ChoicePlanner::select(const Ref& condition, const Ref& if_true, const Ref& if_false, const Interval& range) {
    if (condition.is_constant()) return condition.constant.is_zero() ? if_false : if_true;
    DAL_CHECK(condition.kind == Ref::Kind::value, "selection by a real value");
    if (if_true.is_same(if_false)) return if_true;
    const Value& decides = plan_.values[condition.value];
    if (Int(0) < decides.lo || decides.hi.is_negative()) return if_true;
    if (decides.lo == Int(0) && decides.hi == Int(1) && is_truth(if_true, true) && is_truth(if_false, false))
        return value_ref(condition.value, 0);
    const std::array refs{if_true, if_false};
    Aligned aligned = align(refs);
    return append(plan_, Select{condition.value, std::move(aligned.operands[0]), std::move(aligned.operands[1])},
                  codes_at(range, aligned.f), aligned.f);
}

Ref ChoicePlanner::bitwise(BitFunction function, const Ref& a, const Ref& b, const Interval& range) {
    if (a.is_constant() && b.is_constant()) return constant_ref(combined(function, a.constant, b.constant));
    if (a.is_same(b)) return function == BitFunction::bit_xor ? constant_ref({}) : a;
    const std::array refs{a, b};
    Aligned aligned = align(refs);
    return append(plan_, Bitwise{function, std::move(aligned.operands[0]), std::move(aligned.operands[1])},
                  codes_at(range, aligned.f), aligned.f);
}

}  // namespace dal::jit
