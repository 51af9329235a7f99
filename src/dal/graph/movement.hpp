// Data movement as index arithmetic: which element of which operand each element of a result is. No operation computes
// anything, so that constants, tensors of the graph and unquantized inputs are moved by the same functions. They check
// their arguments and say what is wrong; whoever calls them adds the place.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dal/graph/graph.hpp"

namespace dal {

struct Movement {
    Shape shape;
    std::vector<Source> sources;  ///< of each element, row-major
};

/// A movement, or what is wrong with the arguments, to become the message of a bad_shape diagnostic.
class MovementResult {
  public:
    MovementResult(Movement movement) : movement_(std::move(movement)) {}  // NOLINT(google-explicit-constructor)
    static MovementResult wrong(std::string message) {
        MovementResult result{Movement{}};
        result.problem_ = std::move(message);
        return result;
    }
    [[nodiscard]] bool ok() const noexcept { return problem_.empty(); }
    [[nodiscard]] const std::string& problem() const noexcept { return problem_; }
    Movement& operator*() noexcept { return movement_; }
    Movement* operator->() noexcept { return &movement_; }

  private:
    Movement movement_;
    std::string problem_;
};

/// One index of `x[…]`.
struct Subscript {
    enum class Kind : uint8_t {
        at,       ///< one position: the axis goes
        slice,    ///< first:last:step, the last not included
        all,      ///< `..`: as many whole axes as are left; at most once
        new_axis  ///< `_`: a new axis of extent 1
    };
    Kind kind = Kind::slice;
    int64_t position = 0;  ///< at; negative counts from the end
    std::optional<int64_t> first, last;
    int64_t step = 1;  ///< not 0; negative walks backwards
};

// Axes may be negative: -1 is the last.

/// The same elements in row-major order in another shape; one extent may be -1 (what is left).
MovementResult reshape(const Shape& x, Shape to);
/// Axis j of the result is axis axes[j] of x; empty: all reversed.
MovementResult transpose(const Shape& x, std::vector<int64_t> axes);
MovementResult subscript(const Shape& x, std::span<const Subscript> subscripts);
/// Positions along an axis: axis `axis` is replaced by the axes of `positions_shape`. Negative positions count from the
/// end.
MovementResult gather(const Shape& x, std::span<const int64_t> positions, const Shape& positions_shape, int64_t axis);
/// Operands behind each other along an existing axis.
MovementResult concat(std::span<const Shape> operands, int64_t axis);
/// Operands of one shape behind each other along a new axis.
MovementResult stack(std::span<const Shape> operands, int64_t axis);
/// operand 0 is x, operand 1 a scalar that fills; before[j], after[j] ≥ 0 for each axis of x.
MovementResult pad(const Shape& x, std::span<const int64_t> before, std::span<const int64_t> after);
/// Each element `count` times along an axis: [a, b] becomes [a, a, b, b].
MovementResult repeat(const Shape& x, int64_t count, int64_t axis);
/// The whole tensor `count` times along an axis: [a, b] becomes [a, b, a, b].
MovementResult tile(const Shape& x, int64_t count, int64_t axis);
MovementResult flip(const Shape& x, int64_t axis);
/// The same elements stretched to a shape, as NumPy broadcasts.
MovementResult broadcast_to(const Shape& x, const Shape& to);
/// Sliding windows over the axes `axes`: with sizes, strides and dilations per such axis, an axis of extent n becomes
/// (n - (size-1)·dilation - 1) / stride + 1 positions, and the window axes follow at the end, in the order of `axes`:
/// x[h, w, c] over axes 0 and 1 becomes [h', w', c, kh, kw].
MovementResult windows(const Shape& x, std::span<const int64_t> axes, std::span<const int64_t> sizes,
                       std::span<const int64_t> strides, std::span<const int64_t> dilations);

}  // namespace dal
