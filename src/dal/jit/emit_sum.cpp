#include <llvm/IR/IRBuilder.h>

#include "dal/jit/emit.hpp"
#include "dal/jit/integers.hpp"
#include "dal/jit/loop.hpp"

namespace dal::jit {

void emit_sum(const part::Sum& sum, const Schedule& schedule, llvm::Function& function) {
    llvm::IRBuilder<> builder(llvm::BasicBlock::Create(function.getContext(), "", &function));
    const int bits = std::max(sum.result_lane, 16);  // there is no vector multiplication of bytes
    // As many samples as there are registers for sums.
    const int samples = std::min(schedule.block, bits == 64 ? 32 : 64);
    Integers integers(builder, samples);
    llvm::Value* scratch = function.getArg(0);
    llvm::Value* table = function.getArg(1);
    const auto word = [&](llvm::Value* at) {
        return builder.CreateAlignedLoad(builder.getInt64Ty(), at, llvm::Align(8));
    };
    const auto head = [&](uint64_t position) {
        return word(builder.CreatePtrAdd(table, builder.getInt64(8 * position)));
    };
    const auto place = [&](llvm::Value* offset, llvm::Value* turn, int lane) {
        const auto bytes = static_cast<uint64_t>(samples * lane / 8);
        return builder.CreatePtrAdd(scratch,
                                    builder.CreateAdd(offset, builder.CreateMul(turn, builder.getInt64(bytes))));
    };
    const auto spread = [&](llvm::Value* number) {
        return builder.CreateVectorSplat(static_cast<unsigned>(samples),
                                         builder.CreateTrunc(number, builder.getIntNTy(static_cast<unsigned>(bits))));
    };
    const auto alignment = [&](int lane) {
        return llvm::Align(std::min<uint64_t>(64, static_cast<uint64_t>(samples * lane / 8)));
    };

    llvm::Value* terms = head(0);
    llvm::Value* result_offset = head(1);
    llvm::Value* begins = builder.CreateICmpNE(head(2), builder.getInt64(0));
    llvm::Value* constant = spread(head(3));
    CountedLoop turns(builder, builder.getInt64(static_cast<uint64_t>(schedule.block / samples)));
    llvm::Value* result = place(result_offset, turns.position(), sum.result_lane);
    llvm::Value* before =
        integers.convert({builder.CreateAlignedLoad(integers.type(sum.result_lane), result, alignment(sum.result_lane)),
                          sum.result_lane, true},
                         bits);
    llvm::Value* start = builder.CreateSelect(begins, constant, before);
    llvm::BasicBlock* outside = builder.GetInsertBlock();
    CountedLoop loop(builder, terms);
    llvm::PHINode* total = loop.carry(start, outside);
    llvm::Value* entry = builder.CreatePtrAdd(
        table, builder.CreateAdd(builder.CreateMul(loop.position(), builder.getInt64(16)), builder.getInt64(32)));
    llvm::Value* stored =
        builder.CreateAlignedLoad(integers.type(sum.operand_lane),
                                  place(word(entry), turns.position(), sum.operand_lane), alignment(sum.operand_lane));
    llvm::Value* operand = integers.convert({stored, sum.operand_lane, sum.operand_unsigned}, bits);
    llvm::Value* weight = spread(word(builder.CreatePtrAdd(entry, builder.getInt64(8))));
    llvm::Value* next = builder.CreateAdd(total, builder.CreateMul(operand, weight));
    total->addIncoming(next, builder.GetInsertBlock());
    loop.finish();
    builder.CreateAlignedStore(integers.convert({next, bits, true}, sum.result_lane), result,
                               alignment(sum.result_lane));
    turns.finish();
    builder.CreateRetVoid();
}

}  // namespace dal::jit
