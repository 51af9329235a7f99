// The meaning of `quantize`: the one definition that the interpreter, constant evaluation and the tests
// share. The JIT and the circuit implement it again in their own terms and are compared with it.
#pragma once

#include "dal/numeric/kif.hpp"

namespace dal {

/// The integer nearest to `value`·2^f in the sense of `round`.
Int round_code(const Rational& value, int f, Round round);

/// The same for code·2^-drop, where drop may be negative. Works on bits only, so it is quick.
Int round_code_shifted(const Int& code, int64_t drop, Round round);

/// `code` brought into the range of `kif` (in units of 2^-kif.f) in the sense of `overflow`.
Int overflow_code(const Int& code, const Kif& kif, Overflow overflow);

/// Rounds first, then handles overflow: the code n of the result n·2^-f. A zero-width format gives 0.
/// One-bit signed `sat_sym` is {0}.
Int quantize_code(const Rational& value, const Format& format);

/// The same for the value code·2^-f.
Int quantize_code(const Int& code, int f, const Format& format);

}  // namespace dal
