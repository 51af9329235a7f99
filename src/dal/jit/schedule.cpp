#include "dal/jit/schedule.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

#include "dal/jit/lanes.hpp"
#include "dal/support/check.hpp"
#include "dal/support/overloaded.hpp"

namespace dal::jit {
namespace {

/// Machine instructions per function, roughly. Compile time is superlinear in it.
constexpr int64_t vector_budget = 1500;
constexpr int64_t scalar_budget = 400;
/// A multiple of 64; enough turns of the loops to make calls and fetching of code cheap, few enough to keep
/// the scratch buffer in the nearest cache.
constexpr int samples_per_block = 64;
/// What the widest vectors want.
constexpr size_t slot_alignment = 64;

Style style_of(const Plan& plan, ValueId id) {
    const auto* linear = std::get_if<Linear>(&plan.values[id].definition);
    if (linear != nullptr && linear->looped) return Style::looped;
    return is_scalar(plan, id) ? Style::scalar : Style::vector;
}

constexpr int styles = 3;
Style style_of_phase(int phase) { return static_cast<Style>(phase % styles); }

/// The number of times that the style has to change before each value can be computed; each number stands for one
/// style.
std::vector<int> phases(const Plan& plan) {
    std::vector<int> phase(plan.values.size(), 0);
    for (ValueId id = 0; id < plan.values.size(); ++id) {
        const Definition& definition = plan.values[id].definition;
        if (std::holds_alternative<Load>(definition)) continue;
        const Style style = style_of(plan, id);
        for_each_operand(definition, [&](ValueId operand) { phase[id] = std::max(phase[id], phase[operand]); });
        while (style_of_phase(phase[id]) != style) ++phase[id];
    }
    return phase;
}

std::vector<Chunk> make_chunks(const Plan& plan, int width) {
    const std::vector<int> phase = phases(plan);
    std::vector<ValueId> order(plan.values.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](ValueId a, ValueId b) { return phase[a] < phase[b]; });
    std::vector<Chunk> chunks;
    int64_t used = 0;
    int current = -1;
    for (const ValueId id : order) {
        const Value& value = plan.values[id];
        if (std::holds_alternative<Load>(value.definition)) continue;
        const Style style = style_of_phase(phase[id]);
        const bool scalar = style == Style::scalar;
        const int64_t registers = std::max(1, scalar ? value.lane / 64 : width * value.lane / 512);
        const int64_t cost = operations(value.definition) * registers;
        const bool full = used + cost > (scalar ? scalar_budget : vector_budget);
        if (chunks.empty() || phase[id] != current || full || style == Style::looped) {
            chunks.push_back({style, {}});
            used = 0;
            current = phase[id];
        }
        chunks.back().values.push_back(id);
        used += cost;
    }
    return chunks;
}

/// Samples per vector. More samples waste less of the registers where lanes are narrow, but where they are wide
/// every operation becomes several, on registers that have to be spilled. So: the width at which the lane in which
/// most of the work is done fills a register.
int best_width(const Plan& plan) {
    std::map<int, int64_t> work;  // bits to be processed, by lane
    for (const Value& value : plan.values)
        if (value.lane <= 64) work[value.lane] += operations(value.definition) * value.lane;
    int lane = 32;
    for (const auto& [candidate, bits] : work)
        if (bits > work[lane]) lane = candidate;
    return 512 / lane;
}

/// Slots by size, with those that are free again kept for reuse.
class Allocator {
  public:
    size_t take(size_t bytes) {
        auto& free = free_[bytes];
        if (free.empty()) return std::exchange(end_, end_ + bytes);
        const size_t offset = free.back();
        free.pop_back();
        return offset;
    }
    void give_back(size_t offset, size_t bytes) { free_[bytes].push_back(offset); }
    [[nodiscard]] size_t end() const noexcept { return end_; }

  private:
    std::map<size_t, std::vector<size_t>> free_;
    size_t end_ = 0;
};

}  // namespace

int64_t operations(const Definition& definition) {
    return std::visit(Overloaded{
                          [](const Load&) { return int64_t{0}; },
                          [](const Linear& linear) {
                              int64_t count = 2;
                              for (const Linear::Term& term : linear.terms) count += 1 + term.weight.bit_length() / 3;
                              return count;
                          },
                          [](const Product&) { return int64_t{2}; },
                          [](const Relu&) { return int64_t{1}; },
                          [](const Abs&) { return int64_t{2}; },
                          [](const Requantize&) { return int64_t{5}; },
                          [](const Extremum&) { return int64_t{2}; },
                          [](const Compare&) { return int64_t{3}; },
                          [](const Select&) { return int64_t{3}; },
                          [](const Bitwise&) { return int64_t{2}; },
                          [](const Lookup&) { return int64_t{4}; },
                      },
                      definition);
}

Schedule make_schedule(const Plan& plan, int width) {
    DAL_CHECK(width >= 0 && (width & (width - 1)) == 0 && width <= 64,
              "vectors of " + std::to_string(width) + " samples");
    Schedule schedule;
    schedule.width = width > 0 ? width : best_width(plan);
    schedule.block = samples_per_block;
    schedule.chunks = make_chunks(plan, schedule.width);
    schedule.slots.resize(plan.values.size());

    // Chunk 0 is the conversion of the inputs here, and the last one that of the outputs.
    std::vector<size_t> made_in(plan.values.size(), 0);
    std::vector<size_t> last_read(plan.values.size(), 0);
    for (size_t chunk = 0; chunk < schedule.chunks.size(); ++chunk)
        for (const ValueId id : schedule.chunks[chunk].values) {
            made_in[id] = chunk + 1;
            for_each_operand(plan.values[id].definition, [&](ValueId operand) { last_read[operand] = chunk + 1; });
        }
    const size_t end = schedule.chunks.size() + 1;
    for (const OutputPlan& output : plan.outputs)
        for (const OutputElement& element : output.elements)
            if (element.value) last_read[*element.value] = end;

    std::vector<std::vector<ValueId>> read_last_in(end + 1);
    for (ValueId id = 0; id < plan.values.size(); ++id)
        if (last_read[id] > made_in[id]) read_last_in[last_read[id]].push_back(id);

    Allocator allocator;
    const auto bytes_of = [&](ValueId id) {
        const size_t bytes = static_cast<size_t>(schedule.block) * static_cast<size_t>(plan.values[id].stored_lane) / 8;
        return (bytes + slot_alignment - 1) / slot_alignment * slot_alignment;
    };
    const auto place = [&](ValueId id) {
        if (last_read[id] > made_in[id])
            schedule.slots[id] = {allocator.take(bytes_of(id)), plan.values[id].stored_lane};
    };
    for (ValueId id = 0; id < plan.values.size(); ++id)
        if (std::holds_alternative<Load>(plan.values[id].definition)) place(id);
    for (size_t chunk = 0; chunk < schedule.chunks.size(); ++chunk) {
        // What this chunk reads stays until it ends: a scalar chunk reads after it has begun to write.
        for (const ValueId id : schedule.chunks[chunk].values) place(id);
        for (const ValueId id : read_last_in[chunk + 1]) allocator.give_back(schedule.slots[id].offset, bytes_of(id));
    }
    schedule.scratch_bytes = allocator.end();
    return schedule;
}

}  // namespace dal::jit
