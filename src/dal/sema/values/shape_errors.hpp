// Messages about shapes that more than one part of this layer gives.
#pragma once

#include "dal/array/array.hpp"
#include "dal/support/diagnostic.hpp"

namespace dal::sema {

Diagnostic does_not_broadcast(const Shape& a, const Shape& b, const Span& span);

/// "of shape [2, 3]".
inline std::string shape_text(const Shape& shape) {
    return shape.empty() ? "a scalar" : "of shape " + to_string(shape);
}

}  // namespace dal::sema
