// Two walks: backward over users and the latest time at which each operation may be done, forward over the operations,
// which are built again. What is read of s = x + c are bits F … t-1 and the sign. With x = h·2^t + m·2^-F + r, where
// 0 ≤ m·2^-F < 2^t, 0 ≤ r < 2^-F, and c likewise, the carry from r is one bit, m and that carry and the middle of c are
// added, and s < 0 if and only if h + (high part of c) + (carry out of the middle) < 0.
#include "dal/circuit/passes/shorten.hpp"

#include <algorithm>
#include <optional>

#include "dal/circuit/cost/cost.hpp"
#include "dal/circuit/passes/constant_sum.hpp"
#include "dal/circuit/passes/copy.hpp"
#include "dal/numeric/window.hpp"
#include "dal/support/check.hpp"

namespace dal::circuit {
namespace {

constexpr int most_index_bits = 7;  // of a table: one LUT, or two
constexpr int64_t never = INT64_MAX / 2;

/// The slice that is the sign of a value.
Kif sign_bit(const Kif& kif) { return {false, kif.i + 1, -kif.i}; }
int top_bit(const Kif& kif) { return static_cast<int>(top_of(kif)); }
Dyadic power(int64_t exponent) { return {1, exponent}; }

/// What the users of a sum read: slices, one or more of them the sign.
struct Reads {
    bool only_slices = true;
    bool sign = false;
    bool bits = false;
    int top = INT32_MIN;  ///< of the slices that are not the sign
    int fine = INT32_MIN;
    int64_t sign_by = never;  ///< when they must be done
    int64_t bits_by = never;
};

class Shorten {
  public:
    explicit Shorten(const Circuit& from) : from_(from), reads_(from.size()), wires_(from.size()), signs_(from.size()) {
        read();
    }

    Circuit run() {
        const std::vector<bool> is_input = copy_inputs(from_, to_, wires_);
        for (const auto& table : from_.tables()) to_.add_table(table);
        for (size_t id = 0; id < from_.size(); ++id)
            if (!is_input[id]) build(WireId(id));
        copy_outputs(from_, to_, wires_);
        return std::move(to_);
    }

  private:
    static size_t index(WireId wire) { return static_cast<size_t>(wire); }

    void read() {
        const int64_t end = report(from_).delay;
        std::vector<int64_t> done_by(from_.size(), never);
        const auto read_whole = [&](WireId wire) {
            done_by[index(wire)] = end;
            reads_[index(wire)].only_slices = false;
        };
        for (const OutputTensor& output : from_.outputs())
            for (const WireId wire : output.elements) read_whole(wire);
        for (const WireId wire : from_.kept()) read_whole(wire);
        for (size_t id = from_.size(); id-- > 0;) {
            const Operation& x = from_.operations()[id];
            const WireId operands[] = {x.a, x.b, x.c};
            const int64_t start = done_by[id] == never ? never : done_by[id] - delay(from_, WireId(id));
            for (int j = 0; j < operand_count(x.kind); ++j) {
                int64_t& before = done_by[index(operands[j])];
                before = std::min(before, start);
                note(x, reads_[index(operands[j])], from_[operands[j]].range.kif(), start);
            }
        }
    }

    static void note(const Operation& user, Reads& reads, const Kif& kif, int64_t by) {
        if (user.kind != Kind::slice) {
            reads.only_slices = false;
        } else if (kif.k && user.slice == sign_bit(kif)) {
            reads.sign = true;
            reads.sign_by = std::min(reads.sign_by, by);
        } else {
            reads.bits = true;
            reads.top = std::max(reads.top, top_bit(user.slice));
            reads.fine = std::max(reads.fine, user.slice.f);
            reads.bits_by = std::min(reads.bits_by, by);
        }
    }

    int64_t half_luts_since(size_t first) const {
        int64_t sum = 0;
        for (size_t id = first; id < to_.size(); ++id) sum += half_luts(to_, WireId(id));
        return sum;
    }

    int64_t arrival(WireId wire) {
        for (size_t id = arrivals_.size(); id < to_.size(); ++id) {
            const Operation& x = to_.operations()[id];
            const WireId operands[] = {x.a, x.b, x.c};
            int64_t latest = 0;
            for (int j = 0; j < operand_count(x.kind); ++j) latest = std::max(latest, arrivals_[index(operands[j])]);
            arrivals_.push_back(latest + delay(to_, WireId(id)));
        }
        return arrivals_[index(wire)];
    }

    void build(WireId id) {
        const Operation& x = from_[id];
        if (const auto sum = as_constant_sum(from_, x)) {
            // What does not pay is built for nothing, and left to be removed.
            const size_t before = to_.size();
            if (try_sum(id, x, *sum) && half_luts_since(before) <= half_luts(from_, id)) return;
            signs_[index(id)].reset();
        }
        if (x.kind == Kind::slice && signs_[index(x.a)]) {
            const Kif kif = from_[x.a].range.kif();
            if (kif.k && x.slice == sign_bit(kif)) {
                wires_[index(id)] = to_.shift(*signs_[index(x.a)], kif.i, x.origin);
                return;
            }
        }
        wires_[index(id)] = copy_operation(to_, x, wires_);
    }

    /// Replaces a sum if that is in time; its users find the low bits in wires_ and the sign in signs_.
    bool try_sum(WireId id, const Operation& x, const ConstantSum& sum) {
        const Reads& reads = reads_[index(id)];
        if (!reads.only_slices || !reads.bits) return false;
        const Kif whole = x.range.kif();
        const WireId operand = wires_[index(sum.wire)];
        const Interval range = to_[operand].range.shifted(sum.shift);
        const int grid = range.f();
        if (range.is_constant() || reads.fine > grid || reads.top > top_bit(whole) || x.range.width() > 32)
            return false;
        const Interval flipped = -range - Interval::constant(power(-grid));
        const Interval in = sum.negated ? flipped : range;
        // -x = ~x + the last digit. Digits of the constant below the grid of x carry nothing.
        const Dyadic floored(Rational(sum.constant + (sum.negated ? power(-grid) : Dyadic())).floor_scaled(grid),
                             -int64_t{grid});
        const int last = floored.is_zero()
                             ? reads.fine
                             : static_cast<int>(std::clamp<int64_t>(-floored.exponent(), reads.fine, grid));
        const int carry_bits = last - reads.fine;
        const int top = std::max(reads.top, 1 - reads.fine);
        const int high_bits = top_bit(in.kif()) - top;
        const bool cuts_low = carry_bits > 0 && carry_bits <= most_index_bits;
        const bool cuts_high = reads.sign && high_bits > 0 && high_bits < most_index_bits && top_bit(whole) - top >= 2;
        const int64_t start = arrival(operand);
        const auto in_time = [&](bool low, bool high) {
            const int64_t bits = start + (low && carry_bits > 1 ? lut_level : 0) + adder_level;
            return bits <= reads.bits_by && (!reads.sign || bits + (high ? lut_level : 0) <= reads.sign_by);
        };
        bool low = cuts_low;
        bool high = cuts_high;
        if (!in_time(low, high)) {
            if (high && in_time(false, true))
                low = false;
            else if (in_time(low, false))
                high = false;
            else
                low = high = false;
        }
        if (!low && !high) return false;
        WireId wire = to_.shift(operand, sum.shift, x.origin);
        if (sum.negated) wire = to_.bitwise(Kind::bit_xor, wire, to_.constant(-power(-grid), x.origin), x.origin);
        const int fine = low ? reads.fine : std::max(last, reads.fine);
        // Bits from `fine` up, and what is carried into them.
        const Int rounded = Rational(floored).floor_scaled(fine);
        const Dyadic rest = floored - Dyadic(rounded, -int64_t{fine});
        const WireId carry = low ? carry_of(wire, rest, fine, last, x.origin) : WireId{};
        if (!high) {
            const Kif kept = to_[wire].range.kif();
            const WireId cut = to_.slice(wire, Kif(kept.k, kept.k ? std::max(kept.i, -fine) : kept.i, fine), x.origin);
            wires_[index(id)] = plus(cut, rounded, fine, low ? &carry : nullptr, x.origin);
            if (reads.sign) {
                const WireId s = wires_[index(id)];
                const Kif kif = to_[s].range.kif();
                signs_[index(id)] = kif.k ? to_.shift(to_.slice(s, sign_bit(kif), x.origin), -kif.i, x.origin)
                                          : to_.constant({}, x.origin);
            }
            return true;
        }
        const int64_t width = int64_t{top} + fine;
        const Int middle = Int::floor_mod(rounded, Int::pow2(width));
        const Int above = rounded >> width;
        const WireId cut = to_.slice(wire, Kif(false, top, fine), x.origin);
        const WireId bits = plus(cut, middle, fine, low ? &carry : nullptr, x.origin);
        const WireId out = to_.shift(to_.slice(bits, Kif(false, top + 1, -top), x.origin), -top, x.origin);
        wires_[index(id)] = bits;
        signs_[index(id)] = sign_of(wire, top, above, out, x.origin);
        return true;
    }

    /// x + code·2^-fine, and one more where `carry` is set.
    WireId plus(WireId x, const Int& code, int fine, const WireId* carry, uint32_t origin) {
        WireId constant = to_.constant({code, -int64_t{fine}}, origin);
        if (carry != nullptr)
            constant = to_.mux(*carry, to_.constant({code + 1, -int64_t{fine}}, origin), constant, origin);
        return to_.add(x, constant, 0, origin);
    }

    /// Whether the digits of x below 2^-fine and `rest`, which has none below 2^-last, reach 2^-fine.
    WireId carry_of(WireId x, const Dyadic& rest, int fine, int last, uint32_t origin) {
        const WireId digits = to_.shift(to_.slice(x, Kif(false, -fine, last), origin), last, origin);
        const int64_t count = int64_t{1} << (last - fine);
        const Int added = Rational(rest).floor_scaled(last);
        Table table{.first = 0, .f = 0, .entries = {}, .entry_f = 0};
        for (int64_t n = 0; n < count; ++n) table.entries.emplace_back(Int(n) + added >= Int(count) ? 1 : 0);
        return to_.table(digits, to_.add_table(std::make_shared<const Table>(std::move(table))), origin);
    }

    /// Whether (bits of x from 2^top up) + above + carry is negative.
    WireId sign_of(WireId x, int top, const Int& above, WireId carry, uint32_t origin) {
        const Kif kif = to_[x].range.kif();
        const WireId high = to_.shift(to_.slice(x, Kif(kif.k, std::max(kif.i, top), -top), origin), 1 - top, origin);
        const WireId both = to_.bitwise(Kind::bit_or, high, carry, origin);
        const Interval range = to_[both].range;
        Table table{.first = range.lo_at(0), .f = 0, .entries = {}, .entry_f = 0};
        for (Int n = table.first; n <= range.hi_at(0); n += 1)
            table.entries.emplace_back(((n >> 1) + above + (n.bit(0) ? 1 : 0)).is_negative() ? 1 : 0);
        return to_.table(both, to_.add_table(std::make_shared<const Table>(std::move(table))), origin);
    }

    const Circuit& from_;
    Circuit to_;
    std::vector<Reads> reads_;
    std::vector<WireId> wires_;                 // of from_, in to_
    std::vector<std::optional<WireId>> signs_;  // of a sum that was replaced: {0, 1}
    std::vector<int64_t> arrivals_;
};

}  // namespace

Circuit shorten(const Circuit& circuit) { return Shorten(circuit).run(); }

}  // namespace dal::circuit
