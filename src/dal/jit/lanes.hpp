// How many bits each value of a Plan is computed and kept in.
#pragma once

#include "dal/jit/plan.hpp"

namespace dal::jit {

/// Bits that hold every integer in [lo, hi]: unsigned if lo ≥ 0, else two's complement.
int bits_of(const Int& lo, const Int& hi);
/// The narrowest legal integer for `bits`: 8, 16, 32, 64, then multiples of 64.
int lane_for(int bits);

/// The codes of `x` after raise, drop and rounding, before overflow.
CodeRange rounded_range(const Requantize& requantize, const Value& x);

/// Bits in which raise, drop and rounding of `x` have to be computed.
int working_lane(const Requantize& requantize, const Value& x);
/// True if `lane` bits have room for what rounding adds before it shifts.
bool has_headroom(const Requantize& requantize, const Value& x, int lane);

/// Bits that hold both operands, however far apart their binary points are: for comparing them.
struct CommonLane {
    int bits;
    bool is_unsigned;
};
CommonLane common_lane(const Plan& plan, const Operand& a, const Operand& b);

/// True if a value is made for one sample at a time: it is read from a table, or the value itself, an operand or a step
/// between does not fit a vector lane of 64 bits.
bool is_scalar(const Plan& plan, ValueId value);

/// Sets Linear::looped where a program has more terms than can be compiled in reasonable time.
void choose_loops(Plan& plan);

/// Sets Value::stored_lane, and widens Value::lane to it where that saves a conversion.
void choose_lanes(Plan& plan);

}  // namespace dal::jit
