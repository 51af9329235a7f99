// The size of an adder as published comparisons of adder graphs count it: what an FPGA pays in LUTs.
#pragma once

#include "dal/numeric/interval.hpp"

namespace dal {

/// Bits of the adder u ± v that need logic, from the lowest bit where both operands have one up to the sign; the
/// low tail that only one operand has is wires. `u` and `v` are the ranges of the shifted operands:
/// (1 if either is signed) + ceil(log2(largest magnitude, ends plus one step)) - log2(the coarser step).
int64_t adder_bits(const Interval& u, const Interval& v, bool subtract);

/// Bits of the adder u + v + w of three operands, negated where they are subtracted, with this range of the result:
/// LUTs of six inputs that compress a bit of each to a sum and a carry and add them to the chain. From the lowest bit
/// where two operands have one to one bit over the highest sign, which the carries reach, or to that of the result.
int64_t adder_bits(const Interval& u, const Interval& v, const Interval& w, const Interval& result);

}  // namespace dal
