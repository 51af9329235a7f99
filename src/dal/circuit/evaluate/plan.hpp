// What the evaluator does for each block of samples: inputs into slots, one loop after the other, slots into outputs.
// Every wire gets a slot (shifts are the same code, so they share their operand's), a slot is free again after its last
// reader, and every operation becomes one loop in the lanes that its codes fit. Private to this layer.
#pragma once

#include <deque>
#include <span>
#include <vector>

#include "dal/array/samples.hpp"
#include "dal/circuit/evaluate/kernels.hpp"
#include "dal/circuit/evaluate/wide.hpp"

namespace dal::circuit {

struct InputStep {
    int64_t element;
    Slot slot;
};
struct OutputStep {
    size_t tensor;
    int64_t element;
    Slot slot;
    int64_t shift;  ///< from the wire's binary point to the output's
};
enum class Do : uint8_t { input, narrow, wide, output };
struct Action {
    Do what;
    uint32_t index;
};
struct ConstantSlot {
    Slot slot;
    Int code;
};

struct Plan {
    std::vector<Action> actions;
    std::vector<Step> narrow;
    std::vector<WideStep> wide;
    std::vector<InputStep> inputs;
    std::vector<OutputStep> outputs;
    std::vector<ConstantSlot> constants;
    size_t arena_bytes = 0;
    size_t scratch_words = 1;  // of the widest operation, three times
    std::vector<int> input_f;
    std::vector<OutputTensor> tensors;  // with their ranges filled in
    std::deque<LookUp> look_ups;
    std::deque<std::vector<std::byte>> lane_tables;  // entries in the lanes of results

    void fill_constants(std::byte* arena) const;
    void load(const InputStep& step, const Codes& from, int64_t first, int64_t count, std::byte* arena) const;
    void store(const OutputStep& step, Codes& to, int64_t first, int64_t count, const std::byte* arena,
               std::vector<uint64_t>& scratch) const;
    void run(const Codes& from, std::vector<Codes>& to, int64_t first, int64_t last) const;
};

Plan plan_of(const Circuit& circuit);

}  // namespace dal::circuit
