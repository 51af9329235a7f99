// Constants along their axes: reductions, positions of extremes, sorting.
#include <algorithm>
#include <numeric>

#include "dal/sema/constant.hpp"
#include "dal/support/check.hpp"

namespace dal {
namespace {

/// The elements along one axis: `count` of them, `stride` apart, for each of `lanes()` first elements.
class Lanes {
  public:
    Lanes(const Shape& shape, size_t axis) : count(shape[axis]) {
        for (size_t j = axis + 1; j < shape.size(); ++j) stride *= shape[j];
        lanes_ = element_count(shape) / count;
    }
    [[nodiscard]] int64_t lanes() const { return lanes_; }
    [[nodiscard]] int64_t first(int64_t lane) const { return lane / stride * stride * count + lane % stride; }

    int64_t count;
    int64_t stride = 1;

  private:
    int64_t lanes_ = 0;
};

Shape without(Shape shape, size_t axis) {
    shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis));
    return shape;
}

/// One axis after the other, from the last.
template <class Combine>
Constant folded(Constant a, std::vector<size_t> axes, Combine&& combine) {
    std::sort(axes.begin(), axes.end(), std::greater<>());
    for (const size_t axis : axes) {
        const Lanes lanes(a.shape, axis);
        std::vector<Rational> values;
        values.reserve(static_cast<size_t>(lanes.lanes()));
        for (int64_t lane = 0; lane < lanes.lanes(); ++lane) {
            const int64_t first = lanes.first(lane);
            Rational value = a.at(first);
            for (int64_t j = 1; j < lanes.count && is_reasonable(value); ++j)
                value = combine(value, a.at(first + j * lanes.stride));
            values.push_back(std::move(value));
        }
        a = Constant::of(without(a.shape, axis), std::move(values));
    }
    return a;
}

}  // namespace

Constant reduced(ConstantOp op, const Constant& a, const std::vector<size_t>& axes) {
    if (op == ConstantOp::min)
        return folded(a, axes, [](const Rational& x, const Rational& y) { return y < x ? y : x; });
    if (op == ConstantOp::max)
        return folded(a, axes, [](const Rational& x, const Rational& y) { return x < y ? y : x; });
    if (op == ConstantOp::add) return folded(a, axes, [](const Rational& x, const Rational& y) { return x + y; });
    DAL_CHECK(op == ConstantOp::mul, "no reduction");
    return folded(a, axes, [](const Rational& x, const Rational& y) { return x * y; });
}

Constant extreme_position(const Constant& a, size_t axis, bool largest) {
    const Lanes lanes(a.shape, axis);
    std::vector<Rational> values;
    values.reserve(static_cast<size_t>(lanes.lanes()));
    for (int64_t lane = 0; lane < lanes.lanes(); ++lane) {
        const int64_t first = lanes.first(lane);
        int64_t best = 0;
        for (int64_t j = 1; j < lanes.count; ++j) {
            const Rational& value = a.at(first + j * lanes.stride);
            const Rational& known = a.at(first + best * lanes.stride);
            if (largest ? known < value : value < known) best = j;
        }
        values.emplace_back(Dyadic(Int(best)));
    }
    return Constant::of(without(a.shape, axis), std::move(values));
}

Constant sorted(const Constant& a, size_t axis, bool descending) {
    const Lanes lanes(a.shape, axis);
    std::vector<Rational> values(*a.values);
    std::vector<Rational> lane_values(static_cast<size_t>(lanes.count));
    for (int64_t lane = 0; lane < lanes.lanes(); ++lane) {
        const int64_t first = lanes.first(lane);
        for (int64_t j = 0; j < lanes.count; ++j) lane_values[static_cast<size_t>(j)] = a.at(first + j * lanes.stride);
        std::sort(lane_values.begin(), lane_values.end(),
                  [&](const Rational& x, const Rational& y) { return descending ? y < x : x < y; });
        for (int64_t j = 0; j < lanes.count; ++j)
            values[static_cast<size_t>(first + j * lanes.stride)] = lane_values[static_cast<size_t>(j)];
    }
    return Constant::of(a.shape, std::move(values));
}

Constant cumulated(const Constant& a, size_t axis) {
    const Lanes lanes(a.shape, axis);
    std::vector<Rational> values(*a.values);
    for (int64_t lane = 0; lane < lanes.lanes(); ++lane) {
        int64_t at = lanes.first(lane);
        for (int64_t j = 1; j < lanes.count; ++j, at += lanes.stride) {
            const Rational& before = values[static_cast<size_t>(at)];
            if (!is_reasonable(before)) break;
            Rational& value = values[static_cast<size_t>(at + lanes.stride)];
            value = value + before;
        }
    }
    return Constant::of(a.shape, std::move(values));
}

}  // namespace dal
