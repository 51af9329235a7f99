#include "dal/jit/quantizers.hpp"

#include <algorithm>

#include "dal/jit/lanes.hpp"
#include "dal/numeric/quantize.hpp"
#include "dal/support/check.hpp"

namespace dal::jit {

Ref QuantizePlanner::load(size_t input, int64_t element, const Format& format, bool declared, const Interval& range) {
    const Ref ref = append(plan_, Load{}, codes_at(range, format.kif.f), format.kif.f);
    plan_.leaves.push_back({input, element, format, declared, ref.value});
    return ref;
}

Ref QuantizePlanner::quantize(const Ref& x, const Format& format, const Interval& range) {
    if (range.is_constant()) return constant_ref(range.min());
    const Kif& kif = format.kif;
    switch (x.kind) {
        case Ref::Kind::constant: return constant_ref({quantize_code(Rational(x.constant), format), -int64_t{kif.f}});
        case Ref::Kind::value: return requantize(x, format, range);
        case Ref::Kind::real: {
            const auto key = std::make_tuple(x.input, x.element, kif.k, kif.i, kif.f, format.round, format.overflow);
            const auto [known, is_new] = quantized_inputs_.try_emplace(key);
            if (is_new) known->second = load(x.input, x.element, format, false, range);
            return known->second;
        }
    }
    internal_error("ref", __FILE__, __LINE__, "no such kind of element");
}

Ref QuantizePlanner::requantize(const Ref& x, const Format& format, const Interval& range) {
    const Kif& kif = format.kif;
    Requantize step{x.value,     0,     std::max(x.f - kif.f, 0), format.round,  format.overflow,
                    kif.width(), kif.k, kif.min_code(),           kif.max_code()};
    if (format.overflow == Overflow::sat_sym) step.lo = kif.k ? -step.hi : Int(0);
    int f = kif.f;
    const Value& value = plan_.values[x.value];
    const int coarser = std::max(kif.f - x.f, 0);
    const Int lo_on_grid = -(-step.lo >> coarser);  // the limits, rounded inwards to the operand's grid
    const Int hi_on_grid = step.hi >> coarser;
    if (step.drop == 0 && lo_on_grid <= value.lo && value.hi <= hi_on_grid) return x;
    if (coarser > 0 && (format.overflow == Overflow::wrap || format.overflow == Overflow::sat_zero)) {
        f = x.f;  // the results are on the operand's grid: work there
        step.bits -= coarser;
        step.lo = lo_on_grid;
        step.hi = hi_on_grid;
    } else {
        // A limit may be off the operand's grid. Beyond width + 1 binary places every code but 0
        // saturates whatever the distance is.
        step.raise = std::min(coarser, kif.width() + 1);
    }
    if (step.drop > 0) {
        // |code| ≤ 2^(w-1) with w bits including a sign: dropping more than w + 1 bits rounds as
        // dropping w + 1 does, and floor needs no more than w - 1.
        const int w = bits_of(value.lo, value.hi) + (value.is_unsigned() ? 1 : 0);
        step.drop = std::min(step.drop, format.round == Round::trn ? std::max(w - 1, 0) : w + 1);
    }
    return append(plan_, std::move(step), codes_at(range, f), f);
}

}  // namespace dal::jit
