#include "dal/jit/integers.hpp"

#include <llvm/ADT/APInt.h>

#include <algorithm>

#include "dal/support/check.hpp"

namespace dal::jit {
namespace {

/// Weights with at least this many digits are multiplied with. There is no vector multiplication of bytes,
/// and the one of quadwords is slow or absent; above 128 bits it would be many instructions.
int digits_worth_a_product(int bits, bool scalar) {
    if (scalar) return bits <= 64 ? 3 : bits == 128 ? 6 : 1 << 16;
    return bits == 8 ? 1 << 16 : bits == 64 ? 6 : 4;
}

struct SignedDigit {
    int place;
    bool minus;
};

/// Canonical signed digits of `weight`, those below 2^bits.
std::vector<SignedDigit> signed_digits(Int weight, int bits) {
    std::vector<SignedDigit> digits;
    int place = 0;
    while (!weight.is_zero()) {
        const int64_t zeros = weight.trailing_zeros();
        weight >>= zeros;
        place += static_cast<int>(zeros);
        if (place >= bits) break;
        const bool minus = weight.bit(1);  // ≡ 3 modulo 4
        digits.push_back({place, minus});
        weight += minus ? 1 : -1;
    }
    return digits;
}

}  // namespace

llvm::Type* Integers::type(int bits) const {
    llvm::Type* scalar = builder_.getIntNTy(static_cast<unsigned>(bits));
    return count_ == 0 ? scalar : llvm::FixedVectorType::get(scalar, static_cast<unsigned>(count_));
}

llvm::Value* Integers::constant(int bits, const Int& value) const {
    std::vector<uint64_t> words(static_cast<size_t>((bits + 63) / 64));
    value.to_words(words.data(), words.size());
    return llvm::ConstantInt::get(type(bits), llvm::APInt(static_cast<unsigned>(bits), words));
}

llvm::Value* Integers::convert(const Number& x, int bits) {
    if (bits == x.bits) return x.value;
    if (bits < x.bits) return builder_.CreateTrunc(x.value, type(bits));
    return x.is_unsigned ? builder_.CreateZExt(x.value, type(bits)) : builder_.CreateSExt(x.value, type(bits));
}

llvm::Value* Integers::shift_left(llvm::Value* x, int bits, int amount) {
    if (amount == 0) return x;
    return amount >= bits ? constant(bits, 0) : builder_.CreateShl(x, constant(bits, amount));
}

llvm::Value* Integers::shift_right(const Number& x, int amount) {
    if (amount == 0) return x.value;
    DAL_CHECK(amount < x.bits, "shift of " + std::to_string(x.bits) + " bits by " + std::to_string(amount));
    llvm::Value* by = constant(x.bits, amount);
    return x.is_unsigned ? builder_.CreateLShr(x.value, by) : builder_.CreateAShr(x.value, by);
}

Integers::Digits Integers::digits_of(const Linear& sum, int bits) const {
    const auto limit = static_cast<size_t>(digits_worth_a_product(bits, count_ == 0));
    Digits result;
    for (const Linear::Term& term : sum.terms) {
        const std::vector<SignedDigit> digits = signed_digits(term.weight, bits);
        if (digits.size() >= limit) {
            result.products.push_back(term);
            continue;
        }
        for (const SignedDigit& digit : digits) {
            const auto place = static_cast<size_t>(digit.place);
            if (result.digits.size() <= place) result.digits.resize(place + 1);
            result.digits[place].push_back({term.value, digit.minus});
        }
    }
    return result;
}

llvm::Value* Integers::extremum(bool larger, bool is_unsigned, llvm::Value* a, llvm::Value* b) {
    // LLVM 19 expands smin(x, -1) wrongly above 128 bits: the low half of -1 becomes 2^64 - 1.
    if (a->getType()->getScalarSizeInBits() > 64) {
        llvm::Value* a_smaller = compare(Relation::lt, is_unsigned, a, b);
        return larger ? builder_.CreateSelect(a_smaller, b, a) : builder_.CreateSelect(a_smaller, a, b);
    }
    const auto kind = larger ? (is_unsigned ? llvm::Intrinsic::umax : llvm::Intrinsic::smax)
                             : (is_unsigned ? llvm::Intrinsic::umin : llvm::Intrinsic::smin);
    return builder_.CreateBinaryIntrinsic(kind, a, b);
}

llvm::Value* Integers::compare(Relation relation, bool is_unsigned, llvm::Value* a, llvm::Value* b) {
    switch (relation) {
        case Relation::eq: return builder_.CreateICmpEQ(a, b);
        case Relation::ne: return builder_.CreateICmpNE(a, b);
        case Relation::lt: return is_unsigned ? builder_.CreateICmpULT(a, b) : builder_.CreateICmpSLT(a, b);
        case Relation::le: return is_unsigned ? builder_.CreateICmpULE(a, b) : builder_.CreateICmpSLE(a, b);
    }
    internal_error("relation", __FILE__, __LINE__, "no such relation");
}

llvm::Value* Integers::bitwise(BitFunction function, llvm::Value* a, llvm::Value* b) {
    switch (function) {
        case BitFunction::bit_and: return builder_.CreateAnd(a, b);
        case BitFunction::bit_or: return builder_.CreateOr(a, b);
        case BitFunction::bit_xor: return builder_.CreateXor(a, b);
    }
    internal_error("bits", __FILE__, __LINE__, "no such bit function");
}

Number Integers::relu(const Number& x) {
    if (x.is_unsigned) return x;
    llvm::Value* zero = constant(x.bits, 0);
    return {builder_.CreateBinaryIntrinsic(llvm::Intrinsic::smax, x.value, zero), x.bits, true};
}

llvm::Value* Integers::rounded(const Requantize& step, const Number& x, const Value& operand) {
    const int drop = step.drop;
    if (drop == 0) return x.value;
    const auto add = [&](llvm::Value* a, const Int& b) {
        return b.is_zero() ? a : builder_.CreateAdd(a, constant(x.bits, b));
    };
    // 1 for negative numbers, else 0; or all ones, else 0.
    const auto sign_bit = [&] {
        return x.is_unsigned ? constant(x.bits, 0) : builder_.CreateLShr(x.value, constant(x.bits, x.bits - 1));
    };
    const auto sign_mask = [&] {
        return x.is_unsigned ? constant(x.bits, 0) : builder_.CreateAShr(x.value, constant(x.bits, x.bits - 1));
    };
    const auto shifted = [&](llvm::Value* sum) { return shift_right({sum, x.bits, x.is_unsigned}, drop); };
    const Int half = Int::pow2(drop - 1);
    switch (step.round) {
        case Round::trn: return shifted(x.value);
        case Round::trn_zero:
            if (x.is_unsigned) return shifted(x.value);
            return shifted(
                builder_.CreateAdd(x.value, builder_.CreateAnd(sign_mask(), constant(x.bits, half * 2 - 1))));
        case Round::rnd: {
            if (has_headroom(step, operand, x.bits)) return shifted(add(x.value, half));
            const Number t{shift_right(x, drop - 1), x.bits, x.is_unsigned};
            return builder_.CreateAdd(shift_right(t, 1), builder_.CreateAnd(t.value, constant(x.bits, 1)));
        }
        case Round::rnd_min_inf: return shifted(add(x.value, half - 1));
        case Round::rnd_zero: return shifted(builder_.CreateAdd(add(x.value, half - 1), sign_bit()));
        case Round::rnd_inf: return shifted(builder_.CreateAdd(add(x.value, half), sign_mask()));
        case Round::rnd_conv: {
            llvm::Value* odd = builder_.CreateAnd(shifted(x.value), constant(x.bits, 1));
            return shifted(builder_.CreateAdd(add(x.value, half - 1), odd));
        }
    }
    internal_error("round", __FILE__, __LINE__, "no such rounding");
}

llvm::Value* Integers::requantize(const Requantize& step, const Number& x, const Value& operand, const Value& result) {
    Number n{shift_left(x.value, x.bits, step.raise), x.bits, operand.is_unsigned()};
    n.value = rounded(step, n, operand);
    return overflow(step, n, rounded_range(step, operand), result.lane);
}

llvm::Value* Integers::clamp(llvm::Value* n, const Number& like, const Int& limit, bool from_below) {
    return extremum(from_below, like.is_unsigned, n, constant(like.bits, limit));
}

llvm::Value* Integers::overflow(const Requantize& step, const Number& n, const CodeRange& range, int bits) {
    const bool below = range.lo < step.lo;
    const bool above = step.hi < range.hi;
    if (!below && !above) return convert(n, bits);
    switch (step.overflow) {
        case Overflow::wrap: {
            if (step.bits <= 0) return constant(bits, 0);
            // Low bits only, in the narrowest lane that is not converted twice; or more bits than n has, when a
            // small negative number becomes a large one.
            const int lane = std::max(lane_for(step.bits), std::min(n.bits, bits));
            llvm::Value* low = convert(n, lane);
            if (step.bits < lane && !step.keep_negative)
                low = builder_.CreateAnd(low, constant(lane, Int::pow2(step.bits) - 1));
            if (step.bits < lane && step.keep_negative) {
                if (lane == 8) {  // there are no shifts of bytes
                    llvm::Value* sign = constant(lane, Int::pow2(step.bits - 1));
                    low = builder_.CreateAnd(low, constant(lane, Int::pow2(step.bits) - 1));
                    low = builder_.CreateSub(builder_.CreateXor(low, sign), sign);
                } else {
                    llvm::Value* unused = constant(lane, lane - step.bits);
                    low = builder_.CreateAShr(builder_.CreateShl(low, unused), unused);
                }
            }
            return convert({low, lane, !step.keep_negative}, bits);
        }
        case Overflow::sat:
        case Overflow::sat_sym: {
            llvm::Value* limited = n.value;
            if (below) limited = clamp(limited, n, step.lo, true);
            if (above) limited = clamp(limited, n, step.hi, false);
            return convert({limited, n.bits, n.is_unsigned}, bits);
        }
        case Overflow::sat_zero: {
            llvm::Value* inside = nullptr;
            const auto require = [&](llvm::Value* condition) {
                inside = inside == nullptr ? condition : builder_.CreateAnd(inside, condition);
            };
            const auto compare = [&](llvm::CmpInst::Predicate with_sign, llvm::CmpInst::Predicate without,
                                     const Int& limit) {
                require(builder_.CreateICmp(n.is_unsigned ? without : with_sign, n.value, constant(n.bits, limit)));
            };
            if (below) compare(llvm::CmpInst::ICMP_SGE, llvm::CmpInst::ICMP_UGE, step.lo);
            if (above) compare(llvm::CmpInst::ICMP_SLE, llvm::CmpInst::ICMP_ULE, step.hi);
            llvm::Value* kept = builder_.CreateSelect(inside, n.value, constant(n.bits, 0));
            return convert({kept, n.bits, n.is_unsigned}, bits);
        }
    }
    internal_error("overflow", __FILE__, __LINE__, "no such overflow mode");
}

}  // namespace dal::jit
