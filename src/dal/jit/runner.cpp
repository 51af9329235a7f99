#include "dal/jit/runner.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include "dal/graph/inputs.hpp"
#include "dal/jit/ports.hpp"
#include "dal/jit/widen.hpp"
#include "dal/numeric/quantize.hpp"
#include "dal/support/check.hpp"
#include "dal/support/parallel.hpp"

namespace dal::jit {
namespace {

// Codes of all widths are moved between words and slots byte by byte, low bytes first.
static_assert(std::endian::native == std::endian::little);

/// A thread is not worth starting for fewer blocks.
constexpr int64_t blocks_per_thread = 16;

/// Memory that starts where a vector may.
class Scratch {
  public:
    explicit Scratch(size_t bytes) : bytes_(new(std::align_val_t{64}) std::byte[std::max<size_t>(bytes, 1)]) {}
    ~Scratch() { ::operator delete[](bytes_, std::align_val_t{64}); }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    [[nodiscard]] std::byte* get() const { return bytes_; }

  private:
    std::byte* bytes_;
};

/// What is known about an input before any sample is seen.
struct Port {
    const Node* node;
    std::vector<const Leaf*> leaves;  // by element
    bool has_slow_leaf = false;
};

/// Runs blocks on one thread.
class Worker {
  public:
    Worker(const Compiled& program, const std::vector<Port>& ports, std::span<const Samples> inputs,
           std::vector<Codes>& outputs, int64_t samples)
        : program_(program),
          ports_(ports),
          inputs_(inputs),
          outputs_(outputs),
          samples_(samples),
          block_(program.schedule.block),
          scratch_(program.schedule.scratch_bytes),
          rows_(ports.size()),
          suspect_(ports.size(), std::vector<uint8_t>(static_cast<size_t>(block_ / 8))) {
        // Slots that no run writes in full (no fast conversion, short blocks) hold something defined.
        std::memset(scratch_.get(), 0, program.schedule.scratch_bytes);
    }

    /// Error: that of the first bad sample of the block.
    Result<void> run(int64_t block_index) {
        const int64_t first = block_index * block_;
        const int64_t count = std::min<int64_t>(block_, samples_ - first);
        for (size_t input = 0; input < ports_.size(); ++input) convert(input, first, count);
        if (auto done = redo_suspects(first, count); !done) return done;
        for (const auto& call : program_.engine.compute) call(scratch_.get());
        for (size_t output = 0; output < outputs_.size(); ++output) deliver(output, first, count);
        return {};
    }

  private:
    void convert(size_t input, int64_t first, int64_t count) {
        std::vector<uint8_t>& suspect = suspect_[input];
        std::fill(suspect.begin(), suspect.end(), uint8_t{0});
        const auto& functions = program_.engine.convert[input];
        if (functions.empty()) return;
        const void* rows = rows_of(input, first, count);
        for (const auto& call : functions) call(rows, scratch_.get(), suspect.data());
    }

    /// A full block of numbers, as the code wants them: what has no exact one is NaN, and the rest of a short block 0.
    const void* rows_of(size_t input, int64_t first, int64_t count) {
        const InputRows& form = program_.rows[input];
        const size_t item = form.item_bytes();
        const Array* array = inputs_[input].array();
        const Decimals* decimals = inputs_[input].decimals();
        const std::byte* ready = nullptr;
        if (array != nullptr && array->type() == (form.single ? DType::float32 : DType::float64)) ready = array->data();
        if (decimals != nullptr && !form.single) ready = reinterpret_cast<const std::byte*>(decimals->doubles());
        if (ready != nullptr) ready += static_cast<size_t>(first * form.elements) * item;
        if (ready != nullptr && count == block_) return ready;
        std::vector<double>& rows = rows_[input];
        rows.assign((static_cast<size_t>(block_ * form.elements) * item + sizeof(double) - 1) / sizeof(double), 0);
        if (ready != nullptr)
            std::memcpy(rows.data(), ready, static_cast<size_t>(count * form.elements) * item);
        else if (form.single)
            fill(reinterpret_cast<float*>(rows.data()), input, first, count);
        else if (array == nullptr || !widen(*array, first * form.elements, count * form.elements, rows.data()))
            fill(rows.data(), input, first, count);
        return rows.data();
    }

    template <class Number>
    void fill(Number* rows, size_t input, int64_t first, int64_t count) {
        const int64_t elements = program_.rows[input].elements;
        for (int64_t sample = 0; sample < count; ++sample)
            for (int64_t element = 0; element < elements; ++element) {
                const auto value = inputs_[input].at(first + sample, element);
                const auto exact = value ? value->to_double() : std::nullopt;
                const double number = exact.value_or(std::numeric_limits<double>::quiet_NaN());
                const bool fits = static_cast<double>(static_cast<Number>(number)) == number;
                *rows++ = fits ? static_cast<Number>(number) : std::numeric_limits<Number>::quiet_NaN();
            }
    }

    Result<void> redo_suspects(int64_t first, int64_t count) {
        bool any = false;
        for (size_t input = 0; input < ports_.size(); ++input) {
            any = any || ports_[input].has_slow_leaf;
            for (const uint8_t samples : suspect_[input]) any = any || samples != 0;
        }
        if (!any) return {};
        if (count < block_) clear_missing(count);
        for (int64_t sample = 0; sample < count; ++sample)
            for (size_t input = 0; input < ports_.size(); ++input) {
                const bool suspect = (suspect_[input][static_cast<size_t>(sample / 8)] >> (sample % 8) & 1) != 0;
                if (!suspect && !ports_[input].has_slow_leaf) continue;
                if (auto done = redo(input, first + sample, sample, suspect); !done) return done;
            }
        return {};
    }

    /// What a short block has no sample for is 0, which every format has: a table must not be read anywhere else.
    void clear_missing(int64_t count) {
        for (const Port& port : ports_)
            for (const Leaf* leaf : port.leaves)
                if (leaf->value && !has_fast_conversion(*leaf))
                    for (int64_t lane = count; lane < block_; ++lane) put(*leaf->value, lane, 0);
    }

    /// Converts one sample of an input by exact arithmetic: all of it, or what has no fast conversion.
    Result<void> redo(size_t input, int64_t sample, int64_t lane, bool all) {
        const Port& port = ports_[input];
        auto leaf = port.leaves.begin();
        for (int64_t element = 0; element < port.node->size(); ++element) {
            const auto end = std::find_if(leaf, port.leaves.end(), [&](const Leaf* l) { return l->element > element; });
            const bool needed = all || std::any_of(leaf, end, [](const Leaf* l) { return !has_fast_conversion(*l); });
            if (needed) {
                const auto value = read_sample(*port.node, inputs_[input], sample, element);
                if (!value) return failure(value.error());
                for (; leaf != end; ++leaf) {
                    if (!(*leaf)->value) continue;
                    const Format& format = (*leaf)->format;
                    put(*(*leaf)->value, lane,
                        (*leaf)->declared ? value->code(format.kif.f).value()
                                          : quantize_code(Rational(*value), format));
                }
            }
            leaf = end;
        }
        return {};
    }

    void put(ValueId value, int64_t lane, const Int& code) {
        const Slot& slot = program_.schedule.slots[value];
        const auto bytes = static_cast<size_t>(slot.lane / 8);
        std::vector<uint64_t> words((bytes + 7) / 8);
        code.to_words(words.data(), words.size());
        std::memcpy(scratch_.get() + slot.offset + static_cast<size_t>(lane) * bytes, words.data(), bytes);
    }

    void deliver(size_t output, int64_t first, int64_t count) {
        Codes& codes = outputs_[output];
        if (codes.elements() == 0) return;
        const auto& functions = program_.engine.deliver[output];
        if (functions.empty()) return deliver_exactly(output, first, count);
        uint64_t* words = codes.words().data() + first * codes.elements();
        const auto block_words = static_cast<size_t>(block_ * codes.elements());
        if (count < block_) {
            words_.resize(block_words);
            words = words_.data();
        }
        for (const auto& call : functions) call(static_cast<const std::byte*>(scratch_.get()), words);
        if (count < block_)
            std::copy_n(words_.data(), count * codes.elements(), codes.words().data() + first * codes.elements());
    }

    void deliver_exactly(size_t output, int64_t first, int64_t count) {
        const OutputPlan& plan = program_.plan.outputs[output];
        Codes& codes = outputs_[output];
        for (int64_t element = 0; element < codes.elements(); ++element) {
            const OutputElement& source = plan.elements[static_cast<size_t>(element)];
            for (int64_t sample = 0; sample < count; ++sample)
                if (source.value)
                    copy_code(*source.value, sample, codes.at(first + sample, element), codes.limbs());
                else
                    codes.set_code(first + sample, element, source.constant);
        }
    }

    /// Extends the code in a slot to `limbs` words.
    void copy_code(ValueId id, int64_t lane, uint64_t* words, int limbs) const {
        const Slot& slot = program_.schedule.slots[id];
        const auto bytes = static_cast<size_t>(slot.lane / 8);
        const std::byte* at = scratch_.get() + slot.offset + static_cast<size_t>(lane) * bytes;
        const bool negative = !program_.plan.values[id].is_unsigned() && (at[bytes - 1] >> 7) != std::byte{0};
        std::fill_n(words, limbs, negative ? ~uint64_t{0} : 0);
        std::memcpy(words, at, std::min(bytes, static_cast<size_t>(limbs) * 8));
    }

    const Compiled& program_;
    const std::vector<Port>& ports_;
    std::span<const Samples> inputs_;
    std::vector<Codes>& outputs_;
    int64_t samples_;
    int64_t block_;
    Scratch scratch_;
    std::vector<std::vector<double>> rows_;      // per input, where its data are not rows as they are wanted
    std::vector<std::vector<uint8_t>> suspect_;  // per input, a bit per sample of the block
    std::vector<uint64_t> words_;                // of a short block's output
};

std::vector<Port> ports_of(const Compiled& program) {
    std::vector<Port> ports;
    for (const NodeId id : program.ports.inputs()) ports.push_back({&program.ports[id], {}, false});
    for (const Leaf& leaf : program.plan.leaves) {
        ports[leaf.input].leaves.push_back(&leaf);
        ports[leaf.input].has_slow_leaf |= !has_fast_conversion(leaf);
    }
    return ports;
}

}  // namespace

Result<std::vector<Codes>> run(const Compiled& program, std::span<const Samples> inputs, int threads) {
    const auto samples = check_batches(program.ports, inputs);
    if (!samples) return failure(samples.error());
    std::vector<Codes> outputs;
    for (const OutputPlan& output : program.plan.outputs)
        outputs.push_back(make_output(output.shape, *samples, output.ranges));

    const std::vector<Port> ports = ports_of(program);
    const int64_t blocks = (*samples + program.schedule.block - 1) / program.schedule.block;
    const int64_t workers = std::clamp<int64_t>(blocks / blocks_per_thread, 1, threads);
    // Each thread has a contiguous part of the batch, so the first error of the first part that has one is
    // the error of the first bad sample.
    std::vector<Result<void>> results(static_cast<size_t>(workers));
    parallel_for(results.size(), threads, [&](size_t part, size_t) {
        Worker worker(program, ports, inputs, outputs, *samples);
        const auto index = static_cast<int64_t>(part);
        const int64_t end = blocks * (index + 1) / workers;
        for (int64_t block = blocks * index / workers; block < end && results[part]; ++block)
            results[part] = worker.run(block);
    });
    for (Result<void>& result : results)
        if (!result) return failure(std::move(result.error()));
    return outputs;
}

}  // namespace dal::jit
