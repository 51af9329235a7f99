// Messages about shapes that more than one part of this layer gives.
#pragma once

#include "dal/array/array.hpp"
#include "dal/support/diagnostic.hpp"

namespace dal::sema {

Diagnostic does_not_broadcast(const Shape& a, const Shape& b, const Span& span);

}  // namespace dal::sema
