#include <llvm/IR/IRBuilder.h>

#include <array>
#include <cmath>

#include "dal/jit/emit.hpp"
#include "dal/jit/integers.hpp"
#include "dal/jit/ports.hpp"
#include "dal/support/check.hpp"

namespace dal::jit {
namespace {

/// Samples and elements are handled in squares of this side: rows of elements come in, columns of samples
/// go to the slots, and back.
constexpr int side = 8;

/// Bytes between a load and the prefetch for a later one. Batches are larger than caches, and what the processor
/// prefetches by itself stops at the end of a page.
constexpr uint64_t prefetch_distance = 4096;

using Square = std::array<llvm::Value*, side>;

/// Rows to columns of a side × side square of vectors.
Square transpose(llvm::IRBuilder<>& builder, Square square) {
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
    /// Loads or stores `count` ≤ side consecutive 8-byte items.
    llvm::Value* load(llvm::Type* type, llvm::Value* at, int64_t count) {
        if (count >= side) return builder.CreateAlignedLoad(type, at, llvm::Align(8));
        return builder.CreateMaskedLoad(type, at, llvm::Align(8), mask(count), llvm::Constant::getNullValue(type));
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

/// Converts columns of doubles to codes.
class InputEmitter {
  public:
    InputEmitter(const Plan& plan, const Schedule& schedule, bool wide_integers, llvm::Function& function)
        : plan_(plan),
          schedule_(schedule),
          loop_(schedule, function),
          builder_(loop_.builder),
          integers_(builder_, side),
          doubles_(llvm::FixedVectorType::get(builder_.getDoubleTy(), side)),
          wide_integers_(wide_integers) {}

    void run(const InputPort& port, int64_t from) {
        const auto row_bytes = static_cast<size_t>(port.elements) * sizeof(double);
        suspect_ = nullptr;
        auto leaf = plan_.leaves.begin();
        const int64_t to = std::min(from + elements_per_function, port.elements);
        for (int64_t first = from; first < to; first += side) {
            Square square{};
            for (size_t row = 0; row < side; ++row) {
                llvm::Value* at =
                    loop_.address(0, row * row_bytes + static_cast<size_t>(first) * sizeof(double), side * row_bytes);
                loop_.prefetch(at);
                square[row] = loop_.load(doubles_, at, port.elements - first);
            }
            square = transpose(builder_, square);
            for (int64_t element = first; element < std::min(first + side, port.elements); ++element) {
                llvm::Value* column = square[static_cast<size_t>(element - first)];
                bool checked = false;
                while (leaf != plan_.leaves.end() &&
                       (leaf->input < port.input || (leaf->input == port.input && leaf->element < element)))
                    ++leaf;
                for (; leaf != plan_.leaves.end() && leaf->input == port.input && leaf->element == element; ++leaf) {
                    if (!has_fast_conversion(*leaf)) continue;
                    convert(*leaf, column);
                    checked = true;
                }
                if (!checked) suspect_unless_below(column, HUGE_VAL);
            }
        }
        llvm::Value* bits = builder_.CreateBitCast(suspect_, builder_.getInt8Ty());
        llvm::Value* at = loop_.address(2, 0, 1);
        bits = builder_.CreateOr(bits, builder_.CreateLoad(builder_.getInt8Ty(), at));
        builder_.CreateStore(bits, at);
        loop_.finish();
    }

  private:
    void convert(const Leaf& leaf, llvm::Value* x) {
        const Kif& kif = leaf.format.kif;
        llvm::Value* u = x;
        if (kif.f != 0) u = builder_.CreateFMul(x, splat(std::ldexp(1.0, kif.f)));
        if (kif.f < 0) {  // a tiny number may have lost bits, even its sign
            llvm::Value* tiny = builder_.CreateFCmpOLT(magnitude(u), splat(std::ldexp(1.0, -1000)));
            suspect(builder_.CreateAnd(tiny, builder_.CreateFCmpUNE(x, splat(0))));
        }
        // Conversion of larger numbers is undefined; smaller ones leave room for rounding.
        const int bits = wide_integers_ || kif.width() > 28 ? 64 : 32;
        suspect_unless_below(u, std::ldexp(1.0, bits - 2));
        if (leaf.declared) {
            suspect(builder_.CreateFCmpUNE(whole(llvm::Intrinsic::floor, u), u));
            suspect(builder_.CreateFCmpULT(u, splat(static_cast<double>(kif.min_code().to_int64()))));
            suspect(builder_.CreateFCmpUGT(u, splat(static_cast<double>(kif.max_code().to_int64()))));
        }
        if (!leaf.value) return;
        const Value& value = plan_.values[*leaf.value];
        // Where the number is suspect, any integer will do: it is replaced.
        llvm::Value* n = builder_.CreateFreeze(
            builder_.CreateFPToSI(leaf.declared ? u : rounded(leaf.format.round, u), integers_.type(bits)));
        Number code{n, bits, false};
        if (!leaf.declared) {
            const Int limit = Int::pow2(bits - 2);
            Requantize step{
                0, 0, 0, leaf.format.round, leaf.format.overflow, kif.width(), kif.k, kif.min_code(), kif.max_code()};
            if (leaf.format.overflow == Overflow::sat_sym) step.lo = kif.k ? -step.hi : Int(0);
            code = {integers_.overflow(step, code, {-limit, limit}, value.lane), value.lane, value.is_unsigned()};
        }
        const Slot& slot = schedule_.slots[*leaf.value];
        const auto bytes = static_cast<size_t>(side * slot.lane / 8);
        builder_.CreateAlignedStore(integers_.convert(code, slot.lane), loop_.address(1, slot.offset, bytes),
                                    llvm::Align(bytes));
    }

    /// The rounded number, still as a double; from |u| = 2^52 on u is whole.
    llvm::Value* rounded(Round round, llvm::Value* u) {
        const auto one_if = [&](llvm::Value* condition) {
            return builder_.CreateSelect(condition, splat(1), splat(0));
        };
        switch (round) {
            case Round::trn: return whole(llvm::Intrinsic::floor, u);
            case Round::trn_zero: return u;  // as the conversion to integers does
            case Round::rnd_conv: return whole(llvm::Intrinsic::roundeven, u);
            // u - floor(u) is exact unless -½ < u < 0, where it is above ½ and is not rounded below it. So "at least
            // ½" is decided rightly, which "above ½" would not be. The same from above for ceil(u) - u.
            case Round::rnd: {
                llvm::Value* floor = whole(llvm::Intrinsic::floor, u);
                llvm::Value* up = builder_.CreateFCmpOGE(builder_.CreateFSub(u, floor), splat(0.5));
                return builder_.CreateFAdd(floor, one_if(up));
            }
            case Round::rnd_min_inf: {
                llvm::Value* ceiling = whole(llvm::Intrinsic::ceil, u);
                llvm::Value* down = builder_.CreateFCmpOGE(builder_.CreateFSub(ceiling, u), splat(0.5));
                return builder_.CreateFSub(ceiling, one_if(down));
            }
            // u - trunc(u) is always exact.
            case Round::rnd_zero:
            case Round::rnd_inf: {
                llvm::Value* inner = whole(llvm::Intrinsic::trunc, u);
                llvm::Value* rest = magnitude(builder_.CreateFSub(u, inner));
                llvm::Value* outwards = round == Round::rnd_inf ? builder_.CreateFCmpOGE(rest, splat(0.5))
                                                                : builder_.CreateFCmpOGT(rest, splat(0.5));
                llvm::Value* step = builder_.CreateBinaryIntrinsic(llvm::Intrinsic::copysign, one_if(outwards), u);
                return builder_.CreateFAdd(inner, step);
            }
        }
        internal_error("round", __FILE__, __LINE__, "no such rounding");
    }

    llvm::Value* splat(double value) { return llvm::ConstantFP::get(doubles_, value); }
    llvm::Value* whole(llvm::Intrinsic::ID rounding, llvm::Value* x) {
        return builder_.CreateUnaryIntrinsic(rounding, x);
    }
    llvm::Value* magnitude(llvm::Value* x) { return builder_.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, x); }
    void suspect_unless_below(llvm::Value* x, double limit) {
        suspect(builder_.CreateFCmpUGE(magnitude(x), splat(limit)));  // also true for NaN
    }
    void suspect(llvm::Value* condition) {
        suspect_ = suspect_ == nullptr ? condition : builder_.CreateOr(suspect_, condition);
    }

    const Plan& plan_;
    const Schedule& schedule_;
    SquareLoop loop_;
    llvm::IRBuilder<>& builder_;
    Integers integers_;
    llvm::Type* doubles_;
    bool wide_integers_;
    llvm::Value* suspect_ = nullptr;  // per sample of the square
};

}  // namespace

void emit_input(const Plan& plan, const Schedule& schedule, const InputPort& port, int64_t from, bool wide_integers,
                llvm::Function& function) {
    InputEmitter(plan, schedule, wide_integers, function).run(port, from);
}

void emit_output(const Plan& plan, const Schedule& schedule, const OutputPlan& output, int64_t from,
                 llvm::Function& function) {
    SquareLoop loop(schedule, function);
    llvm::IRBuilder<>& builder = loop.builder;
    Integers integers(builder, side);
    const auto elements = static_cast<int64_t>(output.elements.size());
    const auto row_bytes = static_cast<size_t>(elements) * sizeof(uint64_t);
    const int64_t to = std::min(from + elements_per_function, elements);
    for (int64_t first = from; first < to; first += side) {
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

}  // namespace dal::jit
