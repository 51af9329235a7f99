// Takes out of a Plan what no output depends on.
#pragma once

#include "dal/jit/plan.hpp"

namespace dal::jit {

/// Drops dead values and leaves that need no check, and sorts the leaves by input and element; ids change.
void prune(Plan& plan);

}  // namespace dal::jit
