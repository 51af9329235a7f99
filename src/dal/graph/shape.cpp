#include "dal/graph/shape.hpp"

#include <algorithm>

#include "dal/support/check.hpp"
#include "dal/support/codes/shape_codes.hpp"

namespace dal {

Shape strides_of(const Shape& shape) {
    Shape strides(shape.size());
    int64_t stride = 1;
    for (size_t axis = shape.size(); axis-- > 0;) {
        strides[axis] = stride;
        stride *= shape[axis];
    }
    return strides;
}

Diagnostic does_not_broadcast(const Shape& a, const Shape& b, const Span& span) {
    return error(code::bad_shape, span, "shapes " + to_string(a) + " and " + to_string(b) + " do not broadcast")
        .with_rule("axes are aligned at the last one; two extents agree if they are equal or one of them is 1");
}

std::optional<Shape> broadcast(const Shape& a, const Shape& b) {
    Shape result(std::max(a.size(), b.size()));
    for (size_t back = 1; back <= result.size(); ++back) {
        const int64_t x = back <= a.size() ? a[a.size() - back] : 1;
        const int64_t y = back <= b.size() ? b[b.size() - back] : 1;
        if (x != y && x != 1 && y != 1) return std::nullopt;
        result[result.size() - back] = x == 1 ? y : x;
    }
    return result;
}

BroadcastMap::BroadcastMap(const Shape& operand, const Shape& result)
    : identity_(operand == result), extents_(result), strides_(result.size()) {
    DAL_CHECK(broadcast(operand, result) == result, to_string(operand) + " does not broadcast to " + to_string(result));
    const Shape own = strides_of(operand);
    for (size_t back = 1; back <= operand.size(); ++back)
        strides_[result.size() - back] = operand[operand.size() - back] == 1 ? 0 : own[operand.size() - back];
}

int64_t BroadcastMap::operator()(int64_t index) const noexcept {
    if (identity_) return index;
    int64_t element = 0;
    for (size_t axis = extents_.size(); axis-- > 0;) {
        element += index % extents_[axis] * strides_[axis];
        index /= extents_[axis];
    }
    return element;
}

}  // namespace dal
