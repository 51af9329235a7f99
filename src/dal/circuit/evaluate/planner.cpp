#include <algorithm>
#include <bit>
#include <cstring>
#include <map>
#include <optional>
#include <tuple>

#include "dal/circuit/evaluate/plan.hpp"
#include "dal/circuit/range.hpp"
#include "dal/support/check.hpp"

namespace dal::circuit {
namespace {

Lane lane_of(const Interval& range) {
    const auto bits = range.width() + (range.lo().is_negative() ? 0 : 1);
    return bits <= 16 ? Lane::i16 : bits <= 32 ? Lane::i32 : bits <= 64 ? Lane::i64 : Lane::wide;
}
constexpr int lane_bits(Lane lane) { return lane == Lane::i16 ? 16 : lane == Lane::i32 ? 32 : 64; }

/// Words of two's complement that hold the codes.
int words_of(const Interval& range) { return (range.width() + (range.lo().is_negative() ? 0 : 1) + 63) / 64; }

/// Makes the plan of one circuit.
class Planner {
  public:
    Planner(const Circuit& circuit, Plan& plan)
        : circuit_(circuit), plan_(plan), roots_(circuit.size()), slots_(circuit.size()), readers_(circuit.size()) {}

    void run() {
        find_roots();
        count_readers();
        for (const OutputTensor& output : circuit_.outputs()) add_tensor(output);
        for (size_t id = 0; id < circuit_.size(); ++id)
            if (circuit_.operations()[id].kind == Kind::constant && readers_[id] > 0) place_constant(id);
        for (const Input& input : circuit_.inputs()) plan_.input_f.push_back(circuit_[input.wire].range.f());
        for (size_t id = 0; id < circuit_.size(); ++id) {
            const Operation& operation = circuit_.operations()[id];
            if (roots_[id] != id || readers_[id] == 0) continue;
            if (operation.kind != Kind::constant) add_operation(id);
            write_outputs(id);
        }
        plan_.arena_bytes = end_;
        plan_.scratch_words = std::max<size_t>(plan_.scratch_words, 1) * 3;
    }

  private:
    const Operation& at(size_t id) const { return circuit_.operations()[id]; }
    const Interval& range(size_t id) const { return circuit_.operations()[id].range; }

    void find_roots() {
        const std::vector<WireId> roots = code_roots(circuit_);
        for (size_t id = 0; id < circuit_.size(); ++id) roots_[id] = static_cast<size_t>(roots[id]);
    }

    template <class Visit>
    void each_operand(size_t id, Visit&& visit) const {
        const WireId operands[] = {at(id).a, at(id).b, at(id).c};
        // NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): an operation has as many operands as its kind
        for (int j = 0; j < operand_count(at(id).kind); ++j) visit(roots_[static_cast<size_t>(operands[j])]);
    }

    /// Backward, so that what nobody reads is not computed; readers are of the roots.
    void count_readers() {
        for (const OutputTensor& output : circuit_.outputs())
            for (const WireId wire : output.elements) ++readers_[roots_[static_cast<size_t>(wire)]];
        for (size_t id = circuit_.size(); id-- > 0;)
            if (roots_[id] == id && readers_[id] > 0) each_operand(id, [&](size_t operand) { ++readers_[operand]; });
    }

    void add_tensor(const OutputTensor& output) {
        OutputTensor copy = output;
        const bool own = copy.ranges.empty();
        for (size_t e = 0; e < copy.elements.size(); ++e) {
            const auto id = static_cast<size_t>(copy.elements[e]);
            if (own) copy.ranges.push_back(range(id));
            const int64_t shift = range(id).is_zero() ? 0 : copy.ranges[e].f() - range(id).f();
            waiting_.emplace(roots_[id], OutputStep{plan_.tensors.size(), static_cast<int64_t>(e), {}, shift});
        }
        plan_.tensors.push_back(std::move(copy));
    }

    void write_outputs(size_t id) {
        const auto [begin, end] = waiting_.equal_range(id);
        for (auto it = begin; it != end; ++it) {
            it->second.slot = slots_[id];
            act(Do::output, plan_.outputs.size());
            plan_.outputs.push_back(it->second);
            release(id);
        }
    }

    // --- Slots ----------------------------------------------------------------------------------

    /// One that nothing used before: constants are written once and stay.
    Slot fresh_slot(const Interval& for_range) {
        const Slot slot{end_, lane_of(for_range), words_of(for_range)};
        end_ += slot_bytes(slot);
        return slot;
    }

    Slot new_slot(const Interval& for_range) {
        Slot slot{0, lane_of(for_range), words_of(for_range)};
        std::vector<size_t>& free = free_[slot_bytes(slot)];
        if (free.empty()) return fresh_slot(for_range);
        slot.offset = free.back();
        free.pop_back();
        return slot;
    }

    void release(size_t id) {
        if (--readers_[id] == 0 && at(id).kind != Kind::constant)
            free_[slot_bytes(slots_[id])].push_back(slots_[id].offset);
    }

    void place_constant(size_t id) {
        const auto [known, fresh] = constants_.try_emplace(range(id).lo());
        if (fresh) {
            known->second = fresh_slot(range(id));
            plan_.constants.push_back({known->second, range(id).lo()});
        }
        slots_[id] = known->second;
    }

    /// The constant 1, for not.
    Slot one() {
        const auto [known, fresh] = constants_.try_emplace(Int(1));
        if (fresh) {
            known->second = fresh_slot(Interval(1, 1, 0));
            plan_.constants.push_back({known->second, 1});
        }
        return known->second;
    }

    // --- Operations -----------------------------------------------------------------------------

    void act(Do what, size_t index) { plan_.actions.push_back({what, static_cast<uint32_t>(index)}); }

    void add_operation(size_t id) {
        const Operation& operation = at(id);
        WideStep step{.kind = operation.kind, .r = {}, .a = {}, .b = {}, .c = {}};
        describe_operands(operation, step);
        each_operand(id, [&](size_t operand) { release(operand); });
        slots_[id] = step.r = new_slot(operation.range);
        add_step(operation, step);
        if (is_wrapped(operation)) add_wrap(operation, step.r);
    }

    /// Keeps the bits of an operation that is computed modulo a power of two: in its slot, which has them all.
    void add_wrap(const Operation& operation, const Slot& slot) {
        WideStep step{.kind = Kind::slice, .r = slot, .a = slot, .b = {}, .c = {}};
        step.is_signed = operation.slice.k;
        step.bits = int64_t{operation.slice.k ? 1 : 0} + operation.slice.i + operation.range.f();
        const int64_t capacity = slot.lane == Lane::wide ? int64_t{64} * slot.words : lane_bits(slot.lane);
        if (step.bits >= capacity) return;  // the slot has wrapped it
        Operation slice{.kind = Kind::slice, .slice = operation.slice, .origin = operation.origin};
        slice.range = operation.range;
        add_step(slice, step);
    }

    void add_step(const Operation& operation, WideStep& step) {
        if (operation.kind == Kind::input) {
            act(Do::input, plan_.inputs.size());
            plan_.inputs.push_back({operation.index, step.r});
        } else if (const auto narrow = as_narrow(operation, step)) {
            act(Do::narrow, plan_.narrow.size());
            plan_.narrow.push_back(*narrow);
        } else {
            DAL_CHECK(operation.kind != Kind::bit_not, "not is never wide");
            step.words = static_cast<size_t>(wide_words(operation, step));
            plan_.scratch_words = std::max(plan_.scratch_words, step.words);
            act(Do::wide, plan_.wide.size());
            plan_.wide.push_back(step);
        }
    }

    /// Slots and shifts: operands at a common binary point, the result at its own.
    void describe_operands(const Operation& operation, WideStep& step) {
        const auto slot = [&](WireId wire) { return slots_[roots_[static_cast<size_t>(wire)]]; };
        const auto f_of = [&](WireId wire) { return int64_t{circuit_[wire].range.f()}; };
        const auto is_zero = [&](WireId wire) { return circuit_[wire].range.is_zero(); };
        const int64_t f = operation.range.f();
        switch (operation.kind) {
            case Kind::input:
            case Kind::constant:
            case Kind::shift: return;
            case Kind::add:
            case Kind::sub: {
                step.a = slot(operation.a);
                step.b = slot(operation.b);
                const int64_t fa = f_of(operation.a);
                const int64_t fb = f_of(operation.b) - operation.shift;
                // 0 is on every grid.
                const int64_t finest = is_zero(operation.a)   ? std::max(fb, f)
                                       : is_zero(operation.b) ? std::max(fa, f)
                                                              : std::max({fa, fb, f});
                step.shift_a = is_zero(operation.a) ? 0 : finest - fa;
                step.shift_b = is_zero(operation.b) ? 0 : finest - fb;
                step.right = finest - f;
                return;
            }
            case Kind::mul:
                step.a = slot(operation.a);
                step.b = slot(operation.b);
                step.right = f_of(operation.a) + f_of(operation.b) - f;
                return;
            case Kind::table:
                step.a = slot(operation.a);
                step.entries = &look_up(operation);
                return;
            case Kind::slice:
                step.a = slot(operation.a);
                step.shift_a = f - f_of(operation.a);
                step.bits = int64_t{operation.slice.k ? 1 : 0} + operation.slice.i + f;
                step.is_signed = operation.slice.k;
                DAL_CHECK(step.bits >= 1, "a slice without bits is a constant");
                return;
            case Kind::mux:
                step.a = slot(operation.a);
                step.b = slot(operation.b);
                step.c = slot(operation.c);
                step.shift_b = is_zero(operation.b) ? 0 : f - f_of(operation.b);
                step.shift_c = is_zero(operation.c) ? 0 : f - f_of(operation.c);
                return;
            case Kind::bit_and:
            case Kind::bit_or:
            case Kind::bit_xor:
                step.a = slot(operation.a);
                step.b = slot(operation.b);
                step.shift_a = is_zero(operation.a) ? 0 : f - f_of(operation.a);
                step.shift_b = is_zero(operation.b) ? 0 : f - f_of(operation.b);
                return;
            case Kind::bit_not:
                step.a = one();
                step.b = slot(operation.a);
                return;
            case Kind::any: step.a = slot(operation.a); return;
            case Kind::less:
                step.a = slot(operation.a);
                step.b = slot(operation.b);
                step.shift_b = f_of(operation.a) - f_of(operation.b);
                return;
        }
    }

    /// The entries that a table operation reaches; equal ones are there once.
    const LookUp& look_up(const Operation& operation) {
        const Interval& from = circuit_[operation.a].range;
        const Table& table = circuit_.table_of(operation);
        const auto words = static_cast<size_t>(words_of(operation.range));
        const auto [known, fresh] = look_ups_.try_emplace(
            {operation.index, from.lo(), from.hi(), from.f(), operation.range.f(), words}, nullptr);
        if (!fresh) return *known->second;
        LookUp& result = plan_.look_ups.emplace_back();
        known->second = &result;
        result.words = words;
        result.first.resize(static_cast<size_t>(words_of(from)));
        from.lo().to_words(result.first.data(), result.first.size());
        const auto [begin, end] = reachable(table, from);
        const size_t step = from.is_constant() ? 1 : size_t{1} << (table.f - from.f());
        // The entries that are reached lie on the grid of the result.
        const int64_t shift = int64_t{operation.range.f()} - table.entry_f;
        for (size_t at = begin; at < end; at += step) {
            const Int& entry = table.entries[at];
            result.entries.resize(result.entries.size() + words);
            (shift < 0 ? entry >> -shift : entry << shift)
                .to_words(&*(result.entries.end() - static_cast<std::ptrdiff_t>(words)), words);
        }
        return result;
    }

    /// The same in a lane of at most 64 bits.
    const void* lane_table(const LookUp& table, Lane lane) {
        const auto [known, fresh] = lane_tables_.try_emplace({&table, lane}, nullptr);
        if (!fresh) return known->second;
        std::vector<std::byte>& bytes = plan_.lane_tables.emplace_back();
        const auto size = static_cast<size_t>(lane_bits(lane)) / 8;
        bytes.resize(table.entries.size() * size);
        // The low bytes of a word come first.
        static_assert(std::endian::native == std::endian::little);
        for (size_t e = 0; e < table.entries.size(); ++e) std::memcpy(&bytes[e * size], &table.entries[e], size);
        return known->second = bytes.data();
    }

    /// The step in lanes of at most 64 bits, if that is exact.
    std::optional<Step> as_narrow(const Operation& operation, const WideStep& wide) {
        if (wide.right > 0 || wide.r.lane == Lane::wide) return std::nullopt;
        const auto index = [](const Slot& slot) { return static_cast<size_t>(slot.lane); };
        const int bits = lane_bits(wide.r.lane);
        bool fits = true;
        // A shift to the left beyond the lane, or of a wide operand, is left to the exact path.
        const auto split = [&](const Slot& slot, int64_t shift, uint8_t& right, uint8_t& left) {
            if (slot.lane == Lane::wide || shift >= bits) {
                fits = false;
                return;
            }
            left = static_cast<uint8_t>(std::max<int64_t>(shift, 0));
            right = static_cast<uint8_t>(std::clamp<int64_t>(-shift, 0, lane_bits(slot.lane) - 1));
        };
        Step step;
        step.r = wide.r.offset;
        const KernelSet& set = kernels();
        const auto binary = [&](Form form, const Slot& a, int64_t shift_a, const Slot& b, int64_t shift_b) {
            split(a, shift_a, step.right_a, step.left_a);
            split(b, shift_b, step.right_b, step.left_b);
            step.a = a.offset;
            step.b = b.offset;
            step.shifted = shift_a != 0 || shift_b != 0;
            if (fits) step.kernel = set.binary[static_cast<size_t>(form)][index(wide.r)][index(a)][index(b)];
        };
        switch (operation.kind) {
            case Kind::input:
            case Kind::constant:
            case Kind::shift: return std::nullopt;
            case Kind::add: binary(Form::add, wide.a, wide.shift_a, wide.b, wide.shift_b); break;
            case Kind::sub:
            case Kind::bit_not: binary(Form::sub, wide.a, wide.shift_a, wide.b, wide.shift_b); break;
            case Kind::mul: binary(Form::mul, wide.a, 0, wide.b, 0); break;
            case Kind::table:
                split(wide.a, 0, step.right_a, step.left_a);
                if (!fits) break;
                step.a = wide.a.offset;
                step.entries = lane_table(*wide.entries, wide.r.lane);
                step.first = circuit_[operation.a].range.lo().to_int64();
                step.size = wide.entries->entries.size();
                step.kernel = set.look_up[index(wide.r)][index(wide.a)];
                break;
            case Kind::bit_and: binary(Form::bit_and, wide.a, wide.shift_a, wide.b, wide.shift_b); break;
            case Kind::bit_or: binary(Form::bit_or, wide.a, wide.shift_a, wide.b, wide.shift_b); break;
            case Kind::bit_xor: binary(Form::bit_xor, wide.a, wide.shift_a, wide.b, wide.shift_b); break;
            case Kind::mux:
                binary(Form::select, wide.b, wide.shift_b, wide.c, wide.shift_c);
                step.c = wide.a.offset;
                DAL_CHECK(wide.a.lane == Lane::i16, "a condition of more than one bit");
                break;
            case Kind::slice:
                split(wide.a, wide.shift_a, step.right_a, step.left_a);
                step.a = wide.a.offset;
                step.extend = static_cast<uint8_t>(wide.bits < bits ? bits - wide.bits : 0);
                if (fits)
                    step.kernel =
                        (wide.is_signed ? set.slice_signed : set.slice_unsigned)[index(wide.r)][index(wide.a)];
                break;
            case Kind::less:
                split(wide.a, 0, step.right_a, step.left_a);
                if (!fits) break;
                step.a = wide.a.offset;
                step.first = circuit_[operation.b].range.lo_at(circuit_[operation.a].range.f()).to_int64();
                step.kernel = set.less[index(wide.a)];
                break;
            case Kind::any:
                split(wide.a, 0, step.right_a, step.left_a);
                step.a = wide.a.offset;
                if (fits) step.kernel = set.any[index(wide.a)];
                break;
        }
        if (!fits) return std::nullopt;
        return step;
    }

    int64_t wide_words(const Operation& operation, const WideStep& step) const {
        int64_t bits = int64_t{operation.range.width()} + step.right;
        const WireId operands[] = {operation.a, operation.b, operation.c};
        const int64_t shifts[] = {step.shift_a, step.shift_b, step.shift_c};
        for (int j = 0; j < operand_count(operation.kind); ++j)
            bits = std::max(bits, circuit_[operands[j]].range.width() + std::max<int64_t>(shifts[j], 0));
        if (operation.kind == Kind::mul)
            bits = std::max<int64_t>(bits, circuit_[operation.a].range.width() + circuit_[operation.b].range.width());
        return (bits + 2) / 64 + 1;  // the sign, and the carry of a sum
    }

    const Circuit& circuit_;
    Plan& plan_;
    std::vector<size_t> roots_;  // the wire whose code it is
    std::vector<Slot> slots_;
    std::vector<uint32_t> readers_;
    std::multimap<size_t, OutputStep> waiting_;
    std::map<Int, Slot> constants_;
    using Reach = std::tuple<uint32_t, Int, Int, int, int, size_t>;  // table, range of the operand, form of the result
    std::map<Reach, const LookUp*> look_ups_;
    std::map<std::pair<const LookUp*, Lane>, const void*> lane_tables_;
    std::map<size_t, std::vector<size_t>> free_;
    size_t end_ = 0;
};

}  // namespace

Plan plan_of(const Circuit& circuit) {
    Plan plan;
    Planner(circuit, plan).run();
    return plan;
}

}  // namespace dal::circuit
