#include <llvm/IR/IRBuilder.h>

#include "dal/jit/emit.hpp"
#include "dal/jit/integers.hpp"
#include "dal/jit/loop.hpp"
#include "dal/jit/square.hpp"

namespace dal::jit {
namespace {

/// Writes the word of one sample and element.
void store_word(llvm::IRBuilder<>& builder, llvm::Value* code, llvm::Function& function, const ColumnTable& table,
                llvm::Value* sample, llvm::Value* in_row) {
    llvm::Value* offset = builder.CreateAdd(in_row, builder.CreateMul(sample, table.row_bytes));
    builder.CreateAlignedStore(code, builder.CreatePtrAdd(function.getArg(1), offset), llvm::Align(8));
}

}  // namespace

void emit_deliver(const part::DeliverSquares& part, const Plan& plan, const Schedule& schedule,
                  llvm::Function& function) {
    const OutputPlan& output = plan.outputs[part.output];
    SquareLoop loop(schedule, function);
    llvm::IRBuilder<>& builder = loop.builder;
    Integers integers(builder, side);
    const auto elements = static_cast<int64_t>(output.elements.size());
    const auto row_bytes = static_cast<size_t>(elements) * sizeof(uint64_t);
    const int64_t to = std::min(part.from + elements_per_function, elements);
    for (int64_t first = part.from; first < to; first += side) {
        Square square{};
        for (int64_t column = 0; column < side; ++column) {
            llvm::Value*& codes = square[static_cast<size_t>(column)];
            codes = integers.constant(64, 0);
            if (first + column >= elements) continue;
            const OutputElement& element = output.elements[static_cast<size_t>(first + column)];
            if (!element.value) {
                codes = integers.constant(64, element.constant);
                continue;
            }
            const Slot& slot = schedule.slots[*element.value];
            const auto bytes = static_cast<size_t>(side * slot.lane / 8);
            llvm::Value* stored = builder.CreateAlignedLoad(integers.type(slot.lane),
                                                            loop.address(0, slot.offset, bytes), llvm::Align(bytes));
            codes = integers.convert({stored, slot.lane, plan.values[*element.value].is_unsigned()}, 64);
        }
        square = transpose(builder, square);
        for (size_t row = 0; row < side; ++row)
            loop.store(
                square[row],
                loop.address(1, row * row_bytes + static_cast<size_t>(first) * sizeof(uint64_t), side * row_bytes),
                elements - first);
    }
    loop.finish();
}

void emit_deliver(const part::DeliverColumn& part, const Schedule& schedule, llvm::Function& function) {
    llvm::IRBuilder<> builder(llvm::BasicBlock::Create(function.getContext(), "", &function));
    Integers integers(builder, side);
    const ColumnTable table(builder, function.getArg(2));
    CountedLoop elements(builder, table.count);
    const auto [in_scratch, in_row] = table.pair(builder, elements.position());
    CountedLoop squares(builder, builder.getInt64(static_cast<uint64_t>(schedule.block / side)));
    const auto bytes = static_cast<uint64_t>(side * part.lane / 8);
    llvm::Value* offset = builder.CreateAdd(in_scratch, builder.CreateMul(squares.position(), builder.getInt64(bytes)));
    llvm::Value* stored = builder.CreateAlignedLoad(
        integers.type(part.lane), builder.CreatePtrAdd(function.getArg(0), offset), llvm::Align(bytes));
    llvm::Value* codes = integers.convert({stored, part.lane, part.is_unsigned}, 64);
    llvm::Value* first = builder.CreateMul(squares.position(), builder.getInt64(side));
    for (uint64_t row = 0; row < side; ++row) {
        llvm::Value* sample = builder.CreateAdd(first, builder.getInt64(row));
        store_word(builder, builder.CreateExtractElement(codes, row), function, table, sample, in_row);
    }
    squares.finish();
    elements.finish();
    builder.CreateRetVoid();
}

void emit_deliver(const part::DeliverConstant& /*part*/, const Schedule& schedule, llvm::Function& function) {
    llvm::IRBuilder<> builder(llvm::BasicBlock::Create(function.getContext(), "", &function));
    const ColumnTable table(builder, function.getArg(2));
    CountedLoop elements(builder, table.count);
    const auto [code, in_row] = table.pair(builder, elements.position());
    CountedLoop samples(builder, builder.getInt64(static_cast<uint64_t>(schedule.block)));
    store_word(builder, code, function, table, samples.position(), in_row);
    samples.finish();
    elements.finish();
    builder.CreateRetVoid();
}

}  // namespace dal::jit
