// Index arithmetic on row-major shapes: broadcasting and strides, in one place for all engines.
#pragma once

#include <optional>

#include "dal/array/array.hpp"
#include "dal/support/diagnostic.hpp"

namespace dal {

/// Row-major strides in elements.
Shape strides_of(const Shape& shape);

/// The common shape under NumPy's rule (aligned at the last axis; 1 stretches); nothing if there is none.
std::optional<Shape> broadcast(const Shape& a, const Shape& b);
/// The error bad_shape for two shapes that have none.
Diagnostic does_not_broadcast(const Shape& a, const Shape& b, const Span& span);

/// Maps an element of a broadcast result to the element of one operand.
class BroadcastMap {
  public:
    /// `operand` must broadcast to `result` (checked).
    BroadcastMap(const Shape& operand, const Shape& result);
    /// Element of the operand that element `index` of the result reads.
    [[nodiscard]] int64_t operator()(int64_t index) const noexcept;

  private:
    bool identity_ = false;
    Shape extents_;  // of the result
    Shape strides_;  // of the operand, 0 along stretched axes
};

}  // namespace dal
