// Operations are first scheduled as soon as possible, which needs the fewest stages for a limit: along every
// path (stage, time within the stage) is as small as it can be. Then, from the outputs back, each operation
// moves to a later stage where that saves registers and the stage stays within the limit.
#include "dal/circuit/cost/pipeline.hpp"

#include <algorithm>
#include <array>

#include "dal/circuit/cost/cost.hpp"
#include "dal/support/check.hpp"

namespace dal::circuit {
namespace {

/// The circuit as the scheduler sees it.
class Timing {
  public:
    explicit Timing(const Circuit& circuit) : circuit_(circuit), delays_(circuit.size()) {
        for (size_t id = 0; id < circuit.size(); ++id) {
            delays_[id] = circuit::delay(circuit, static_cast<WireId>(id));
            slowest_ = std::max(slowest_, delays_[id]);
        }
    }
    [[nodiscard]] size_t size() const { return delays_.size(); }
    [[nodiscard]] int64_t delay(size_t id) const { return delays_[id]; }
    [[nodiscard]] int64_t slowest() const { return slowest_; }
    [[nodiscard]] int64_t width(size_t id) const { return circuit_.operations()[id].range.width(); }
    /// Whether an operation is in the same adder, and so in the same stage, as its user.
    [[nodiscard]] bool is_merged(size_t id) const { return circuit_.operations()[id].merged; }
    [[nodiscard]] const Circuit& circuit() const { return circuit_; }

    /// Calls `visit` for each operand that is computed, not fixed.
    template <class Visit>
    void for_each_operand(size_t id, Visit&& visit) const {
        const Operation& operation = circuit_.operations()[id];
        const std::array<WireId, 3> operands{operation.a, operation.b, operation.c};
        for (int j = 0; j < operand_count(operation.kind); ++j) {
            const auto operand = static_cast<size_t>(operands[static_cast<size_t>(j)]);
            if (circuit_.operations()[operand].kind != Kind::constant) visit(operand);
        }
    }

  private:
    const Circuit& circuit_;
    std::vector<int64_t> delays_;
    int64_t slowest_ = 0;
};

/// As soon as possible within `limit` per stage.
Schedule earliest(const Timing& timing, int64_t limit) {
    Schedule result;
    result.stage.resize(timing.size());
    std::vector<int64_t> ready(timing.size());  // within its stage
    uint32_t last = 0;
    for (size_t id = 0; id < timing.size(); ++id) {
        uint32_t stage = 0;
        timing.for_each_operand(id, [&](size_t operand) { stage = std::max(stage, result.stage[operand]); });
        int64_t start = 0;
        timing.for_each_operand(id, [&](size_t operand) {
            if (result.stage[operand] == stage) start = std::max(start, ready[operand]);
        });
        if (timing.delay(id) > 0 && start > 0 && start + timing.delay(id) > limit) {
            ++stage;
            start = 0;
        }
        result.stage[id] = stage;
        timing.for_each_operand(id, [&](size_t operand) {
            if (timing.is_merged(operand)) result.stage[operand] = stage;
        });
        ready[id] = start + timing.delay(id);
        result.longest = std::max(result.longest, ready[id]);
        last = std::max(last, stage);
    }
    result.stages = last + 1;
    return result;
}

/// Per wire, the last stage that needs it: `stages` for an output, its own for a wire without users.
std::vector<uint32_t> last_uses(const Timing& timing, const Schedule& schedule) {
    std::vector<uint32_t> last = schedule.stage;
    for (size_t id = 0; id < timing.size(); ++id)
        timing.for_each_operand(id,
                                [&](size_t operand) { last[operand] = std::max(last[operand], schedule.stage[id]); });
    for (const OutputTensor& output : timing.circuit().outputs())
        for (const WireId wire : output.elements) last[static_cast<size_t>(wire)] = schedule.stages;
    return last;
}

/// Users of each wire, as one array.
struct Users {
    explicit Users(const Timing& timing) : first(timing.size() + 1) {
        for (size_t id = 0; id < timing.size(); ++id)
            timing.for_each_operand(id, [&](size_t operand) { ++first[operand + 1]; });
        for (size_t id = 0; id < timing.size(); ++id) first[id + 1] += first[id];
        list.resize(first.back());
        std::vector<size_t> next(first.begin(), first.end() - 1);
        for (size_t id = 0; id < timing.size(); ++id)
            timing.for_each_operand(id, [&](size_t operand) { list[next[operand]++] = id; });
    }
    std::vector<size_t> first;
    std::vector<size_t> list;
};

/// The slowest path within a stage.
int64_t longest_path(const Timing& timing, const Schedule& schedule) {
    std::vector<int64_t> ready(timing.size());
    int64_t longest = 0;
    for (size_t id = 0; id < timing.size(); ++id) {
        timing.for_each_operand(id, [&](size_t operand) {
            if (schedule.stage[operand] == schedule.stage[id]) ready[id] = std::max(ready[id], ready[operand]);
        });
        ready[id] += timing.delay(id);
        longest = std::max(longest, ready[id]);
    }
    return longest;
}

/// Moves operations to later stages where that saves register bits. An operation is looked at before its
/// operands, which are all in earlier or equal stages, so in its new stage every path starts with it.
void delay_where_cheaper(const Timing& timing, Schedule& schedule, int64_t limit) {
    const Users users(timing);
    std::vector<uint32_t> last = last_uses(timing, schedule);
    std::vector<int64_t> tail(timing.size());  // slowest path after it, in its stage
    std::vector<bool> is_output(timing.size(), false);
    for (const OutputTensor& output : timing.circuit().outputs())
        for (const WireId wire : output.elements) is_output[static_cast<size_t>(wire)] = true;

    for (size_t id = timing.size(); id-- > 0;) {
        const auto each_user = [&](auto&& visit) {
            for (size_t j = users.first[id]; j < users.first[id + 1]; ++j) visit(users.list[j]);
        };
        const auto tail_in = [&](uint32_t stage) {
            int64_t slowest = 0;
            each_user([&](size_t user) {
                if (schedule.stage[user] == stage) slowest = std::max(slowest, timing.delay(user) + tail[user]);
            });
            return slowest;
        };
        const uint32_t now = schedule.stage[id];
        const Kind kind = timing.circuit().operations()[id].kind;
        uint32_t latest = schedule.stages - 1;
        each_user([&](size_t user) { latest = std::min(latest, schedule.stage[user]); });
        const bool is_used = users.first[id] != users.first[id + 1] || is_output[id];
        uint32_t best = timing.is_merged(id) ? latest : now;
        if (timing.is_merged(id)) latest = now;
        if (kind != Kind::input && kind != Kind::constant && is_used && latest > now) {
            // What each operand would pay for being needed until `stage`; equal operands are one wire.
            int64_t best_gain = 0;
            for (uint32_t stage = now + 1; stage <= latest; ++stage) {
                if (timing.delay(id) + tail_in(stage) > limit && tail_in(stage) > 0) continue;
                int64_t gain = timing.width(id) * (stage - now);
                std::array<size_t, 3> seen{SIZE_MAX, SIZE_MAX, SIZE_MAX};
                size_t count = 0;
                timing.for_each_operand(id, [&](size_t operand) {
                    if (std::find(seen.begin(), seen.end(), operand) != seen.end()) return;
                    seen[count++] = operand;
                    gain -= timing.width(operand) * (std::max(stage, last[operand]) - last[operand]);
                });
                if (gain > best_gain) {
                    best_gain = gain;
                    best = stage;
                }
            }
        }
        schedule.stage[id] = best;
        tail[id] = tail_in(best);
        timing.for_each_operand(id, [&](size_t operand) { last[operand] = std::max(last[operand], best); });
    }
}

Schedule finish(const Timing& timing, Schedule schedule, int64_t limit) {
    if (schedule.stages > 1) delay_where_cheaper(timing, schedule, limit);
    schedule.longest = longest_path(timing, schedule);
    return schedule;
}

}  // namespace

Schedule combinational(const Circuit& circuit) {
    const Timing timing(circuit);
    Schedule result;
    result.stage.assign(circuit.size(), 0);
    result.longest = longest_path(timing, result);
    return result;
}

Schedule pipeline_into(const Circuit& circuit, uint32_t stages) {
    DAL_CHECK(stages >= 1, "a pipeline of no stages");
    const Timing timing(circuit);
    int64_t enough = std::max<int64_t>(1, earliest(timing, INT64_MAX).longest);  // all in one stage
    int64_t least = std::max<int64_t>(1, timing.slowest());
    while (least < enough) {
        const int64_t middle = least + (enough - least) / 2;
        if (earliest(timing, middle).stages <= stages)
            enough = middle;
        else
            least = middle + 1;
    }
    Schedule result = earliest(timing, enough);
    result.stages = stages;
    return finish(timing, std::move(result), enough);
}

Schedule pipeline_within(const Circuit& circuit, int64_t limit) {
    const Timing timing(circuit);
    return finish(timing, earliest(timing, limit), limit);
}

int64_t register_bits(const Circuit& circuit, const Schedule& schedule) {
    if (schedule.stages == 0) return 0;
    const Timing timing(circuit);
    // A wire and those that are shifted from it are the same registers.
    const std::vector<WireId> roots = code_roots(circuit);
    const auto root = [&](size_t id) { return static_cast<size_t>(roots[id]); };
    std::vector<uint32_t> last = schedule.stage;
    for (size_t id = 0; id < circuit.size(); ++id)
        if (root(id) == id)
            timing.for_each_operand(
                id, [&](size_t operand) { last[root(operand)] = std::max(last[root(operand)], schedule.stage[id]); });
    for (const OutputTensor& output : circuit.outputs())
        for (const WireId wire : output.elements) last[root(static_cast<size_t>(wire))] = schedule.stages;
    int64_t bits = 0;
    for (size_t id = 0; id < circuit.size(); ++id)
        if (root(id) == id && circuit.operations()[id].kind != Kind::constant)
            bits += timing.width(id) * (last[id] - schedule.stage[id]);
    return bits;
}

}  // namespace dal::circuit
