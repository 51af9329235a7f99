// Messages about shapes that more than one part of this layer gives.
#pragma once

#include "dal/array/array.hpp"
#include "dal/graph/shape.hpp"

namespace dal::sema {

/// "of shape [2, 3]".
inline std::string shape_text(const Shape& shape) {
    return shape.empty() ? "a scalar" : "of shape " + to_string(shape);
}

}  // namespace dal::sema
