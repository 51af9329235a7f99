#include "dal/jit/lanes.hpp"

#include <algorithm>
#include <array>

#include "dal/support/check.hpp"
#include "dal/support/overloaded.hpp"

namespace dal::jit {
namespace {

/// One end of a range, dropped and rounded.
Int rounded_end(const Int& code, int drop, Round round) {
    if (drop == 0) return code;
    const Int half = Int::pow2(drop - 1);
    const bool negative = code.is_negative();
    switch (round) {
        case Round::trn: return code >> drop;
        case Round::trn_zero: return negative ? -(-code >> drop) : code >> drop;
        case Round::rnd: return (code + half) >> drop;
        case Round::rnd_min_inf: return (code + half - 1) >> drop;
        case Round::rnd_zero: return (negative ? code + half : code + half - 1) >> drop;
        case Round::rnd_inf: return (negative ? code + half - 1 : code + half) >> drop;
        case Round::rnd_conv: return (code + half - ((code >> drop).is_odd() ? 0 : 1)) >> drop;
    }
    internal_error("round", __FILE__, __LINE__, "no such rounding");
}

/// The largest integer that rounding makes of a code ≤ hi before it shifts.
Int before_shift(const Requantize& requantize, const Int& lo, const Int& hi) {
    if (requantize.drop == 0) return hi;
    const Int half = Int::pow2(requantize.drop - 1);
    switch (requantize.round) {
        case Round::trn: return hi;
        case Round::trn_zero: return lo.is_negative() ? max(hi, half * 2 - 1) : hi;  // added to negative codes only
        case Round::rnd:
        case Round::rnd_conv:
        case Round::rnd_zero:
        case Round::rnd_inf:
        case Round::rnd_min_inf: return max(hi + half, half);
    }
    internal_error("round", __FILE__, __LINE__, "no such rounding");
}

constexpr std::array<int, 4> vector_lanes{8, 16, 32, 64};

/// Unrolled, a term takes about 40 µs to compile.
constexpr int64_t most_unrolled_terms = 50'000;
/// Shorter sums are not worth a call.
constexpr size_t shortest_loop = 16;

/// The lane in which `user` computes with one of its values.
int wanted_lane(const Plan& plan, const Value& user, ValueId operand) {
    const int own = plan.values[operand].lane;
    return std::visit(Overloaded{
                          [&](const Load&) { return own; },
                          [&](const Linear&) { return user.lane; },
                          [&](const Product&) { return user.lane; },
                          [&](const Relu&) { return own; },
                          [&](const Abs&) { return own; },
                          [&](const Requantize& step) { return working_lane(step, plan.values[operand]); },
                          [&](const Extremum& pair) { return common_lane(plan, pair.a, pair.b).bits; },
                          [&](const Compare& pair) { return common_lane(plan, pair.a, pair.b).bits; },
                          [&](const Select& select) { return operand == select.condition ? own : user.lane; },
                          [&](const Bitwise&) { return user.lane; },
                          [&](const Lookup&) { return own; },
                      },
                      user.definition);
}

/// The widest lane in which a value can be made at no cost, if it needs no more than `value.lane`.
int free_lane(const Plan& plan, const Value& value) {
    return std::visit(Overloaded{
                          [&](const Load&) { return value.lane; },
                          [&](const Linear&) { return value.lane; },
                          // Its operands, each converted once, are fewer than products are. Multiplication of
                          // vectors of 64 bits is slow.
                          [&](const Product&) { return 32; },
                          [&](const Relu& relu) { return plan.values[relu.x].lane; },
                          [&](const Abs& abs) { return plan.values[abs.x].lane; },
                          [&](const Requantize& step) { return working_lane(step, plan.values[step.x]); },
                          [&](const Extremum& pair) { return common_lane(plan, pair.a, pair.b).bits; },
                          [&](const Compare& pair) { return common_lane(plan, pair.a, pair.b).bits; },
                          [&](const Select&) { return value.lane; },
                          [&](const Bitwise&) { return value.lane; },
                          [&](const Lookup&) { return 64; },
                      },
                      value.definition);
}

}  // namespace

int bits_of(const Int& lo, const Int& hi) {
    if (!lo.is_negative()) return static_cast<int>(hi.bit_length());
    const int64_t above = hi.is_negative() ? (-hi - 1).bit_length() : hi.bit_length();
    return static_cast<int>(1 + std::max((-lo - 1).bit_length(), above));
}

int lane_for(int bits) {
    for (const int lane : vector_lanes)
        if (bits <= lane) return lane;
    return (bits + 63) / 64 * 64;
}

CodeRange rounded_range(const Requantize& requantize, const Value& x) {
    return {rounded_end(x.lo << requantize.raise, requantize.drop, requantize.round),
            rounded_end(x.hi << requantize.raise, requantize.drop, requantize.round)};
}

bool has_headroom(const Requantize& requantize, const Value& x, int lane) {
    const Int lo = x.lo << requantize.raise;
    return bits_of(lo, before_shift(requantize, lo, x.hi << requantize.raise)) <= lane;
}

int working_lane(const Requantize& requantize, const Value& x) {
    const Int lo = x.lo << requantize.raise;
    const Int hi = x.hi << requantize.raise;
    // `rnd` can do without headroom, which is cheaper than wider lanes: ⌊(t + 1) / 2⌋ = ⌊t / 2⌋ + (t & 1)
    // with t = ⌊code / 2^(drop - 1)⌋.
    if (requantize.round == Round::rnd) return lane_for(bits_of(lo, hi));
    return lane_for(bits_of(lo, before_shift(requantize, lo, hi)));
}

CommonLane common_lane(const Plan& plan, const Operand& a, const Operand& b) {
    const CodeRange first = range_of(plan, a);
    const CodeRange second = range_of(plan, b);
    const Int& lo = min(first.lo, second.lo);
    return {lane_for(bits_of(lo, max(first.hi, second.hi))), !lo.is_negative()};
}

bool is_scalar(const Plan& plan, ValueId id) {
    const Value& value = plan.values[id];
    bool wide = value.lane > 64;
    for_each_operand(value.definition, [&](ValueId operand) { wide = wide || plan.values[operand].lane > 64; });
    const auto compares = [&](const auto& pair) { return common_lane(plan, pair.a, pair.b).bits > 64; };
    return wide || std::visit(Overloaded{
                                  [](const Load&) { return false; },
                                  [](const Linear&) { return false; },
                                  [](const Product&) { return false; },
                                  [](const Relu&) { return false; },
                                  [](const Abs&) { return false; },
                                  [&](const Requantize& step) { return working_lane(step, plan.values[step.x]) > 64; },
                                  [&](const Extremum& pair) { return compares(pair); },
                                  [&](const Compare& pair) { return compares(pair); },
                                  [](const Select&) { return false; },
                                  [](const Bitwise&) { return false; },
                                  [](const Lookup&) { return true; },
                              },
                              value.definition);
}

void choose_loops(Plan& plan) {
    int64_t terms = 0;
    for (const Value& value : plan.values)
        if (const auto* linear = std::get_if<Linear>(&value.definition))
            terms += static_cast<int64_t>(linear->terms.size());
    if (terms <= most_unrolled_terms) return;
    for (ValueId id = 0; id < plan.values.size(); ++id)
        if (auto* linear = std::get_if<Linear>(&plan.values[id].definition))
            linear->looped = linear->terms.size() >= shortest_loop && !is_scalar(plan, id);
}

void choose_lanes(Plan& plan) {
    // Users first: their lanes are what the values that they use are wanted in.
    std::vector<std::array<int, vector_lanes.size()>> wanted(plan.values.size());
    for (ValueId id = static_cast<ValueId>(plan.values.size()); id-- > 0;) {
        Value& value = plan.values[id];
        const auto most = std::max_element(wanted[id].begin(), wanted[id].end());
        value.stored_lane = value.lane;
        if (*most > 0 && !value.modular) {
            value.stored_lane = std::max(value.lane, vector_lanes[static_cast<size_t>(most - wanted[id].begin())]);
            value.lane = std::max(value.lane, std::min(value.stored_lane, free_lane(plan, value)));
        }
        if (is_scalar(plan, id)) continue;
        const auto* linear = std::get_if<Linear>(&value.definition);
        if (linear != nullptr && linear->looped) continue;  // reads any lane; the narrowest is the least memory
        for_each_operand(value.definition, [&](ValueId operand) {
            const auto lane = std::find(vector_lanes.begin(), vector_lanes.end(), wanted_lane(plan, value, operand));
            DAL_CHECK(lane != vector_lanes.end(), "a vector of wide integers");
            ++wanted[operand][static_cast<size_t>(lane - vector_lanes.begin())];
        });
    }
}

}  // namespace dal::jit
