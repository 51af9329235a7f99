// Whether two files mean the same to the parser: their syntax trees are equal except for places. For the formatter,
// which must not change a program.
#pragma once

#include "dal/syntax/ast.hpp"

namespace dal {

bool equal_up_to_places(const Ast& a, const Ast& b);

}  // namespace dal
