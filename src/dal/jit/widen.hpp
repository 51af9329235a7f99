// Numbers of small machine types as doubles, in bulk. All of them are exact; types for which that is not so are left to
// Array::at.
#pragma once

#include "dal/array/array.hpp"

namespace dal::jit {

/// Writes elements [first, first + count) of an array to `doubles`, if every number of its type is a double (NaN and
/// infinities stay what they are). False, and nothing written, if not.
bool widen(const Array& array, int64_t first, int64_t count, double* doubles);

}  // namespace dal::jit
