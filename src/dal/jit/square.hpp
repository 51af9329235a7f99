// Squares of samples × elements in LLVM IR: how rows of a batch become columns in slots, and back.
#pragma once

#include <llvm/IR/IRBuilder.h>

#include <array>

#include "dal/jit/schedule.hpp"

namespace dal::jit {

/// Samples and elements are handled in squares of this side: rows of elements come in, columns of samples
/// go to the slots, and back.
constexpr int side = 8;

/// Bytes between a load and the prefetch for a later one. Batches are larger than caches, and what the processor
/// prefetches by itself stops at the end of a page.
constexpr uint64_t prefetch_distance = 4096;

using Square = std::array<llvm::Value*, side>;

/// Rows to columns of a side × side square of vectors.
inline Square transpose(llvm::IRBuilder<>& builder, Square square) {
    // Three rounds: at distance 1, 2 and 4 each pair of rows exchanges the off-diagonal blocks.
    for (int distance = 1; distance < side; distance *= 2) {
        Square next{};
        for (int row = 0; row < side; ++row) {
            if ((row & distance) != 0) continue;
            std::array<int, side> low{};
            std::array<int, side> high{};
            for (int column = 0; column < side; ++column) {
                const bool second = (column & distance) != 0;
                low[static_cast<size_t>(column)] = second ? side + column - distance : column;
                high[static_cast<size_t>(column)] = second ? side + column : column + distance;
            }
            llvm::Value* a = square[static_cast<size_t>(row)];
            llvm::Value* b = square[static_cast<size_t>(row + distance)];
            next[static_cast<size_t>(row)] = builder.CreateShuffleVector(a, b, low);
            next[static_cast<size_t>(row + distance)] = builder.CreateShuffleVector(a, b, high);
        }
        square = next;
    }
    return square;
}

/// A function with one loop over the squares of samples of a block.
class SquareLoop {
  public:
    SquareLoop(const Schedule& schedule, llvm::Function& function)
        : builder(llvm::BasicBlock::Create(function.getContext(), "", &function)),
          function_(function),
          end_(static_cast<uint64_t>(schedule.block / side)),
          entry_(builder.GetInsertBlock()),
          loop_(llvm::BasicBlock::Create(function.getContext(), "samples", &function)) {
        builder.CreateBr(loop_);
        builder.SetInsertPoint(loop_);
        position_ = builder.CreatePHI(builder.getInt64Ty(), 2);
        position_->addIncoming(builder.getInt64(0), entry_);
    }
    void finish() {
        llvm::Value* next = builder.CreateAdd(position_, builder.getInt64(1));
        position_->addIncoming(next, builder.GetInsertBlock());
        auto* done = llvm::BasicBlock::Create(function_.getContext(), "done", &function_);
        builder.CreateCondBr(builder.CreateICmpULT(next, builder.getInt64(end_)), loop_, done);
        builder.SetInsertPoint(done);
        builder.CreateRetVoid();
    }
    [[nodiscard]] llvm::Value* position() const { return position_; }
    /// base + constant + position · bytes_per_square.
    llvm::Value* address(unsigned argument, size_t constant, size_t bytes_per_square) {
        llvm::Value* offset = builder.CreateMul(position_, builder.getInt64(bytes_per_square));
        return builder.CreatePtrAdd(function_.getArg(argument), builder.CreateAdd(offset, builder.getInt64(constant)));
    }
    /// Asks for memory that will be read some rounds later; harmless where there is none.
    void prefetch(llvm::Value* at) {
        llvm::Value* ahead = builder.CreatePtrAdd(at, builder.getInt64(prefetch_distance));
        builder.CreateIntrinsic(llvm::Intrinsic::prefetch, {ahead->getType()},
                                {ahead, builder.getInt32(0), builder.getInt32(3), builder.getInt32(1)});
    }
    /// Loads or stores `count` ≤ side consecutive items: loads of the vector `type`, stores of 8 bytes.
    llvm::Value* load(llvm::Type* type, llvm::Value* at, int64_t count) {
        const llvm::Align align(type->getScalarSizeInBits() / 8);
        if (count >= side) return builder.CreateAlignedLoad(type, at, align);
        return builder.CreateMaskedLoad(type, at, align, mask(count), llvm::Constant::getNullValue(type));
    }
    void store(llvm::Value* row, llvm::Value* at, int64_t count) {
        if (count >= side)
            builder.CreateAlignedStore(row, at, llvm::Align(8));
        else
            builder.CreateMaskedStore(row, at, llvm::Align(8), mask(count));
    }

    llvm::IRBuilder<> builder;

  private:
    llvm::Function& function_;
    llvm::Value* mask(int64_t count) {
        std::array<llvm::Constant*, side> bits{};
        for (int j = 0; j < side; ++j) bits[static_cast<size_t>(j)] = builder.getInt1(j < count);
        return llvm::ConstantVector::get(bits);
    }

    uint64_t end_;
    llvm::BasicBlock* entry_;
    llvm::BasicBlock* loop_;
    llvm::PHINode* position_ = nullptr;
};

/// The table of a function for columns: the number of elements, the bytes between samples, then two numbers for each
/// element.
struct ColumnTable {
    ColumnTable(llvm::IRBuilder<>& builder, llvm::Value* at)
        : table(at), count(word(builder, 0)), row_bytes(word(builder, 8)) {}

    /// The numbers of an element.
    std::pair<llvm::Value*, llvm::Value*> pair(llvm::IRBuilder<>& builder, llvm::Value* element) const {
        llvm::Value* entry = builder.CreatePtrAdd(table, builder.CreateMul(element, builder.getInt64(16)));
        const auto load = [&](uint64_t byte) {
            return builder.CreateAlignedLoad(builder.getInt64Ty(), builder.CreatePtrAdd(entry, builder.getInt64(byte)),
                                             llvm::Align(8));
        };
        return {load(16), load(24)};
    }

    llvm::Value* table;
    llvm::Value* count;
    llvm::Value* row_bytes;

  private:
    llvm::Value* word(llvm::IRBuilder<>& builder, uint64_t byte) const {
        return builder.CreateAlignedLoad(builder.getInt64Ty(), builder.CreatePtrAdd(table, builder.getInt64(byte)),
                                         llvm::Align(8));
    }
};

}  // namespace dal::jit
