#include <llvm/IR/IRBuilder.h>

#include <unordered_map>

#include "dal/jit/emit.hpp"
#include "dal/jit/integers.hpp"
#include "dal/support/check.hpp"
#include "dal/support/overloaded.hpp"

namespace dal::jit {
namespace {

/// Emits the values of a chunk in a loop over the samples of a block: a vector of them at a time, or one by one
/// where integers are too wide for vectors.
class ComputeEmitter {
  public:
    ComputeEmitter(const Plan& plan, const Schedule& schedule, const Chunk& chunk, llvm::Function& function)
        : plan_(plan),
          schedule_(schedule),
          chunk_(chunk),
          function_(function),
          builder_(llvm::BasicBlock::Create(function.getContext(), "", &function)),
          integers_(builder_, chunk.wide ? 0 : schedule.width) {}

    void run() {
        llvm::BasicBlock* entry = builder_.GetInsertBlock();
        auto* loop = llvm::BasicBlock::Create(function_.getContext(), "samples", &function_);
        auto* done = llvm::BasicBlock::Create(function_.getContext(), "done", &function_);
        builder_.CreateBr(loop);
        builder_.SetInsertPoint(loop);
        sample_ = builder_.CreatePHI(builder_.getInt64Ty(), 2);
        sample_->addIncoming(builder_.getInt64(0), entry);
        emit_values();
        llvm::Value* next = builder_.CreateAdd(sample_, builder_.getInt64(static_cast<uint64_t>(step())));
        sample_->addIncoming(next, loop);
        llvm::Value* more = builder_.CreateICmpULT(next, builder_.getInt64(static_cast<uint64_t>(schedule_.block)));
        builder_.CreateCondBr(more, loop, done);
        builder_.SetInsertPoint(done);
        builder_.CreateRetVoid();
    }

  private:
    void emit_values() {
        for (const ValueId id : chunk_.values) {
            const Value& value = plan_.values[id];
            llvm::Value* result = define(value);
            remember(id, value.lane, result);
            const Slot& slot = schedule_.slots[id];
            if (slot.offset != Slot::none) store(id, slot);
        }
    }

    llvm::Value* define(const Value& value) {
        return std::visit(
            Overloaded{
                [](const Load&) -> llvm::Value* {
                    internal_error("load", __FILE__, __LINE__, "inputs are converted elsewhere");
                },
                [&](const Linear& sum) {
                    return integers_.linear(sum, value.lane, [&](ValueId id, int bits) { return operand(id, bits); });
                },
                [&](const Relu& relu) {
                    const Value& x = plan_.values[relu.x];
                    const Number result = integers_.relu({operand(relu.x, x.lane), x.lane, x.is_unsigned()});
                    return integers_.convert(result, value.lane);
                },
                [&](const Requantize& step) {
                    const Value& x = plan_.values[step.x];
                    const int bits = working_lane(step, x);
                    return integers_.requantize(step, {operand(step.x, bits), bits, x.is_unsigned()}, x, value);
                },
            },
            value.definition);
    }

    /// The low `bits` bits of a value, all of it if it has no more.
    llvm::Value* operand(ValueId id, int bits) {
        if (llvm::Value* known = recall(id, bits)) return known;
        const Value& value = plan_.values[id];
        Number source{recall(id, value.lane), value.lane, value.is_unsigned()};
        if (source.value == nullptr) {
            const Slot& slot = schedule_.slots[id];
            DAL_CHECK(slot.offset != Slot::none, "value " + std::to_string(id) + " has no slot");
            source.bits = slot.lane;
            source.value = recall(id, slot.lane);
            if (source.value == nullptr) {
                source.value = builder_.CreateAlignedLoad(integers_.type(slot.lane), address(slot), alignment(slot));
                remember(id, slot.lane, source.value);
            }
        }
        llvm::Value* converted = integers_.convert(source, bits);
        remember(id, bits, converted);
        return converted;
    }

    void store(ValueId id, const Slot& slot) {
        builder_.CreateAlignedStore(operand(id, slot.lane), address(slot), alignment(slot));
    }
    /// Samples per turn of the loop.
    [[nodiscard]] int step() const { return chunk_.wide ? 1 : schedule_.width; }
    llvm::Value* address(const Slot& slot) {
        llvm::Value*& base = bases_[slot.lane];  // moves with the sample; what is added is constant
        if (base == nullptr) {
            llvm::Value* bytes = builder_.getInt64(static_cast<uint64_t>(slot.lane / 8));
            base = builder_.CreatePtrAdd(function_.getArg(0), builder_.CreateMul(sample_, bytes));
        }
        return builder_.CreatePtrAdd(base, builder_.getInt64(slot.offset));
    }
    [[nodiscard]] llvm::Align alignment(const Slot& slot) const {
        const uint64_t bytes = static_cast<uint64_t>(slot.lane / 8) * static_cast<uint64_t>(step());
        return llvm::Align(std::min<uint64_t>(chunk_.wide ? 8 : 64, bytes));
    }

    llvm::Value* recall(ValueId id, int bits) {
        const auto found = known_.find(key(id, bits));
        return found == known_.end() ? nullptr : found->second;
    }
    void remember(ValueId id, int bits, llvm::Value* value) { known_[key(id, bits)] = value; }
    static uint64_t key(ValueId id, int bits) { return uint64_t{id} << 16 | static_cast<uint64_t>(bits); }

    const Plan& plan_;
    const Schedule& schedule_;
    const Chunk& chunk_;
    llvm::Function& function_;
    llvm::IRBuilder<> builder_;
    Integers integers_;
    llvm::PHINode* sample_ = nullptr;                   // the first sample of the turn
    std::unordered_map<int, llvm::Value*> bases_;       // the turn's samples in slot 0, by lane
    std::unordered_map<uint64_t, llvm::Value*> known_;  // values of this function by id and bits
};

}  // namespace

void emit_compute(const Plan& plan, const Schedule& schedule, const Chunk& chunk, llvm::Function& function) {
    ComputeEmitter(plan, schedule, chunk, function).run();
}

}  // namespace dal::jit
