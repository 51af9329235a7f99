// Which inputs and outputs the generated code handles; the others go through exact arithmetic, one number at a
// time. No LLVM here.
#pragma once

#include "dal/jit/plan.hpp"

namespace dal::jit {

/// True if the generated code can make the codes of a leaf from doubles.
bool has_fast_conversion(const Leaf& leaf);

/// True if every code of an output fits one 64-bit limb.
bool has_fast_delivery(const Plan& plan, const OutputPlan& output);

}  // namespace dal::jit
