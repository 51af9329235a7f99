// What hardware computes, as a tree: vectors of bits without a sign, each of a fixed width. Printers of all targets
// walk it, and so do the evaluator and the search for bits that nothing reads. Trees are shallow: operands of
// operations are values of signals, extended and aligned.
#pragma once

#include <cstdint>
#include <vector>

#include "dal/support/int.hpp"

namespace dal::netlist {

/// A signal of a module, by its position there.
enum class SignalId : uint32_t {};

struct Expression {
    enum class Kind : uint8_t {
        literal,  ///< `value`, from 0 to 2^width - 1
        bits,     ///< bits [first, first + width) of `signal`
        repeat,   ///< an operand of one bit, `width` times
        concat,   ///< the operands, the most significant first
        sum,      ///< of operands of the same width, modulo 2^width; those that are `negative` are subtracted
        product,  ///< of two operands of the same width, modulo 2^width
        mux,      ///< operand 0, of one bit, ? operand 1 : operand 2
        bit_and,  ///< of two operands, and so on
        bit_or,
        bit_xor,
        bit_not,
        any,      ///< one bit: whether the operand has a 1
        less,     ///< one bit: whether operand 0 is less than operand 1, of the same width
        look_up,  ///< the entry of table `table` for a code
    };
    Kind kind = Kind::literal;
    bool negative = false;   ///< as an operand of a sum; never the first
    bool is_signed = false;  ///< less: the operands are in two's complement
    uint32_t table = 0;
    SignalId signal{};
    int64_t first = 0;
    int64_t width = 0;
    Int value;
    std::vector<Expression> operands;
};

/// Bits [lo, lo + width) of the two's-complement form of `code`, with zeros below bit 0.
Expression literal(const Int& code, int64_t lo, int64_t width);
Expression bits(SignalId signal, int64_t first, int64_t width);
Expression repeat(Expression bit, int64_t width);
/// The most significant first; of one operand, that operand.
Expression concat(std::vector<Expression> operands);
/// An operation whose operands all have the width of the result.
Expression combine(Expression::Kind kind, std::vector<Expression> operands);
Expression mux(Expression condition, Expression if_true, Expression if_false);
Expression any(Expression operand);
Expression less(Expression a, Expression b, bool is_signed);
Expression look_up(uint32_t table, Expression code, int64_t width);

/// Calls `visit` for each `bits` in the tree.
template <class Visit>
void for_each_bits(const Expression& expression, Visit& visit) {
    if (expression.kind == Expression::Kind::bits) visit(expression);
    for (const Expression& operand : expression.operands) for_each_bits(operand, visit);
}

}  // namespace dal::netlist
