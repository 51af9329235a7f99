// a < b is the sign of a - b. Three things make that cheaper. What the ranges decide is not computed. Below the grid of
// b the digits of a do not matter: a < b if and only if floor(a) < b. And with a constant it is a comparison of its own
// (`less`), which takes a fraction of a subtraction.
#include "dal/lower/choose.hpp"

#include <algorithm>
#include <optional>

#include "dal/circuit/range.hpp"
#include "dal/numeric/intersection.hpp"
#include "dal/support/check.hpp"

namespace dal {
namespace {

using circuit::Circuit;
using circuit::Kind;
using circuit::WireId;

class Comparison {
  public:
    Comparison(Circuit& circuit, uint32_t origin) : circuit_(circuit), origin_(origin) {}

    WireId sign(WireId x) {
        const Interval range = range_of(x);
        if (!range.lo().is_negative()) return truth(false);
        if (range.hi().is_negative()) return truth(true);
        const Kif kif = range.kif();
        return circuit_.shift(circuit_.slice(x, Kif(false, kif.i + 1, -kif.i), origin_), -kif.i, origin_);
    }

    /// a < b.
    WireId less(WireId a, WireId b) {
        const Interval x = range_of(a);
        const Interval y = range_of(b);
        if (x.max() < y.min()) return truth(true);
        if (a == b || y.max() <= x.min()) return truth(false);
        if (y.is_constant()) return circuit_.less(a, y.min(), origin_);
        // c < b unless b < c + step of b, with c rounded down to the grid of b.
        if (x.is_constant())
            return circuit_.bit_not(circuit_.less(b, floor(x.min(), y.f()) + step(y.f()), origin_), origin_);
        const WireId low = floor(a, y.f());
        return sign(circuit_.sub(low, b, 0, origin_));
    }

    WireId equal(WireId a, WireId b) {
        const Interval x = range_of(a);
        const Interval y = range_of(b);
        if (a == b) return truth(true);
        if (x.max() < y.min() || y.max() < x.min()) return truth(false);
        if (x.is_constant() && y.is_constant()) return truth(true);
        if (x.is_constant()) return equal(b, a);
        if (y.is_constant() && !x.contains(y.min())) return truth(false);
        return circuit_.bit_not(circuit_.any(circuit_.bitwise(Kind::bit_xor, a, b, origin_), origin_), origin_);
    }

  private:
    const Interval& range_of(WireId wire) const { return circuit_[wire].range; }
    WireId truth(bool value) { return circuit_.constant(value ? 1 : 0, origin_); }
    static Dyadic step(int64_t f) { return {1, -f}; }
    static Dyadic floor(const Dyadic& x, int64_t f) { return {Rational(x).floor_scaled(f), -f}; }

    /// x without its digits below 2^-f.
    WireId floor(WireId x, int64_t f) {
        const Interval range = range_of(x);
        if (range.f() <= f) return x;
        // -1 needs its sign even where the whole value lies below the grid.
        const Kif kif = range.kif();
        return circuit_.slice(x, Kif(kif.k, std::max<int>(kif.i, static_cast<int>(-f)), static_cast<int>(f)), origin_);
    }

    Circuit& circuit_;
    uint32_t origin_;
};

/// What is known of a value of which both hold.
Interval known(const Interval& natural, const Interval& range) {
    return intersection(natural, range).value_or(natural);
}

}  // namespace

WireId build_within(Circuit& circuit, WireId x, const Interval& range, uint32_t origin) {
    if (range.contains(circuit[x].range)) return x;
    const Interval both = known(circuit[x].range, range);
    return circuit.slice(x, both.kif(), origin, &both);
}

WireId build_sign(Circuit& circuit, WireId x, uint32_t origin) { return Comparison(circuit, origin).sign(x); }

WireId build_compare(Circuit& circuit, Relation relation, WireId a, WireId b, uint32_t origin) {
    Comparison comparison(circuit, origin);
    switch (relation) {
        case Relation::lt: return comparison.less(a, b);
        case Relation::le: return circuit.bit_not(comparison.less(b, a), origin);
        case Relation::eq: return comparison.equal(a, b);
        case Relation::ne: return circuit.bit_not(comparison.equal(a, b), origin);
    }
    internal_error("relation", __FILE__, __LINE__, "no such relation");
}

WireId build_min(Circuit& circuit, WireId a, WireId b, const Interval& range, uint32_t origin) {
    return build_select(circuit, build_compare(circuit, Relation::lt, b, a, origin), b, a, range, origin);
}

WireId build_max(Circuit& circuit, WireId a, WireId b, const Interval& range, uint32_t origin) {
    if (circuit[b].range.is_zero()) return build_relu(circuit, a, range, origin);
    if (circuit[a].range.is_zero()) return build_relu(circuit, b, range, origin);
    return build_select(circuit, build_compare(circuit, Relation::lt, a, b, origin), b, a, range, origin);
}

WireId build_abs(Circuit& circuit, WireId x, const Interval& range, uint32_t origin) {
    const Interval in = circuit[x].range;
    if (!in.lo().is_negative()) return build_within(circuit, x, range, origin);
    const WireId negative = circuit.sub(circuit.constant({}, origin), x, 0, origin);
    if (in.hi() <= Int(0)) return build_within(circuit, negative, range, origin);
    const Interval result = known(Interval(0, max(-in.lo(), in.hi()), in.f()), range);
    return circuit.mux(build_sign(circuit, x, origin), negative, x, origin, &result);
}

WireId build_relu(Circuit& circuit, WireId x, const Interval& range, uint32_t origin) {
    const Interval in = circuit[x].range;
    if (!in.lo().is_negative()) return x;
    if (in.hi() <= Int(0)) return circuit.constant({}, origin);
    const Interval result = known(in.relu(), range);
    const WireId negative = build_sign(circuit, x, origin);
    return circuit.mux(negative, circuit.constant({}, origin), x, origin, &result);
}

WireId build_select(Circuit& circuit, WireId condition, WireId if_true, WireId if_false, const Interval& range,
                    uint32_t origin) {
    const Interval chosen_by = circuit[condition].range;
    if (chosen_by.is_zero()) return build_within(circuit, if_false, range, origin);
    if (!chosen_by.contains(Dyadic(0))) return build_within(circuit, if_true, range, origin);
    if (if_true == if_false) return build_within(circuit, if_true, range, origin);
    const Interval result = known(circuit[if_true].range.hull(circuit[if_false].range), range);
    const WireId bit = circuit::is_condition(chosen_by) ? condition : circuit.any(condition, origin);
    // A condition that is the opposite of another needs no gate.
    if (const circuit::Operation from = circuit[bit]; from.kind == Kind::bit_not)
        return circuit.mux(from.a, if_false, if_true, origin, &result);
    return circuit.mux(bit, if_true, if_false, origin, &result);
}

}  // namespace dal
