// Exact integer arithmetic in LLVM IR, on vectors of samples or on one sample: the operations of a Plan.
// Everything wraps modulo 2^bits (no nsw, no nuw); what keeps it exact is that ranges were proven first.
#pragma once

#include <llvm/IR/IRBuilder.h>

#include "dal/jit/lanes.hpp"

namespace dal::jit {

/// An integer, or a vector of them, and how its bits are read.
struct Number {
    llvm::Value* value;
    int bits;
    bool is_unsigned;
};

class Integers {
  public:
    /// `count` integers per vector; 0: scalars.
    Integers(llvm::IRBuilder<>& builder, int count) : builder_(builder), count_(count) {}

    [[nodiscard]] llvm::Type* type(int bits) const;
    [[nodiscard]] llvm::Value* constant(int bits, const Int& value) const;
    /// The same number in more bits, or its low bits.
    llvm::Value* convert(const Number& x, int bits);

    llvm::Value* shift_left(llvm::Value* x, int bits, int amount);

    /// Of two numbers with the same bits.
    llvm::Value* extremum(bool larger, bool is_unsigned, llvm::Value* a, llvm::Value* b);
    /// One bit.
    llvm::Value* compare(Relation relation, bool is_unsigned, llvm::Value* a, llvm::Value* b);
    llvm::Value* bitwise(BitFunction function, llvm::Value* a, llvm::Value* b);
    /// The sum of a Linear in `bits` bits; operand(id, bits) gives the low bits of a value.
    template <class Operand>
    llvm::Value* linear(const Linear& sum, int bits, Operand&& operand);
    /// max(x, 0), with as many bits.
    Number relu(const Number& x);
    /// `x`: the value `operand` in its working_lane; the result is in the lane of `result`.
    llvm::Value* requantize(const Requantize& step, const Number& x, const Value& operand, const Value& result);
    /// Brings n, which lies in `range`, into the limits of `step`; the result is in `bits` bits.
    llvm::Value* overflow(const Requantize& step, const Number& n, const CodeRange& range, int bits);

  private:
    struct Digit {
        ValueId value;
        bool minus;
    };
    /// The weights of a sum in canonical signed digits: digits[p] are those with weight 2^p. Weights for which
    /// a multiplication is cheaper are left whole.
    struct Digits {
        std::vector<std::vector<Digit>> digits;
        std::vector<Linear::Term> products;
    };
    [[nodiscard]] Digits digits_of(const Linear& sum, int bits) const;
    llvm::Value* shift_right(const Number& x, int amount);
    llvm::Value* rounded(const Requantize& step, const Number& x, const Value& operand);
    llvm::Value* clamp(llvm::Value* n, const Number& like, const Int& limit, bool from_below);

    llvm::IRBuilder<>& builder_;
    int count_;
};

template <class Operand>
llvm::Value* Integers::linear(const Linear& sum, int bits, Operand&& operand) {
    // Horner's rule over binary places: every digit costs one addition, and the shifts are shared by all terms.
    const Digits digits = digits_of(sum, bits);
    llvm::Value* total = nullptr;
    bool negated = false;  // total stands for -total: saves a negation when the first digit is negative
    const auto accumulate = [&](llvm::Value* x, bool minus) {
        if (total == nullptr) {
            total = x;
            negated = minus;
        } else {
            total = minus == negated ? builder_.CreateAdd(total, x) : builder_.CreateSub(total, x);
        }
    };
    int place = 0;
    for (size_t p = digits.digits.size(); p-- > 0;) {
        if (digits.digits[p].empty()) continue;
        if (total != nullptr) total = shift_left(total, bits, place - static_cast<int>(p));
        place = static_cast<int>(p);
        for (const Digit& digit : digits.digits[p]) accumulate(operand(digit.value, bits), digit.minus);
    }
    if (total != nullptr) total = shift_left(total, bits, place);
    for (const Linear::Term& term : digits.products)
        accumulate(builder_.CreateMul(operand(term.value, bits), constant(bits, term.weight)), false);
    if (total == nullptr) return constant(bits, sum.constant);
    if (negated) return builder_.CreateSub(constant(bits, sum.constant), total);
    return sum.constant.is_zero() ? total : builder_.CreateAdd(total, constant(bits, sum.constant));
}

}  // namespace dal::jit
