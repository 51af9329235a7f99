#include <llvm/IR/IRBuilder.h>

#include <unordered_map>

#include "dal/jit/emit.hpp"
#include "dal/jit/integers.hpp"
#include "dal/support/check.hpp"
#include "dal/support/overloaded.hpp"

namespace dal::jit {
namespace {

/// Measured: docs/jit.md.
constexpr int64_t operations_per_block = 30;

/// Emits the values of a chunk in a loop over the samples of a block: a vector of them at a time, or one by one
/// where vectors are of no use.
class ValueEmitter {
  public:
    ValueEmitter(const Plan& plan, const Schedule& schedule, const Chunk& chunk, llvm::Function& function)
        : plan_(plan),
          schedule_(schedule),
          chunk_(chunk),
          function_(function),
          builder_(llvm::BasicBlock::Create(function.getContext(), "", &function)),
          integers_(builder_, chunk.style == Style::scalar ? 0 : schedule.width) {}

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
        sample_->addIncoming(next, builder_.GetInsertBlock());
        llvm::Value* more = builder_.CreateICmpULT(next, builder_.getInt64(static_cast<uint64_t>(schedule_.block)));
        builder_.CreateCondBr(more, loop, done);
        builder_.SetInsertPoint(done);
        builder_.CreateRetVoid();
    }

  private:
    void emit_values() {
        for (const ValueId id : chunk_.values) {
            const Value& value = plan_.values[id];
            llvm::Value* result = define(id, value);
            remember(id, value.lane, result);
            const Slot& slot = schedule_.slots[id];
            if (slot.offset != Slot::none) store(id, slot);
            operations_ += operations(value.definition);
            if (operations_ >= operations_per_block) begin_block();
        }
    }

    /// LLVM looks at a block as a whole, and for what an operation might be simplified to at all that it is made of:
    /// many short blocks compile several times faster than one, to the same code but for some order.
    void begin_block() {
        operations_ = 0;
        auto* next = llvm::BasicBlock::Create(function_.getContext(), "", &function_);
        builder_.CreateBr(next);
        builder_.SetInsertPoint(next);
    }

    llvm::Value* define(ValueId id, const Value& value) {
        return std::visit(
            Overloaded{
                [](const Load&) -> llvm::Value* {
                    internal_error("load", __FILE__, __LINE__, "inputs are converted elsewhere");
                },
                [&](const Linear& sum) {
                    return integers_.linear(sum, value.lane,
                                            [&](ValueId term, int bits) { return operand(term, bits); });
                },
                [&](const Product& product) -> llvm::Value* {
                    return builder_.CreateMul(operand(product.a, value.lane), operand(product.b, value.lane));
                },
                [&](const Relu& relu) {
                    const Value& x = plan_.values[relu.x];
                    const Number result = integers_.relu({operand(relu.x, x.lane), x.lane, x.is_unsigned()});
                    return integers_.convert(result, value.lane);
                },
                [&](const Abs& abs) {
                    const Value& x = plan_.values[abs.x];
                    llvm::Value* result = builder_.CreateBinaryIntrinsic(llvm::Intrinsic::abs, operand(abs.x, x.lane),
                                                                         builder_.getFalse());
                    return integers_.convert({result, x.lane, true}, value.lane);
                },
                [&](const Requantize& step) {
                    const Value& x = plan_.values[step.x];
                    const int bits = working_lane(step, x);
                    return integers_.requantize(step, {operand(step.x, bits), bits, x.is_unsigned()}, x, value);
                },
                [&](const Extremum& pair) {
                    const auto [bits, is_unsigned] = common_lane(plan_, pair.a, pair.b);
                    llvm::Value* result =
                        integers_.extremum(pair.larger, is_unsigned, aligned(pair.a, bits), aligned(pair.b, bits));
                    return integers_.convert({result, bits, is_unsigned}, value.lane);
                },
                [&](const Compare& pair) {
                    const auto [bits, is_unsigned] = common_lane(plan_, pair.a, pair.b);
                    llvm::Value* truth =
                        integers_.compare(pair.relation, is_unsigned, aligned(pair.a, bits), aligned(pair.b, bits));
                    remember(id, 1, truth);
                    return integers_.convert({truth, 1, true}, value.lane);
                },
                [&](const Select& select) {
                    llvm::Value* truth = is_nonzero(select.condition);
                    return builder_.CreateSelect(truth, aligned(select.if_true, value.lane),
                                                 aligned(select.if_false, value.lane));
                },
                [&](const Bitwise& pair) {
                    return integers_.bitwise(pair.function, aligned(pair.a, value.lane), aligned(pair.b, value.lane));
                },
                [&](const Lookup& lookup) { return look_up(lookup, value); },
            },
            value.definition);
    }

    /// The low `bits` bits of an operand on the common binary point.
    llvm::Value* aligned(const Operand& x, int bits) {
        if (!x.value) return integers_.constant(bits, x.constant);
        return integers_.shift_left(operand(*x.value, bits), bits, x.shift);
    }

    /// For what is asked of comparisons, the bit that they made is kept.
    llvm::Value* is_nonzero(ValueId id) {
        llvm::Value* known = recall(id, 1);
        if (known == nullptr) {
            const int lane = plan_.values[id].lane;
            known = builder_.CreateICmpNE(operand(id, lane), integers_.constant(lane, 0));
            remember(id, 1, known);
        }
        return known;
    }

    /// Inference has proven that the code is in the table.
    llvm::Value* look_up(const Lookup& lookup, const Value& value) {
        DAL_CHECK(is_scalar(), "a table in vector code");
        const TableData& table = *plan_.tables[lookup.table];
        llvm::Value* position = builder_.CreateSub(operand(lookup.x, 64), integers_.constant(64, table.first));
        const auto bytes = static_cast<uint64_t>(table.lane / 8);
        llvm::Value* entries = builder_.CreateIntToPtr(
            builder_.getInt64(reinterpret_cast<uint64_t>(table.words.data())), builder_.getPtrTy());
        llvm::Value* at = builder_.CreatePtrAdd(entries, builder_.CreateMul(position, builder_.getInt64(bytes)));
        llvm::Value* entry =
            builder_.CreateAlignedLoad(integers_.type(table.lane), at, llvm::Align(std::min<uint64_t>(bytes, 8)));
        return integers_.convert({entry, table.lane, table.is_unsigned}, value.lane);
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
    [[nodiscard]] bool is_scalar() const { return chunk_.style == Style::scalar; }
    /// Samples per turn of the loop.
    [[nodiscard]] int step() const { return is_scalar() ? 1 : schedule_.width; }
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
        return llvm::Align(std::min<uint64_t>(is_scalar() ? 8 : 64, bytes));
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
    int64_t operations_ = 0;                            // of the block
    llvm::PHINode* sample_ = nullptr;                   // the first sample of the turn
    std::unordered_map<int, llvm::Value*> bases_;       // the turn's samples in slot 0, by lane
    std::unordered_map<uint64_t, llvm::Value*> known_;  // values of this function by id and bits
};

}  // namespace

void emit_values(const Plan& plan, const Schedule& schedule, const Chunk& chunk, llvm::Function& function) {
    ValueEmitter(plan, schedule, chunk, function).run();
}

}  // namespace dal::jit
