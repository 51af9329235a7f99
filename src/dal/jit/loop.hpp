// A counted loop in LLVM IR, while it is being written.
#pragma once

#include <llvm/IR/IRBuilder.h>

namespace dal::jit {

/// for (position = 0; position < end; ++position), end ≥ 1. What is emitted between the constructor and `finish` is the
/// body; loops nest.
class CountedLoop {
  public:
    CountedLoop(llvm::IRBuilder<>& builder, llvm::Value* end) : builder_(builder), end_(end) {
        llvm::BasicBlock* before = builder.GetInsertBlock();
        body_ = llvm::BasicBlock::Create(builder.getContext(), "", before->getParent());
        builder.CreateBr(body_);
        builder.SetInsertPoint(body_);
        position_ = builder.CreatePHI(builder.getInt64Ty(), 2);
        position_->addIncoming(builder.getInt64(0), before);
    }
    [[nodiscard]] llvm::Value* position() const { return position_; }
    /// A value that the body may replace: `start` in the first turn.
    llvm::PHINode* carry(llvm::Value* start, llvm::BasicBlock* from) {
        llvm::PHINode* carried = llvm::PHINode::Create(start->getType(), 2, "", body_->begin());
        carried->addIncoming(start, from);
        return carried;
    }
    void finish() {
        llvm::Value* next = builder_.CreateAdd(position_, builder_.getInt64(1));
        position_->addIncoming(next, builder_.GetInsertBlock());
        auto* done = llvm::BasicBlock::Create(builder_.getContext(), "", body_->getParent());
        builder_.CreateCondBr(builder_.CreateICmpULT(next, end_), body_, done);
        builder_.SetInsertPoint(done);
    }

  private:
    llvm::IRBuilder<>& builder_;
    llvm::Value* end_;
    llvm::BasicBlock* body_;
    llvm::PHINode* position_;
};

}  // namespace dal::jit
