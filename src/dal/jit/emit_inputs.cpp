#include <llvm/IR/IRBuilder.h>

#include <array>
#include <cmath>
#include <optional>
#include <tuple>
#include <utility>

#include "dal/jit/emit.hpp"
#include "dal/jit/integers.hpp"
#include "dal/jit/loop.hpp"
#include "dal/jit/ports.hpp"
#include "dal/jit/square.hpp"
#include "dal/support/check.hpp"

namespace dal::jit {
namespace {

/// Whether floats are enough to convert a float: the limits of the format are floats, and scaling is exact or leaves
/// their range.
bool is_single(const Leaf& leaf) {
    constexpr int float_bits = 24;
    constexpr int farthest_point = 100;
    const Kif& kif = leaf.format.kif;
    return std::abs(kif.f) <= farthest_point && (!leaf.declared || kif.width() <= float_bits);
}

/// Converts columns of floating-point numbers to codes, a vector of samples at a time.
class Converter {
  public:
    Converter(const Plan& plan, bool wide_integers, bool single, llvm::IRBuilder<>& builder)
        : plan_(plan),
          builder_(builder),
          integers_(builder_, side),
          number_(single ? builder_.getFloatTy() : builder_.getDoubleTy()),
          doubles_(llvm::FixedVectorType::get(builder_.getDoubleTy(), side)),
          wide_integers_(wide_integers) {}

    /// Of one number, and of a column.
    [[nodiscard]] llvm::Type* number() const { return number_; }
    [[nodiscard]] llvm::Type* numbers() const { return llvm::FixedVectorType::get(number_, side); }
    [[nodiscard]] size_t bytes() const { return number_->isFloatTy() ? sizeof(float) : sizeof(double); }
    [[nodiscard]] Integers& integers() { return integers_; }

    /// The codes of a leaf, if anybody wants them.
    std::optional<Number> convert(const Leaf& leaf, llvm::Value* x) {
        const Kif& kif = leaf.format.kif;
        if (number_->isFloatTy() && !is_single(leaf)) x = builder_.CreateFPExt(x, doubles_);
        at_work_ = x->getType();
        llvm::Value* u = x;
        if (kif.f != 0) u = builder_.CreateFMul(x, splat(std::ldexp(1.0, kif.f)));
        if (kif.f < 0) {  // a tiny number may have lost bits, even its sign
            llvm::Value* tiny =
                builder_.CreateFCmpOLT(magnitude(u), splat(at_work_ == doubles_ ? 0x1p-1000 : 0x1p-100));
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
        if (!leaf.value) return std::nullopt;
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
        return code;
    }
    void check_finite(llvm::Value* x) {
        at_work_ = x->getType();
        suspect_unless_below(x, HUGE_VAL);
    }

    /// A bit per sample that was suspect in anything since the last call.
    llvm::Value* take_suspects() {
        return builder_.CreateBitCast(std::exchange(suspect_, nullptr), builder_.getInt8Ty());
    }

  private:
    /// The rounded number, still in floating point; from |u| = 2^52 on, or 2^23 for floats, u is whole.
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

    llvm::Value* splat(double value) { return llvm::ConstantFP::get(at_work_, value); }
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
    llvm::IRBuilder<>& builder_;
    Integers integers_;
    llvm::Type* number_;
    llvm::Type* doubles_;
    llvm::Type* at_work_ = nullptr;  // of the column that is being converted
    bool wide_integers_;
    llvm::Value* suspect_ = nullptr;  // per sample of the square
};

/// Stores codes, and notes which samples are suspect.
void store(Converter& converter, llvm::IRBuilder<>& builder, const Number& code, int lane, llvm::Value* at) {
    builder.CreateAlignedStore(converter.integers().convert(code, lane), at,
                               llvm::Align(static_cast<uint64_t>(side * lane / 8)));
}
void note(llvm::IRBuilder<>& builder, llvm::Value* suspects, llvm::Value* at) {
    builder.CreateStore(builder.CreateOr(suspects, builder.CreateLoad(builder.getInt8Ty(), at)), at);
}

}  // namespace

void emit_convert(const part::ConvertSquares& part, const Plan& plan, const Schedule& schedule, bool wide_integers,
                  llvm::Function& function) {
    SquareLoop loop(schedule, function);
    llvm::IRBuilder<>& builder = loop.builder;
    Converter converter(plan, wide_integers, part.single, builder);
    const auto row_bytes = static_cast<size_t>(part.elements) * converter.bytes();
    const int64_t to = std::min(part.from + elements_per_function, part.elements);
    auto leaf = std::partition_point(plan.leaves.begin(), plan.leaves.end(), [&](const Leaf& l) {
        return std::tie(l.input, l.element) < std::tie(part.input, part.from);
    });
    for (int64_t first = part.from; first < to; first += side) {
        Square square{};
        for (size_t row = 0; row < side; ++row) {
            llvm::Value* at =
                loop.address(0, row * row_bytes + static_cast<size_t>(first) * converter.bytes(), side * row_bytes);
            loop.prefetch(at);
            square[row] = loop.load(converter.numbers(), at, part.elements - first);
        }
        square = transpose(builder, square);
        for (int64_t element = first; element < std::min(first + side, part.elements); ++element) {
            llvm::Value* column = square[static_cast<size_t>(element - first)];
            bool checked = false;
            for (; leaf != plan.leaves.end() && leaf->input == part.input && leaf->element == element; ++leaf) {
                if (!has_fast_conversion(*leaf)) continue;
                checked = true;
                const auto code = converter.convert(*leaf, column);
                if (!code) continue;
                const Slot& slot = schedule.slots[*leaf->value];
                store(converter, builder, *code, slot.lane,
                      loop.address(1, slot.offset, static_cast<size_t>(side * slot.lane / 8)));
            }
            if (!checked) converter.check_finite(column);
        }
    }
    note(builder, converter.take_suspects(), loop.address(2, 0, 1));
    loop.finish();
}

void emit_convert(const part::ConvertColumn& part, const Plan& plan, const Schedule& schedule, bool wide_integers,
                  llvm::Function& function) {
    llvm::IRBuilder<> builder(llvm::BasicBlock::Create(function.getContext(), "", &function));
    Converter converter(plan, wide_integers, part.single, builder);
    const ColumnTable table(builder, function.getArg(3));
    CountedLoop elements(builder, table.count);
    const auto [in_row, in_scratch] = table.pair(builder, elements.position());
    CountedLoop squares(builder, builder.getInt64(static_cast<uint64_t>(schedule.block / side)));
    llvm::Value* first = builder.CreateMul(squares.position(), builder.getInt64(side));
    llvm::Value* column = llvm::PoisonValue::get(converter.numbers());
    for (uint64_t row = 0; row < side; ++row) {
        llvm::Value* sample = builder.CreateAdd(first, builder.getInt64(row));
        llvm::Value* offset = builder.CreateAdd(in_row, builder.CreateMul(sample, table.row_bytes));
        llvm::Value* number = builder.CreateAlignedLoad(
            converter.number(), builder.CreatePtrAdd(function.getArg(0), offset), llvm::Align(converter.bytes()));
        column = builder.CreateInsertElement(column, number, row);
    }
    if (part.like == nullptr) {
        converter.check_finite(column);
    } else if (const auto code = converter.convert(*part.like, column)) {
        const int lane = schedule.slots[*part.like->value].lane;
        llvm::Value* bytes = builder.getInt64(static_cast<uint64_t>(side * lane / 8));
        llvm::Value* offset = builder.CreateAdd(in_scratch, builder.CreateMul(squares.position(), bytes));
        store(converter, builder, *code, lane, builder.CreatePtrAdd(function.getArg(1), offset));
    }
    note(builder, converter.take_suspects(), builder.CreatePtrAdd(function.getArg(2), squares.position()));
    squares.finish();
    elements.finish();
    builder.CreateRetVoid();
}

}  // namespace dal::jit
