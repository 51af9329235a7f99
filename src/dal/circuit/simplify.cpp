// Two walks: forward, every operation is built again on simplified operands (the builder folds) unless an
// equal one exists; backward, what no output needs is left out.
#include "dal/circuit/simplify.hpp"

#include <algorithm>
#include <unordered_map>

#include "dal/support/check.hpp"

namespace dal::circuit {
namespace {

size_t mix(size_t seed, size_t value) { return (seed ^ value) * 0x9E3779B97F4A7C15U + (seed >> 29); }

struct SameHash {
    size_t operator()(const Operation& x) const noexcept {
        size_t h = static_cast<size_t>(x.kind);
        for (const WireId operand : {x.a, x.b, x.c}) h = mix(h, static_cast<size_t>(operand));
        h = mix(h, static_cast<size_t>(x.shift));
        h = mix(h, static_cast<size_t>(x.slice.i) * 31 + static_cast<size_t>(x.slice.f) * 2 + (x.slice.k ? 1 : 0));
        h = mix(h, x.range.lo().hash());
        h = mix(h, x.range.hi().hash());
        return mix(h, static_cast<size_t>(x.range.f()));
    }
};

/// Equal but for where they came from.
struct Same {
    bool operator()(const Operation& x, const Operation& y) const noexcept {
        return x.kind == y.kind && x.a == y.a && x.b == y.b && x.c == y.c && x.shift == y.shift && x.slice == y.slice &&
               x.range == y.range;
    }
};

class Rebuild {
  public:
    explicit Rebuild(const Circuit& from) : from_(from), wires_(from.size()) {
        for (const Origin& origin : from.origins()) to_.add_origin(origin);
        for (const InputTensor& tensor : from.input_tensors()) to_.add_input_tensor(tensor);
    }

    /// Folds and shares.
    Circuit shared() {
        std::unordered_map<Operation, WireId, SameHash, Same> known;
        known.reserve(from_.size());
        add_inputs();
        for (size_t id = 0; id < from_.size(); ++id) {
            if (from_.operations()[id].kind == Kind::input) continue;
            if (is_input_zero_[id]) {
                known.try_emplace(bare_constant(from_.operations()[id]), wires_[id]);
                continue;
            }
            const Operation normalized = normal(from_.operations()[id]);
            const auto place = known.find(normalized);
            if (place != known.end()) {
                wires_[id] = place->second;
                continue;
            }
            WireId built = build(normalized);
            // Folding may have made a constant that is there already.
            if (to_[built].kind == Kind::constant)
                built = known.try_emplace(bare_constant(to_[built]), built).first->second;
            known.try_emplace(normalized, built);
            wires_[id] = built;
        }
        add_outputs();
        return std::move(to_);
    }

    /// Leaves out what no output needs.
    Circuit swept() {
        std::vector<bool> live(from_.size(), false);
        for (const OutputTensor& output : from_.outputs())
            for (const WireId wire : output.elements) live[static_cast<size_t>(wire)] = true;
        for (size_t id = from_.size(); id-- > 0;) {
            if (!live[id]) continue;
            const Operation& operation = from_.operations()[id];
            const WireId operands[] = {operation.a, operation.b, operation.c};
            for (int j = 0; j < operand_count(operation.kind); ++j) live[static_cast<size_t>(operands[j])] = true;
        }
        add_inputs();
        for (size_t id = 0; id < from_.size(); ++id) {
            const Operation& operation = from_.operations()[id];
            if (!live[id] || operation.kind == Kind::input || is_input_zero_[id]) continue;
            wires_[id] = build(moved(operation));
        }
        add_outputs();
        return std::move(to_);
    }

  private:
    /// All inputs first, in their order; an input of the constant 0 brings its own constant.
    void add_inputs() {
        is_input_zero_.assign(from_.size(), false);
        for (const Input& input : from_.inputs()) {
            const auto id = static_cast<size_t>(input.wire);
            wires_[id] =
                to_.input(input.tensor, input.element, input.format, input.declared, from_.operations()[id].origin);
            is_input_zero_[id] = from_.operations()[id].kind == Kind::constant;
        }
    }

    void add_outputs() {
        for (const OutputTensor& output : from_.outputs()) {
            OutputTensor copy = output;
            for (WireId& wire : copy.elements) wire = wires_[static_cast<size_t>(wire)];
            to_.add_output(std::move(copy));
        }
    }

    [[nodiscard]] Operation moved(Operation operation) const {
        const int count = operand_count(operation.kind);
        operation.a = count > 0 ? wires_[static_cast<size_t>(operation.a)] : WireId{};
        operation.b = count > 1 ? wires_[static_cast<size_t>(operation.b)] : WireId{};
        operation.c = count > 2 ? wires_[static_cast<size_t>(operation.c)] : WireId{};
        return operation;
    }

    /// One form of equal operations: a shifted operand absorbs the shift, and sums are ordered.
    [[nodiscard]] Operation normal(const Operation& operation) const {
        Operation result = moved(operation);
        if (result.kind == Kind::add || result.kind == Kind::sub) {
            const Operation& b = to_[result.b];
            if (b.kind == Kind::shift) {
                result.b = b.a;
                result.shift += b.shift;
            }
        }
        const bool commutes = (result.kind == Kind::add && result.shift == 0) || result.kind == Kind::bit_and ||
                              result.kind == Kind::bit_or || result.kind == Kind::bit_xor;
        if (commutes && result.b < result.a) std::swap(result.a, result.b);
        return result;
    }

    static Operation bare_constant(const Operation& constant) {
        Operation result;
        result.origin = constant.origin;
        result.range = constant.range;
        return result;
    }

    WireId build(const Operation& x) {
        switch (x.kind) {
            case Kind::input: break;
            case Kind::constant: return to_.constant(x.range.min(), x.origin);
            case Kind::add: return to_.add(x.a, x.b, x.shift, x.origin, &x.range);
            case Kind::sub: return to_.sub(x.a, x.b, x.shift, x.origin, &x.range);
            case Kind::shift: return to_.shift(x.a, x.shift, x.origin);
            case Kind::slice: return to_.slice(x.a, x.slice, x.origin, &x.range);
            case Kind::mux: return to_.mux(x.a, x.b, x.c, x.origin, &x.range);
            case Kind::bit_and:
            case Kind::bit_or:
            case Kind::bit_xor: return to_.bitwise(x.kind, x.a, x.b, x.origin, &x.range);
            case Kind::bit_not: return to_.bit_not(x.a, x.origin);
            case Kind::any: return to_.any(x.a, x.origin);
        }
        internal_error("kind", __FILE__, __LINE__, "inputs are built first");
    }

    const Circuit& from_;
    Circuit to_;
    std::vector<WireId> wires_;        // of from_, in to_
    std::vector<bool> is_input_zero_;  // the constant that stands for an input without bits
};

}  // namespace

Circuit simplify(const Circuit& circuit) {
    const Circuit shared = Rebuild(circuit).shared();
    return Rebuild(shared).swept();
}

}  // namespace dal::circuit
