// LLVM IR for the parts of a program. Each function works on one block of samples:
//
//     void compute(std::byte* scratch, const int64_t* table)
//     void convert(const void* rows, std::byte* scratch, uint8_t* suspect, const int64_t* table)
//     void deliver(const std::byte* scratch, uint64_t* words, const int64_t* table)
//
// rows: the block's samples of one input, row-major: doubles, or floats if the part says so. suspect: a bit per sample,
// set where the fast conversion cannot be trusted (no finite number, not in a declared format, too large), to be redone
// exactly. words: Codes::words() of the block's samples, one limb per element. table: as calls.hpp says.
#pragma once

#include <llvm/IR/Function.h>

#include "dal/jit/calls.hpp"

namespace dal::jit {

/// The number of parameters of the function for a part.
unsigned parameters_of(const Part& part);

/// Fills an empty function. `wide_integers`: the processor converts doubles to 64-bit integers in vectors.
void emit(const Part& part, const Plan& plan, const Schedule& schedule, bool wide_integers, llvm::Function& function);

// One file each.
void emit_values(const Plan& plan, const Schedule& schedule, const Chunk& chunk, llvm::Function& function);
void emit_sum(const part::Sum& sum, const Schedule& schedule, llvm::Function& function);
void emit_convert(const part::ConvertSquares& part, const Plan& plan, const Schedule& schedule, bool wide_integers,
                  llvm::Function& function);
void emit_convert(const part::ConvertColumn& part, const Plan& plan, const Schedule& schedule, bool wide_integers,
                  llvm::Function& function);
void emit_deliver(const part::DeliverSquares& part, const Plan& plan, const Schedule& schedule,
                  llvm::Function& function);
void emit_deliver(const part::DeliverColumn& part, const Schedule& schedule, llvm::Function& function);
void emit_deliver(const part::DeliverConstant& part, const Schedule& schedule, llvm::Function& function);

}  // namespace dal::jit
