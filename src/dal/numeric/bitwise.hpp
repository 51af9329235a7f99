// And, or and exclusive or of exact numbers: two's complement of unlimited length, aligned at the binary point. The
// one definition, for the interpreter, constants and tests.
#pragma once

#include "dal/support/number.hpp"

namespace dal {

Int bit_and(const Int& a, const Int& b);
Int bit_or(const Int& a, const Int& b);
Int bit_xor(const Int& a, const Int& b);

/// bit_and(-0.25, 1.75) is 1.75: …1.11 and 1.11.
Dyadic bit_and(const Dyadic& a, const Dyadic& b);
Dyadic bit_or(const Dyadic& a, const Dyadic& b);
Dyadic bit_xor(const Dyadic& a, const Dyadic& b);

}  // namespace dal
