#include "dal/circuit/evaluate/evaluator.hpp"

#include <algorithm>

#include "dal/circuit/evaluate/plan.hpp"
#include "dal/support/check.hpp"
#include "dal/support/parallel.hpp"

namespace dal::circuit {
namespace {

/// A block of memory aligned for vector loads.
class Arena {
  public:
    explicit Arena(size_t bytes) : storage_(bytes / sizeof(Line) + 1) {}
    std::byte* data() { return storage_.front().bytes; }

  private:
    struct alignas(64) Line {
        std::byte bytes[64];
    };
    std::vector<Line> storage_;
};

}  // namespace

void Plan::fill_constants(std::byte* arena) const {
    std::vector<uint64_t> words;
    for (const ConstantSlot& constant : constants) {
        words.resize(static_cast<size_t>(constant.slot.words));
        constant.code.to_words(words.data(), words.size());
        for (int64_t sample = 0; sample < block_size; ++sample) store_words(constant.slot, arena, sample, words);
    }
}

void Plan::load(const InputStep& step, const Codes& from, int64_t first, int64_t count, std::byte* arena) const {
    const auto stride = static_cast<size_t>(from.elements() * from.limbs());
    const uint64_t* word = from.at(first, step.element);
    const std::byte* slot = arena + step.slot.offset;
    const auto each = [&](auto* lanes) {
        using LaneInt = std::remove_reference_t<decltype(*lanes)>;
        for (int64_t j = 0; j < count; ++j, word += stride) lanes[j] = static_cast<LaneInt>(*word);
    };
    std::byte* lanes = arena + (slot - arena);
    switch (step.slot.lane) {
        case Lane::i16: return each(reinterpret_cast<int16_t*>(lanes));
        case Lane::i32: return each(reinterpret_cast<int32_t*>(lanes));
        case Lane::i64: return each(reinterpret_cast<int64_t*>(lanes));
        case Lane::wide:
            for (int64_t j = 0; j < count; ++j, word += stride)
                store_words(step.slot, arena, j, std::span(word, static_cast<size_t>(from.limbs())));
            return;
    }
}

void Plan::store(const OutputStep& step, Codes& to, int64_t first, int64_t count, const std::byte* arena,
                 std::vector<uint64_t>& scratch) const {
    const auto limbs = static_cast<size_t>(to.limbs());
    const auto stride = static_cast<size_t>(to.elements()) * limbs;
    uint64_t* word = to.at(first, step.element);
    if (limbs == 1 && step.slot.lane != Lane::wide && step.shift >= 0 && step.shift < 64) {
        const auto each = [&](const auto* lanes) {
            for (int64_t j = 0; j < count; ++j, word += stride)
                *word = static_cast<uint64_t>(static_cast<int64_t>(lanes[j])) << step.shift;
        };
        const std::byte* lanes = arena + step.slot.offset;
        if (step.slot.lane == Lane::i16) return each(reinterpret_cast<const int16_t*>(lanes));
        if (step.slot.lane == Lane::i32) return each(reinterpret_cast<const int32_t*>(lanes));
        return each(reinterpret_cast<const int64_t*>(lanes));
    }
    const size_t words = std::max(limbs, static_cast<size_t>(step.slot.words));
    scratch.resize(std::max(scratch.size(), words));
    const std::span<uint64_t> code(scratch.data(), words);
    for (int64_t j = 0; j < count; ++j, word += stride) {
        load_words(step.slot, arena, j, code);
        if (step.shift >= 0)
            shift_left(code, step.shift);
        else
            shift_right(code, -step.shift);
        std::copy_n(code.begin(), limbs, word);
    }
}

void Plan::run(const Codes& from, std::vector<Codes>& to, int64_t first, int64_t last) const {
    Arena memory(arena_bytes);
    std::byte* arena = memory.data();
    std::vector<uint64_t> scratch(scratch_words);
    fill_constants(arena);
    for (int64_t block = first; block < last; block += block_size) {
        const int64_t count = std::min(block_size, last - block);
        for (const Action& action : actions) {
            switch (action.what) {
                case Do::narrow: narrow[action.index].kernel(narrow[action.index], arena); break;
                case Do::wide: wide[action.index].run(arena, scratch); break;
                case Do::input: load(inputs[action.index], from, block, count, arena); break;
                case Do::output: {
                    const OutputStep& step = outputs[action.index];
                    store(step, to[step.tensor], block, count, arena, scratch);
                    break;
                }
            }
        }
    }
}

Evaluator::Evaluator(const Circuit& circuit) : plan_(std::make_unique<Plan>(plan_of(circuit))) {}
Evaluator::~Evaluator() = default;
Evaluator::Evaluator(Evaluator&&) noexcept = default;
Evaluator& Evaluator::operator=(Evaluator&&) noexcept = default;

std::vector<Codes> Evaluator::run(const Codes& inputs, int threads) const {
    DAL_CHECK(threads >= 1, std::to_string(threads) + " threads");
    DAL_CHECK(inputs.f() == plan_->input_f, "codes that encode_inputs did not make for this circuit");
    std::vector<Codes> outputs;
    for (const OutputTensor& tensor : plan_->tensors)
        outputs.push_back(make_output(tensor.shape, inputs.samples(), tensor.ranges));
    // Whole blocks for each thread.
    const int64_t blocks = (inputs.samples() + block_size - 1) / block_size;
    const int64_t workers = std::clamp<int64_t>(blocks, 1, threads);
    const auto first = [&](int64_t worker) {
        return std::min(inputs.samples(), blocks * worker / workers * block_size);
    };
    parallel_for(static_cast<size_t>(workers), threads, [&](size_t part, size_t) {
        const auto worker = static_cast<int64_t>(part);
        plan_->run(inputs, outputs, first(worker), first(worker + 1));
    });
    return outputs;
}

}  // namespace dal::circuit
