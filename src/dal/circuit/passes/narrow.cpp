// Two walks. Backward: which bits of each wire its users can see, as a window of weights. Forward: every operation is
// built again on the narrowed operands. The invariant between them: the new wire is the old value rounded down to some
// grid that is at least as fine as what is seen, up to a multiple of 2^top of the window; where the window holds the
// whole range the latter is no restriction.
#include "dal/circuit/passes/narrow.hpp"

#include <algorithm>
#include <optional>

#include "dal/circuit/passes/copy.hpp"
#include "dal/numeric/window.hpp"
#include "dal/support/check.hpp"

namespace dal::circuit {
namespace {

bool is_ring(Kind kind) { return kind == Kind::add || kind == Kind::sub || kind == Kind::mul; }

class Seen {
  public:
    explicit Seen(const Circuit& circuit) : circuit_(circuit), seen_(circuit.size()), live_(circuit.size()) {
        for (const OutputTensor& output : circuit.outputs())
            for (const WireId wire : output.elements) see(wire, every_bit);
        for (const WireId wire : circuit.kept()) see(wire, every_bit);
        for (size_t id = circuit.size(); id-- > 0;)
            if (live_[id]) pass_on(static_cast<WireId>(id));
    }
    [[nodiscard]] bool is_live(WireId wire) const { return live_[static_cast<size_t>(wire)]; }

    /// What is seen of a wire; of sums and products not more than they have, so that they can be computed modulo that.
    [[nodiscard]] Window of(WireId wire) const {
        Window window = seen_[static_cast<size_t>(wire)];
        const Operation& operation = circuit_[wire];
        window.fine = std::max(window.fine, fine_of_sign(operation.range, window.top));
        if (is_ring(operation.kind)) window.top = std::min(window.top, top_of(operation.range));
        return window;
    }

    /// Grid that an operand of a sum may be rounded down to.
    [[nodiscard]] int64_t fine_of_first(const Operation& sum, int64_t fine) const {
        return std::max(fine, fine_of_addend(circuit_[sum.b].range.shifted(sum.shift)));
    }
    [[nodiscard]] int64_t fine_of_second(const Operation& sum, int64_t fine) const {
        if (sum.kind == Kind::sub) return fine_of_subtrahend;
        return moved(std::max(fine, fine_of_addend(circuit_[sum.a].range)), sum.shift);
    }

    /// Grid that a slice rounds down to: its sign bit stays.
    [[nodiscard]] static int64_t fine_of_slice(const Operation& slice, const Window& window) {
        const int64_t fine = slice.slice.k ? std::max<int64_t>(window.fine, -int64_t{slice.slice.i}) : window.fine;
        return std::min<int64_t>(fine, slice.slice.f);
    }

    /// What an operand of a bitwise operation shows: less where the other one is a constant without bits there.
    [[nodiscard]] Window through(const Operation& bitwise, WireId other, Window window) const {
        const Interval& mask = circuit_[other].range;
        if (bitwise.kind != Kind::bit_and || !mask.is_constant() || mask.lo().is_negative()) return window;
        return {std::min(window.top, top_of(mask)), std::min<int64_t>(window.fine, mask.f())};
    }

  private:
    void see(WireId wire, const Window& window) {
        live_[static_cast<size_t>(wire)] = true;
        seen_[static_cast<size_t>(wire)].join(window);
    }

    void pass_on(WireId wire) {
        const Operation& x = circuit_[wire];
        const Window window = of(wire);
        switch (x.kind) {
            case Kind::input:
            case Kind::constant: return;
            case Kind::add:
            case Kind::sub:
                see(x.a, {window.top, fine_of_first(x, window.fine)});
                see(x.b, {moved(window.top, -x.shift), fine_of_second(x, window.fine)});
                return;
            case Kind::mul:
                see(x.a, {top_of_factor(window.top, circuit_[x.b].range.f()), Window::unbounded});
                see(x.b, {top_of_factor(window.top, circuit_[x.a].range.f()), Window::unbounded});
                return;
            case Kind::shift: see(x.a, before_shift(window, x.shift)); return;
            case Kind::slice: see(x.a, {std::min(window.top, top_of(x.slice)), fine_of_slice(x, window)}); return;
            case Kind::mux:
                see(x.a, every_bit);
                see(x.b, window);
                see(x.c, window);
                return;
            case Kind::bit_and:
            case Kind::bit_or:
            case Kind::bit_xor:
                see(x.a, through(x, x.b, window));
                see(x.b, through(x, x.a, window));
                return;
            case Kind::less:  // digits below those of the bound do not matter
                see(x.a, {Window::unbounded, circuit_[x.b].range.f()});
                see(x.b, every_bit);
                return;
            case Kind::bit_not:
            case Kind::any:
            case Kind::table: see(x.a, every_bit); return;
        }
        internal_error("kind", __FILE__, __LINE__, "no such kind of operation");
    }

    const Circuit& circuit_;
    std::vector<Window> seen_;
    std::vector<bool> live_;
};

/// The range of x rounded down to the grid 2^-fine.
Interval floor(const Interval& x, int64_t fine) {
    if (x.is_zero() || x.f() <= fine) return x;
    const int64_t dropped = x.f() - fine;
    return {x.lo() >> dropped, x.hi() >> dropped, static_cast<int>(fine)};
}

class Narrow {
  public:
    explicit Narrow(const Circuit& from) : from_(from), seen_(from), wires_(from.size()) {}

    Circuit run() {
        const std::vector<bool> is_input = copy_inputs(from_, to_, wires_);
        for (size_t id = 0; id < from_.size(); ++id)
            if (seen_.is_live(WireId(id)) && !is_input[id]) wires_[id] = build(WireId(id));
        copy_outputs(from_, to_, wires_);
        return std::move(to_);
    }

  private:
    static size_t index(WireId wire) { return static_cast<size_t>(wire); }
    [[nodiscard]] WireId at(WireId old) const { return wires_[index(old)]; }

    WireId build(WireId id) {
        const Operation& x = from_[id];
        const Window window = seen_.of(id);
        if (x.kind != Kind::constant && std::min<int64_t>(window.fine, x.range.f()) <= -window.top)
            return to_.constant({}, x.origin);
        switch (x.kind) {
            case Kind::input: break;
            case Kind::constant: return constant(x, window);
            case Kind::add:
            case Kind::sub: return sum(x, window);
            case Kind::mul: return wrapped(x, at(x.a), at(x.b), window, x.range);
            case Kind::shift: return to_.shift(at(x.a), x.shift, x.origin);
            case Kind::slice: return slice(x, window);
            case Kind::mux: {
                const WireId if_true = within(at(x.b), window, x);
                const WireId if_false = within(at(x.c), window, x);
                const Interval known = floor(x.range, window.fine);
                return to_.mux(at(x.a), if_true, if_false, x.origin, is_whole(x, window) ? &known : nullptr);
            }
            case Kind::bit_and:
            case Kind::bit_or:
            case Kind::bit_xor: {
                const WireId a = within(at(x.a), seen_.through(x, x.b, window), x);
                const WireId b = within(at(x.b), seen_.through(x, x.a, window), x);
                const Interval known = floor(x.range, window.fine);
                return to_.bitwise(x.kind, a, b, x.origin, is_whole(x, window) ? &known : nullptr);
            }
            case Kind::bit_not: return to_.bit_not(at(x.a), x.origin);
            case Kind::any: return to_.any(at(x.a), x.origin);
            case Kind::less: return to_.less(at(x.a), from_[x.b].range.min(), x.origin);
            case Kind::table: return to_.table(at(x.a), table_of(x.index), x.origin, &x.range);
        }
        internal_error("kind", __FILE__, __LINE__, "inputs are built first");
    }

    /// Whether the window has every high bit of the value, so that what is known of its range stays true.
    static bool is_whole(const Operation& x, const Window& window) { return top_of(x.range) <= window.top; }

    WireId constant(const Operation& x, const Window& window) {
        Interval value = floor(x.range, window.fine);
        if (top_of(value) > window.top) {
            const int f = value.f();
            const int64_t bits = window.top + f;
            if (bits <= 0) return to_.constant({}, x.origin);
            Int code = Int::floor_mod(value.lo(), Int::pow2(bits));
            if (code.bit(bits - 1)) code -= Int::pow2(bits);  // the residue with the fewest bits
            value = Interval(code, code, f);
        }
        return to_.constant(value.min(), x.origin);
    }

    WireId sum(const Operation& x, const Window& window) {
        const int64_t fine_a = seen_.fine_of_first(x, window.fine);
        const int64_t fine_b = seen_.fine_of_second(x, window.fine);
        const WireId a = cut(at(x.a), fine_a, x.origin);
        const WireId b = cut(at(x.b), fine_b, x.origin);
        // At most one of them loses bits: the result is then rounded down to the same grid.
        int64_t fine = Window::unbounded;
        if (from_[x.a].range.f() > fine_a) fine = fine_a;
        if (from_[x.b].range.f() > fine_b) fine = std::min(fine, moved(fine_b, -x.shift));
        return wrapped(x, a, b, window, floor(x.range, fine));
    }

    /// `known`: the range of the result if the window has all of its high bits.
    WireId wrapped(const Operation& x, WireId a, WireId b, const Window& window, const Interval& known) {
        const bool is_exact = window.top >= Window::unbounded || is_whole(x, window);
        const Interval& u = to_[a].range;
        const Interval v = to_[b].range.shifted(x.shift);
        const int64_t f = x.kind == Kind::mul ? int64_t{u.f()} + v.f()
                          : u.is_zero()       ? v.f()
                          : v.is_zero()       ? u.f()
                                              : std::max(u.f(), v.f());
        const Kif wrap = format_of(x, window.top, f);
        if (wrap.is_zero()) return to_.constant({}, x.origin);
        return to_.wrapped(x.kind, a, b, x.shift, wrap, x.origin, is_exact ? &known : nullptr);
    }

    /// 2^-f to 2^top, with a sign if the operation has one.
    static Kif format_of(const Operation& x, int64_t top, int64_t f) {
        const bool k = x.range.lo().is_negative();
        return {k, static_cast<int>(top) - (k ? 1 : 0), static_cast<int>(f)};
    }

    WireId slice(const Operation& x, const Window& window) {
        const int64_t top = top_of(x.slice);
        const auto f = static_cast<int>(Seen::fine_of_slice(x, window));
        if (window.top < top) return to_.slice(at(x.a), Kif(false, static_cast<int>(window.top), f), x.origin);
        const Interval known = floor(x.range, f);
        return to_.slice(at(x.a), Kif(x.slice.k, x.slice.i, f), x.origin, &known);
    }

    /// x without its digits below 2^-fine.
    WireId cut(WireId x, int64_t fine, uint32_t origin) {
        const Interval& range = to_[x].range;
        if (range.is_zero() || range.f() <= fine) return x;
        const Kif kif = range.kif();
        const auto f = static_cast<int>(fine);
        // -1 needs its sign even where the whole value lies below the grid.
        return to_.slice(x, Kif(kif.k, kif.k ? std::max(kif.i, -f) : kif.i, f), origin);
    }

    /// The bits of an operand that a window shows, with the sign of the operation that reads it.
    WireId within(WireId wire, const Window& window, const Operation& reader) {
        wire = cut(wire, window.fine, reader.origin);
        const Interval& range = to_[wire].range;
        if (range.is_zero() || window.top >= Window::unbounded) return wire;
        // Its high bits, the sign among them, may be others than those of the old value.
        return to_.slice(wire, format_of(reader, window.top, range.f()), reader.origin);
    }

    uint32_t table_of(uint32_t table) {
        tables_.resize(from_.tables().size());
        if (!tables_[table]) tables_[table] = to_.add_table(from_.tables()[table]);
        return *tables_[table];
    }

    const Circuit& from_;
    Circuit to_;
    Seen seen_;
    std::vector<WireId> wires_;  // of from_, in to_
    std::vector<std::optional<uint32_t>> tables_;
};

}  // namespace

Circuit narrow(const Circuit& circuit) { return Narrow(circuit).run(); }

}  // namespace dal::circuit
