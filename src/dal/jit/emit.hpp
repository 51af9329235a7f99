// LLVM IR for the parts of a program. Each function works on one block of samples:
//
//     void compute(std::byte* scratch)
//     void convert_inputs(const double* rows, std::byte* scratch, uint8_t* suspect)
//     void deliver_outputs(const std::byte* scratch, uint64_t* words)
//
// rows: the block's samples of one input, row-major. suspect: a bit per sample, set where the fast conversion
// cannot be trusted (no finite number, not in a declared format, too large), to be redone exactly.
// words: Codes::words() of the block's samples, one limb per element.
#pragma once

#include <llvm/IR/Function.h>

#include "dal/jit/schedule.hpp"

namespace dal::jit {

void emit_compute(const Plan& plan, const Schedule& schedule, const Chunk& chunk, llvm::Function& function);

/// Elements of an input or output that one function handles: bounds the size of functions.
inline constexpr int64_t elements_per_function = 64;

/// An input, as the conversion sees it.
struct InputPort {
    size_t input;  ///< position in Graph::inputs()
    int64_t elements;
};
/// Converts elements [from, from + elements_per_function) of an input; `wide_integers`: the processor converts
/// doubles to 64-bit integers in vectors.
void emit_input(const Plan& plan, const Schedule& schedule, const InputPort& port, int64_t from, bool wide_integers,
                llvm::Function& function);

/// Delivers elements [from, from + elements_per_function) of an output.
void emit_output(const Plan& plan, const Schedule& schedule, const OutputPlan& output, int64_t from,
                 llvm::Function& function);

}  // namespace dal::jit
