// Two walks: forward, every operation is built again on simplified operands (the builder folds) unless an
// equal one exists; backward, what no output needs is left out.
#include "dal/circuit/passes/simplify.hpp"

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "dal/circuit/passes/constant_sum.hpp"
#include "dal/circuit/passes/copy.hpp"
#include "dal/circuit/range.hpp"
#include "dal/support/check.hpp"
#include "dal/support/hash.hpp"

namespace dal::circuit {
namespace {

/// An operation with its hash, which tables ask for more often than it is worth to compute.
struct Hashed {
    explicit Hashed(const Operation& x) : operation(x), hash(hash_of(x)) {}

    static size_t hash_of(const Operation& x) {
        auto h = static_cast<size_t>(x.kind);
        for (const WireId operand : {x.a, x.b, x.c}) h = add_to_hash(h, static_cast<size_t>(operand));
        h = add_to_hash(h, static_cast<size_t>(x.shift));
        h = add_to_hash(h, x.index);
        h = add_to_hash(h,
                        static_cast<size_t>(x.slice.i) * 31 + static_cast<size_t>(x.slice.f) * 2 + (x.slice.k ? 1 : 0));
        h = add_to_hash(h, x.range.lo().hash());
        h = add_to_hash(h, x.range.hi().hash());
        return add_to_hash(h, static_cast<size_t>(x.range.f()));
    }

    Operation operation;
    size_t hash;
};

struct KnownHash {
    size_t operator()(const Hashed& x) const noexcept { return x.hash; }
};

/// Equal but for where they came from.
struct Same {
    bool operator()(const Hashed& a, const Hashed& b) const noexcept {
        const Operation& x = a.operation;
        const Operation& y = b.operation;
        return a.hash == b.hash && x.kind == y.kind && x.a == y.a && x.b == y.b && x.c == y.c && x.shift == y.shift &&
               x.slice == y.slice && x.index == y.index && x.range == y.range;
    }
};

/// Which operations reach an output, or a wire that is kept.
std::vector<bool> live_operations(const Circuit& circuit) {
    std::vector<bool> live(circuit.size(), false);
    for (const OutputTensor& output : circuit.outputs())
        for (const WireId wire : output.elements) live[static_cast<size_t>(wire)] = true;
    for (const WireId wire : circuit.kept()) live[static_cast<size_t>(wire)] = true;
    for (size_t id = circuit.size(); id-- > 0;) {
        if (!live[id]) continue;
        const Operation& operation = circuit.operations()[id];
        const WireId operands[] = {operation.a, operation.b, operation.c};
        for (int j = 0; j < operand_count(operation.kind); ++j) live[static_cast<size_t>(operands[j])] = true;
    }
    return live;
}

/// Sums with constants, seen through other sums with constants that nobody else needs.
class Offsets {
  public:
    Offsets(const Circuit& circuit, const std::vector<bool>& live)
        : circuit_(circuit), uses_(uses_through_shifts(circuit, live)), offsets_(circuit.size()) {
        for (size_t id = 0; id < circuit.size(); ++id)
            if (live[id]) offsets_[id] = find(circuit.operations()[id]);
    }

    /// What takes the place of a sum; nothing where there is only one constant.
    [[nodiscard]] std::optional<ConstantSum> merged(size_t id) const {
        return offsets_[id] && offsets_[id]->is_merged ? std::optional<ConstantSum>(*offsets_[id]) : std::nullopt;
    }

  private:
    struct Found : ConstantSum {
        bool is_merged = false;
    };

    std::optional<Found> find(const Operation& operation) const {
        const auto sum = as_constant_sum(circuit_, operation);
        if (!sum) return std::nullopt;
        Found result{*sum};
        const auto& below = offsets_[static_cast<size_t>(sum->wire)];
        if (!below || uses_[static_cast<size_t>(sum->wire)] != 1) return result;
        const Dyadic moved = below->constant.shifted(sum->shift);
        result.constant = sum->constant + (sum->negated ? -moved : moved);
        result.wire = below->wire;
        result.shift = sum->shift + below->shift;
        result.negated = sum->negated != below->negated;
        result.is_merged = true;
        return result;
    }

    const Circuit& circuit_;
    std::vector<uint32_t> uses_;
    std::vector<std::optional<Found>> offsets_;
};

class Rebuild {
  public:
    explicit Rebuild(const Circuit& from) : from_(from), wires_(from.size()) {}

    /// Folds and shares.
    Circuit shared() {
        known_.reserve(from_.size());
        add_inputs();
        const std::vector<bool> live = live_operations(from_);
        const Offsets offsets(from_, live);
        for (size_t id = 0; id < from_.size(); ++id) {
            const Operation& operation = from_.operations()[id];
            if (operation.kind == Kind::input) continue;
            if (is_input_zero_[id]) {
                known_.try_emplace(Hashed(bare_constant(operation)), wires_[id]);
                continue;
            }
            if (!live[id]) continue;
            const auto merged = offsets.merged(id);
            wires_[id] = share(normal(merged ? sum_of(*merged, operation) : moved(operation)));
        }
        copy_outputs(from_, to_, wires_);
        return std::move(to_);
    }

    /// Leaves out what no output needs.
    Circuit swept() {
        const std::vector<bool> live = live_operations(from_);
        add_inputs();
        for (size_t id = 0; id < from_.size(); ++id) {
            const Operation& operation = from_.operations()[id];
            if (!live[id] || operation.kind == Kind::input || is_input_zero_[id]) continue;
            wires_[id] = build(moved(operation));
        }
        copy_outputs(from_, to_, wires_);
        return std::move(to_);
    }

  private:
    /// All inputs first, in their order; an input of the constant 0 brings its own constant.
    void add_inputs() {
        is_input_zero_ = copy_inputs(from_, to_, wires_);
        for (size_t id = 0; id < from_.size(); ++id) {
            if (from_[WireId(id)].kind == Kind::input) is_input_zero_[id] = false;
        }
    }

    /// The operation on wires and tables of to_.
    [[nodiscard]] Operation moved(Operation operation) {
        if (operation.kind == Kind::table) operation.index = table_of(operation.index);
        const int count = operand_count(operation.kind);
        operation.a = count > 0 ? wires_[static_cast<size_t>(operation.a)] : WireId{};
        operation.b = count > 1 ? wires_[static_cast<size_t>(operation.b)] : WireId{};
        operation.c = count > 2 ? wires_[static_cast<size_t>(operation.c)] : WireId{};
        return operation;
    }

    /// The wire of a normalized operation, built unless an equal one is there.
    WireId share(const Operation& normalized) {
        const Hashed key(normalized);
        const auto place = known_.find(key);
        if (place != known_.end()) return place->second;
        WireId built = build(normalized);
        // Folding may have made a constant that is there already.
        if (to_[built].kind == Kind::constant)
            built = known_.try_emplace(Hashed(bare_constant(to_[built])), built).first->second;
        known_.try_emplace(key, built);
        return built;
    }

    /// An operation of to_ in the place of `sum`.
    Operation sum_of(const ConstantSum& offset, const Operation& sum) {
        Operation result{.kind = offset.negated ? Kind::sub : Kind::add, .origin = sum.origin, .range = sum.range};
        const WireId constant =
            share({.kind = Kind::constant, .origin = sum.origin, .range = Interval::constant(offset.constant)});
        const WireId wire = wires_[static_cast<size_t>(offset.wire)];
        const bool wire_first = !offset.negated && offset.shift == 0;
        result.a = wire_first ? wire : constant;
        result.b = wire_first ? constant : wire;
        result.shift = offset.shift;
        return result;
    }

    /// One form of equal operations on wires of to_: a shifted operand absorbs the shift, and sums are ordered.
    [[nodiscard]] Operation normal(Operation result) const {
        if (result.kind == Kind::add || result.kind == Kind::sub) {
            const Operation& b = to_[result.b];
            if (b.kind == Kind::shift) {
                result.b = b.a;
                result.shift += b.shift;
            }
        }
        const bool commutes = (result.kind == Kind::add && result.shift == 0) || result.kind == Kind::bit_and ||
                              result.kind == Kind::bit_or || result.kind == Kind::bit_xor || result.kind == Kind::mul;
        if (commutes && result.b < result.a) std::swap(result.a, result.b);
        return result;
    }

    /// The position in to_ of a table of from_. Tables that no operation needs any more are left behind.
    uint32_t table_of(uint32_t index) {
        tables_.resize(from_.tables().size());
        auto& known = tables_[index];
        if (!known) known = to_.add_table(from_.tables()[index]);
        return *known;
    }

    static Operation bare_constant(const Operation& constant) {
        Operation result;
        result.origin = constant.origin;
        result.range = constant.range;
        return result;
    }

    WireId build(const Operation& x) {
        if (is_wrapped(x)) return to_.wrapped(x.kind, x.a, x.b, x.shift, x.slice, x.origin, &x.range);
        switch (x.kind) {
            case Kind::input: break;
            case Kind::constant: return to_.constant(x.range.min(), x.origin);
            case Kind::add:
                if (const auto wiring = sum_of_fields(x)) return *wiring;
                return to_.add(x.a, x.b, x.shift, x.origin, &x.range);
            case Kind::sub:
                if (const auto wiring = flipped_bit(x)) return *wiring;
                return to_.sub(x.a, x.b, x.shift, x.origin, &x.range);
            case Kind::shift: return to_.shift(x.a, x.shift, x.origin);
            case Kind::slice: return to_.slice(x.a, x.slice, x.origin, &x.range);
            case Kind::mux: return to_.mux(x.a, x.b, x.c, x.origin, &x.range);
            case Kind::bit_and:
            case Kind::bit_or:
            case Kind::bit_xor: return to_.bitwise(x.kind, x.a, x.b, x.origin, &x.range);
            case Kind::bit_not: return to_.bit_not(x.a, x.origin);
            case Kind::any: return to_.any(x.a, x.origin);
            case Kind::less: return to_.less(x.a, to_[x.b].range.min(), x.origin);
            case Kind::mul: return to_.mul(x.a, x.b, x.origin, &x.range);
            case Kind::table: return to_.table(x.a, x.index, x.origin, &x.range);
        }
        internal_error("kind", __FILE__, __LINE__, "inputs are built first");
    }

    /// A sum that needs no adder.
    std::optional<WireId> sum_of_fields(const Operation& add) {
        const Interval b = to_[add.b].range.shifted(add.shift);
        if (to_[add.a].range.is_zero() || b.is_zero()) return std::nullopt;
        if (!are_disjoint(to_[add.a].range, b)) return flipped_bit(add);
        return to_.bitwise(Kind::bit_or, add.a, to_.shift(add.b, add.shift, add.origin), add.origin, &add.range);
    }

    /// x ± 2^i where that inverts a bit and reads the others as they are: x + 2^i of -2^i ≤ x < 2^i, and
    /// x - 2^i of 0 ≤ x < 2^(i+1).
    std::optional<WireId> flipped_bit(const Operation& sum) {
        const bool minus = sum.kind == Kind::sub;
        const bool b_is_constant = to_[sum.b].range.is_constant();
        if (b_is_constant == to_[sum.a].range.is_constant() || (minus && !b_is_constant)) return std::nullopt;
        Dyadic constant = b_is_constant ? to_[sum.b].range.min().shifted(sum.shift) : to_[sum.a].range.min();
        if (minus) constant = -constant;
        const Interval range = b_is_constant ? to_[sum.a].range : to_[sum.b].range.shifted(sum.shift);
        const Int& mantissa = constant.mantissa();
        if ((mantissa != Int(1) && mantissa != Int(-1)) || -constant.exponent() > range.f()) return std::nullopt;
        const bool up = mantissa == Int(1);
        const Dyadic bit = up ? constant : -constant;
        if (range.min() < (up ? -bit : Dyadic()) || !(range.max() < (up ? bit : bit.shifted(1)))) return std::nullopt;
        const WireId x = b_is_constant ? sum.a : to_.shift(sum.b, sum.shift, sum.origin);
        const auto top = static_cast<int>(bit.exponent());
        const WireId field = up ? to_.slice(x, Kif(false, top + 1, range.f()), sum.origin) : x;
        const WireId flipped = to_.bitwise(Kind::bit_xor, field, to_.constant(bit, sum.origin), sum.origin);
        if (!up) return to_.slice(flipped, Kif(true, top, range.f()), sum.origin, &sum.range);
        return to_.slice(flipped, Kif(false, top + 1, range.f()), sum.origin, &sum.range);
    }

    const Circuit& from_;
    Circuit to_;
    std::vector<WireId> wires_;                                  // of from_, in to_
    std::vector<std::optional<uint32_t>> tables_;                // of from_, in to_
    std::unordered_map<Hashed, WireId, KnownHash, Same> known_;  // normalized
    std::vector<bool> is_input_zero_;                            // the constant that stands for an input without bits
};

}  // namespace

Circuit simplify(const Circuit& circuit) {
    const Circuit shared = Rebuild(circuit).shared();
    return Rebuild(shared).swept();
}

}  // namespace dal::circuit
