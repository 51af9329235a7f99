#include "dal/jit/ref.hpp"

#include <algorithm>

#include "dal/jit/lanes.hpp"
#include "dal/support/check.hpp"

namespace dal::jit {

Ref constant_ref(Dyadic value) {
    Ref ref;
    ref.constant = std::move(value);
    return ref;
}

Ref value_ref(ValueId value, int f) {
    Ref ref;
    ref.kind = Ref::Kind::value;
    ref.value = value;
    ref.f = f;
    return ref;
}

CodeRange codes_at(const Interval& range, int f) {
    if (range.is_zero()) return {};
    if (f >= range.f()) return {range.lo_at(f), range.hi_at(f)};
    const int coarser = range.f() - f;
    return {range.lo() >> coarser, -(-range.hi() >> coarser)};
}

Ref append(Plan& plan, Definition definition, CodeRange codes, int f) {
    DAL_CHECK(plan.values.size() < UINT32_MAX, "too many values");
    const int lane = lane_for(bits_of(codes.lo, codes.hi));
    plan.values.push_back({std::move(definition), std::move(codes.lo), std::move(codes.hi), f, lane});
    return value_ref(static_cast<ValueId>(plan.values.size() - 1), f);
}

Aligned align(std::span<const Ref> refs) {
    int64_t f = INT64_MIN;
    for (const Ref& ref : refs) {
        DAL_CHECK(ref.kind != Ref::Kind::real, "arithmetic on a real value");
        if (ref.is_constant() && ref.constant.is_zero()) continue;  // is on every binary point
        f = std::max<int64_t>(f, ref.is_constant() ? -ref.constant.exponent() : ref.f);
    }
    if (f == INT64_MIN) f = 0;
    Aligned aligned{{}, static_cast<int>(f)};
    for (const Ref& ref : refs)
        if (ref.is_constant())
            aligned.operands.push_back({std::nullopt, 0, ref.constant.code(f).value()});
        else
            aligned.operands.push_back({ref.value, static_cast<int>(f) - ref.f, {}});
    return aligned;
}

Ref drop_zeros(Plan& plan, const Ref& x, int by) {
    const Value& value = plan.values[x.value];
    CodeRange codes{-(-value.lo >> by), value.hi >> by};  // ends of a range may be rounded outwards
    Requantize step{x.value, 0, by, Round::trn, Overflow::sat, 0, false, codes.lo, codes.hi};
    return append(plan, std::move(step), std::move(codes), x.f - by);
}

}  // namespace dal::jit
