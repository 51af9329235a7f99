// Three walks. Forward: how early each sum could be ready if its constant had the best place, and so how short the
// longest path can be. Backward: when each operation has to be ready for that. Forward: every constant gets the place
// of fewest bits among those in time, in a circuit that is built again.
#include "dal/circuit/passes/place_constants.hpp"

#include <algorithm>
#include <optional>

#include "dal/circuit/cost/cost.hpp"
#include "dal/circuit/passes/constant_sum.hpp"
#include "dal/circuit/passes/copy.hpp"
#include "dal/numeric/adder_bits.hpp"
#include "dal/support/check.hpp"

namespace dal::circuit {
namespace {

constexpr int64_t never = INT64_MAX / 2;
/// Adders under a sum that are looked at, so that long chains of sums with constants take linear time.
constexpr int most_looks = 256;

/// ±wire + constant.
struct Signed {
    WireId wire{};
    bool negated = false;
    Dyadic constant;
};

/// An adder with a constant moved into one of its operands: (t ± other·2^shift)·2^result_shift, or with the two in the
/// other order, t being the operand with its part of the constant.
struct Moved {
    Signed operand;
    WireId other{};
    bool operand_first = true;
    bool subtract = false;
    int shift = 0;
    int result_shift = 0;
};

class Place {
  public:
    explicit Place(const Circuit& from)
        : from_(from),
          wires_(from.size()),
          uses_(uses_through_shifts(from, std::vector<bool>(from.size(), true))),
          arrival_(from.size()),
          done_by_(from.size(), never) {
        set_arrivals();
        set_deadlines();
    }

    Circuit run() {
        const std::vector<bool> is_input = copy_inputs(from_, to_, wires_);
        for (const auto& table : from_.tables()) to_.add_table(table);
        for (size_t id = 0; id < from_.size(); ++id)
            if (!is_input[id]) wires_[id] = build(WireId(id));
        copy_outputs(from_, to_, wires_);
        return std::move(to_);
    }

  private:
    static size_t index(WireId wire) { return static_cast<size_t>(wire); }

    template <class Visit>
    static void each_operand(const Operation& x, Visit&& visit) {
        const WireId operands[] = {x.a, x.b, x.c};
        for (int j = 0; j < operand_count(x.kind); ++j) visit(operands[j]);
    }

    /// Whether a constant may move into the operands of this wire.
    [[nodiscard]] bool is_open(WireId wire) const {
        const Operation& x = from_[wire];
        return (x.kind == Kind::add || x.kind == Kind::sub) && !is_wrapped(x) && uses_[index(wire)] == 1;
    }

    /// The constant of ±adder + constant moved into the first or the second operand of the adder, or into what that is
    /// shifted from.
    [[nodiscard]] Moved moved_into(const Signed& sum, bool first) const {
        Moved moved = moved_into_operand(sum, first);
        const Operation& operand = from_[moved.operand.wire];
        if (operand.kind != Kind::shift) return moved;
        moved.operand.wire = operand.a;
        moved.operand.constant = moved.operand.constant.shifted(-operand.shift);
        moved.shift += moved.operand_first ? -operand.shift : operand.shift;
        if (moved.operand_first) moved.result_shift += operand.shift;
        return moved;
    }

    [[nodiscard]] Moved moved_into_operand(const Signed& sum, bool first) const {
        const Operation& x = from_[sum.wire];
        const bool minus = x.kind == Kind::sub;
        const Dyadic finer = sum.constant.shifted(-x.shift);
        if (!sum.negated) {
            if (first) return {{x.a, false, sum.constant}, x.b, true, minus, x.shift, 0};
            return {{x.b, false, minus ? -finer : finer}, x.a, false, minus, x.shift, 0};
        }
        // -(a - b·2^s) + c = (b - (a - c)·2^-s)·2^s = ((b + c·2^-s) - a·2^-s)·2^s
        if (minus && first) return {{x.a, false, -sum.constant}, x.b, false, true, -x.shift, x.shift};
        if (minus) return {{x.b, false, finer}, x.a, true, true, -x.shift, x.shift};
        // -(a + b·2^s) + c = (c - a) - b·2^s = ((c·2^-s - b) - a·2^-s)·2^s
        if (first) return {{x.a, true, sum.constant}, x.b, true, true, x.shift, 0};
        return {{x.b, true, finer}, x.a, true, true, -x.shift, x.shift};
    }

    // --- Time -----------------------------------------------------------------------------------

    /// The earliest that ±wire + constant can be ready.
    [[nodiscard]] int64_t soonest(WireId wire, int& looks) const {
        if (from_[wire].kind == Kind::shift) return soonest(from_[wire].a, looks);
        if (from_[wire].range.is_constant()) return 0;
        const int64_t here = arrival_[index(wire)] + adder_level;
        if (!is_open(wire) || --looks < 0) return here;
        const Operation& x = from_[wire];
        const int64_t into_a = std::max(soonest(x.a, looks), arrival_[index(x.b)]);
        const int64_t into_b = std::max(arrival_[index(x.a)], soonest(x.b, looks));
        return std::min(here, std::min(into_a, into_b) + delay(from_, wire));
    }

    void set_arrivals() {
        for (size_t id = 0; id < from_.size(); ++id) {
            const Operation& x = from_.operations()[id];
            int64_t& arrival = arrival_[id];
            int looks = most_looks;
            if (const auto sum = as_constant_sum(from_, x)) {
                arrival = soonest(sum->wire, looks);
            } else {
                each_operand(x, [&](WireId wire) { arrival = std::max(arrival, arrival_[index(wire)]); });
                arrival += delay(from_, WireId(id));
            }
        }
    }

    void set_deadlines() {
        int64_t end = 0;
        for (const int64_t arrival : arrival_) end = std::max(end, arrival);
        for (size_t id = 0; id < from_.size(); ++id)
            if (uses_[id] == 0) done_by_[id] = end;
        for (const OutputTensor& output : from_.outputs())
            for (const WireId wire : output.elements) done_by_[index(wire)] = end;
        for (const WireId wire : from_.kept()) done_by_[index(wire)] = end;
        for (size_t id = from_.size(); id-- > 0;) {
            const Operation& x = from_.operations()[id];
            if (const auto sum = as_constant_sum(from_, x)) {
                int looks = most_looks;
                reserve(sum->wire, done_by_[id], looks);
                continue;
            }
            const int64_t start = done_by_[id] - delay(from_, WireId(id));
            each_operand(x, [&](WireId wire) { need(wire, start); });
        }
    }

    void need(WireId wire, int64_t time) { done_by_[index(wire)] = std::min(done_by_[index(wire)], time); }

    /// Leaves time for the constant at the place where `soonest` put it.
    void reserve(WireId wire, int64_t time, int& looks) {
        if (from_[wire].kind == Kind::shift) {
            need(wire, time);
            return reserve(from_[wire].a, time, looks);
        }
        const int64_t here = arrival_[index(wire)] + adder_level;
        if (!is_open(wire) || --looks < 0) return need(wire, time - adder_level);
        const Operation& x = from_[wire];
        int looks_a = looks;
        const int64_t into_a = std::max(soonest(x.a, looks_a), arrival_[index(x.b)]);
        const int64_t into_b = std::max(arrival_[index(x.a)], soonest(x.b, looks_a));
        const int64_t start = time - delay(from_, wire);
        if (here <= std::min(into_a, into_b) + delay(from_, wire)) return need(wire, time - adder_level);
        need(wire, time);
        need(into_a <= into_b ? x.b : x.a, start);
        reserve(into_a <= into_b ? x.a : x.b, start, looks);
    }

    // --- Bits -----------------------------------------------------------------------------------

    struct Choice {
        int64_t bits = 0;
        std::vector<bool> into_first;  ///< the way down from the sum
    };

    [[nodiscard]] Interval range_of(const Signed& sum) const {
        const Interval& range = from_[sum.wire].range;
        return (sum.negated ? -range : range) + Interval::constant(sum.constant);
    }

    [[nodiscard]] int64_t arrival_in_to(WireId old) { return arrival_of(wires_[index(old)]); }
    [[nodiscard]] int64_t arrival_of(WireId wire) {
        for (size_t id = arrivals_.size(); id < to_.size(); ++id) {
            int64_t latest = 0;
            each_operand(to_.operations()[id], [&](WireId x) { latest = std::max(latest, arrivals_[index(x)]); });
            arrivals_.push_back(latest + delay(to_, WireId(id)));
        }
        return arrivals_[index(wire)];
    }

    /// The cheapest place that is ready in time. Bits of adders that are there anyway count as far as they change.
    std::optional<Choice> cheapest(const Signed& sum, int64_t time, int& looks) {
        const Operation& x = from_[sum.wire];
        if (x.range.is_constant()) return Choice{};
        std::optional<Choice> best;
        if (arrival_in_to(sum.wire) + adder_level <= time)
            best = Choice{adder_bits(Interval::constant(sum.constant), x.range, sum.negated), {}};
        if (!is_open(sum.wire) || --looks < 0) return best;
        const int64_t start = time - delay(from_, sum.wire);
        const int64_t bits_now = adder_bits(from_[x.a].range, from_[x.b].range.shifted(x.shift), x.kind == Kind::sub);
        for (const bool first : {true, false}) {
            const Moved moved = moved_into(sum, first);
            if (arrival_in_to(moved.other) > start) continue;
            std::optional<Choice> below = cheapest(moved.operand, start, looks);
            if (!below) continue;
            const Interval t = range_of(moved.operand);
            const Interval& other = from_[moved.other].range;
            below->bits += moved.operand_first ? adder_bits(t, other.shifted(moved.shift), moved.subtract)
                                               : adder_bits(other, t.shifted(moved.shift), moved.subtract);
            below->bits -= bits_now;
            if (best && best->bits <= below->bits) continue;
            below->into_first.push_back(first);
            best = std::move(below);
        }
        return best;
    }

    WireId build_sum(const Signed& sum, std::vector<bool>& way, const Interval& range, uint32_t origin) {
        if (way.empty()) {
            const WireId constant = to_.constant(sum.constant, origin);
            const WireId wire = wires_[index(sum.wire)];
            return sum.negated ? to_.sub(constant, wire, 0, origin, &range)
                               : to_.add(wire, constant, 0, origin, &range);
        }
        const Moved moved = moved_into(sum, way.back());
        way.pop_back();
        const WireId t = build_sum(moved.operand, way, range_of(moved.operand), from_[sum.wire].origin);
        const WireId other = wires_[index(moved.other)];
        const WireId a = moved.operand_first ? t : other;
        const WireId b = moved.operand_first ? other : t;
        const Interval inner = range.shifted(-moved.result_shift);
        const WireId result =
            moved.subtract ? to_.sub(a, b, moved.shift, origin, &inner) : to_.add(a, b, moved.shift, origin, &inner);
        return to_.shift(result, moved.result_shift, origin);
    }

    WireId build(WireId id) {
        const Operation& x = from_[id];
        if (const auto sum = as_constant_sum(from_, x); sum && is_open(sum->wire)) {
            const Signed inner{sum->wire, sum->negated, sum->constant.shifted(-sum->shift)};
            int looks = most_looks;
            std::optional<Choice> choice = cheapest(inner, done_by_[index(id)], looks);
            if (choice && !choice->into_first.empty()) {
                const WireId built = build_sum(inner, choice->into_first, x.range.shifted(-sum->shift), x.origin);
                return to_.shift(built, sum->shift, x.origin);
            }
        }
        return copy_operation(to_, x, wires_);
    }

    const Circuit& from_;
    Circuit to_;
    std::vector<WireId> wires_;  // of from_, in to_
    std::vector<uint32_t> uses_;
    std::vector<int64_t> arrival_;  // in from_, with every constant at its best place
    std::vector<int64_t> done_by_;
    std::vector<int64_t> arrivals_;  // in to_
};

}  // namespace

Circuit place_constants(const Circuit& circuit) {
    Circuit result = Place(circuit).run();
    // A sum with a constant may be a bit wider than without, and very wide adders take longer by the bit.
    if (report(result).delay <= report(circuit).delay) return result;
    return circuit;
}

}  // namespace dal::circuit
