#include "dal/graph/movement.hpp"

#include <algorithm>

#include "dal/graph/limits.hpp"
#include "dal/support/check.hpp"

namespace dal {
namespace {

MovementResult wrong(std::string message) { return MovementResult::wrong(std::move(message)); }

std::string text(const Shape& shape) { return shape.empty() ? "a scalar" : to_string(shape); }

std::string count(int64_t n, const char* one, const char* several) {
    return std::to_string(n) + " " + (n == 1 ? one : several);
}

/// Number of elements, or nothing if there are too many of them.
std::optional<int64_t> elements_of(const Shape& shape) {
    if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return 0;
    int64_t elements = 1;
    for (const int64_t extent : shape) {
        if (extent > most_elements / elements) return std::nullopt;
        elements *= extent;
    }
    return elements;
}

std::string too_large(const Shape& shape) {
    return "the result would be " + text(shape) + ", more than " + std::to_string(most_elements) + " elements";
}

/// The axis that a user means, in [0, rank); the result of an operation on `x` may have one more.
struct AxisResult {
    size_t axis = 0;
    std::string problem;
};

AxisResult axis_of(const Shape& x, int64_t axis, size_t rank) {
    const auto axes = static_cast<int64_t>(rank);
    if (axis >= -axes && axis < axes) return {static_cast<size_t>(axis < 0 ? axis + axes : axis), {}};
    if (rank == 0) return {0, "axis " + std::to_string(axis) + " of a scalar, which has no axes"};
    return {0, "no axis " + std::to_string(axis) + " in " + text(x) + ": axes are " + std::to_string(-axes) + " to " +
                   std::to_string(axes - 1)};
}
AxisResult axis_of(const Shape& x, int64_t axis) { return axis_of(x, axis, x.size()); }

/// A walk over one operand: the elements at offset + position · strides.
struct View {
    Shape extents;
    std::vector<int64_t> strides;
    int64_t offset = 0;

    static View whole(const Shape& x) { return {x, strides_of(x), 0}; }
    void add(int64_t extent, int64_t stride) {
        extents.push_back(extent);
        strides.push_back(stride);
    }
};

/// Strides that cannot overflow: those of an empty tensor are never used.
Shape safe_strides(const Shape& x) { return element_count(x) == 0 ? Shape(x.size(), 0) : strides_of(x); }

/// Appends the elements of a view with `elements` elements, row-major.
void append(std::vector<Source>& sources, const View& view, int64_t elements, uint32_t operand = 0) {
    std::vector<int64_t> position(view.extents.size());
    int64_t at = view.offset;
    sources.reserve(sources.size() + static_cast<size_t>(elements));
    for (int64_t n = 0; n < elements; ++n) {
        sources.push_back({operand, at});
        for (size_t axis = position.size(); axis-- > 0;) {  // an odometer
            if (++position[axis] < view.extents[axis]) {
                at += view.strides[axis];
                break;
            }
            at -= view.strides[axis] * (view.extents[axis] - 1);
            position[axis] = 0;
        }
    }
}

/// The elements of a view, in `shape`, which has as many.
MovementResult moved(const View& view, Shape shape) {
    const auto elements = elements_of(shape);
    if (!elements) return wrong(too_large(shape));
    Movement movement{std::move(shape), {}};
    append(movement.sources, view, *elements);
    return movement;
}
MovementResult moved(const View& view) { return moved(view, view.extents); }

/// What a slice takes from an axis of extent n.
struct Taken {
    int64_t first = 0;
    int64_t count = 0;
    std::string problem;
};

Taken taken(const Subscript& slice, int64_t n, const std::string& where) {
    const auto refuse = [&](const char* which, int64_t position) {
        return Taken{0, 0, std::string(which) + " " + std::to_string(position) + " is outside " + where};
    };
    if (slice.step == 0) return {0, 0, "a slice with step 0 of " + where};
    const bool backwards = slice.step < 0;
    // The first element can be anywhere; where nothing is taken it may also be the end.
    int64_t first = backwards ? n - 1 : 0;
    if (slice.first) {
        if (*slice.first < -n || *slice.first > n || (backwards && *slice.first == n && n > 0))
            return refuse("slice start", *slice.first);
        first = *slice.first < 0 ? *slice.first + n : *slice.first;
        if (backwards) first = std::min(first, n - 1);
    }
    int64_t last = backwards ? -1 : n;
    if (slice.last) {
        if (*slice.last < -n || *slice.last > n) return refuse("slice end", *slice.last);
        last = *slice.last < 0 ? *slice.last + n : *slice.last;
    }
    const int64_t distance = backwards ? first - last : last - first;
    if (distance <= 0) return {0, 0, {}};
    // |step| as unsigned: the smallest integer has no positive counterpart.
    const uint64_t step =
        backwards ? uint64_t{0} - static_cast<uint64_t>(slice.step) : static_cast<uint64_t>(slice.step);
    return {first, static_cast<int64_t>(static_cast<uint64_t>(distance - 1) / step) + 1, {}};
}

}  // namespace

MovementResult reshape(const Shape& x, Shape to) {
    const int64_t elements = element_count(x);
    const std::string asked = text(to);
    std::optional<size_t> open;
    for (size_t axis = 0; axis < to.size(); ++axis) {
        if (to[axis] >= 0) continue;
        if (to[axis] != -1)
            return wrong("extent " + std::to_string(to[axis]) + " of axis " + std::to_string(axis) + " in reshape to " +
                         asked + " is negative");
        if (open) return wrong("reshape to " + asked + " leaves two extents open");
        open = axis;
    }
    if (open) to[*open] = 1;
    const auto known = elements_of(to);
    const std::string has = text(x) + " has " + count(elements, "element", "elements");
    if (open) {
        if (known == 0) return wrong("the open extent of reshape to " + asked + " could be any: others are 0");
        if (!known || elements % *known != 0) return wrong(has + ", which reshape to " + asked + " cannot share out");
        to[*open] = elements / *known;
    } else if (known != elements) {
        return wrong(has + ", " + asked + " has " + (known ? std::to_string(*known) : "more"));
    }
    return moved({{elements}, {1}, 0}, std::move(to));
}

MovementResult transpose(const Shape& x, std::vector<int64_t> axes) {
    if (axes.empty())
        for (size_t axis = x.size(); axis-- > 0;) axes.push_back(static_cast<int64_t>(axis));
    if (axes.size() != x.size())
        return wrong("transpose of " + text(x) + " with " +
                     count(static_cast<int64_t>(axes.size()), "axis name", "axis names") + ": it has " +
                     std::to_string(x.size()));
    const Shape strides = safe_strides(x);
    View view;
    std::vector<bool> used(x.size());
    for (const int64_t asked : axes) {
        const AxisResult axis = axis_of(x, asked);
        if (!axis.problem.empty()) return wrong(axis.problem);
        if (used[axis.axis]) return wrong("axis " + std::to_string(asked) + " of " + text(x) + " twice in transpose");
        used[axis.axis] = true;
        view.add(x[axis.axis], strides[axis.axis]);
    }
    return moved(view);
}

MovementResult subscript(const Shape& x, std::span<const Subscript> subscripts) {
    size_t consumed = 0;
    size_t alls = 0;
    for (const Subscript& one : subscripts) {
        consumed += one.kind == Subscript::Kind::at || one.kind == Subscript::Kind::slice ? 1 : 0;
        alls += one.kind == Subscript::Kind::all ? 1 : 0;
    }
    if (alls > 1) return wrong("`..` twice in the index of " + text(x));
    if (consumed > x.size())
        return wrong(count(static_cast<int64_t>(consumed), "index", "indices") + " for " + text(x) + ", which has " +
                     count(static_cast<int64_t>(x.size()), "axis", "axes"));
    const Shape strides = safe_strides(x);
    View view;
    size_t axis = 0;
    const auto keep_axes = [&](size_t until) {
        for (; axis < until; ++axis) view.add(x[axis], strides[axis]);
    };
    size_t left = consumed;
    for (const Subscript& one : subscripts) {
        const auto where = [&] { return "axis " + std::to_string(axis) + " of " + text(x); };
        switch (one.kind) {
            case Subscript::Kind::at: {
                const int64_t n = x[axis];
                if (one.position < -n || one.position >= n)
                    return wrong("position " + std::to_string(one.position) + " is outside " + where());
                view.offset += (one.position < 0 ? one.position + n : one.position) * strides[axis];
                ++axis;
                --left;
                break;
            }
            case Subscript::Kind::slice: {
                const Taken part = taken(one, x[axis], where());
                if (!part.problem.empty()) return wrong(part.problem);
                // With one element or none the step is never taken, and may be of any size.
                view.add(part.count, part.count > 1 ? one.step * strides[axis] : 0);
                view.offset += part.first * strides[axis];
                ++axis;
                --left;
                break;
            }
            case Subscript::Kind::all: keep_axes(x.size() - left); break;
            case Subscript::Kind::new_axis: view.add(1, 0); break;
        }
    }
    keep_axes(x.size());
    return moved(view);
}

MovementResult gather(const Shape& x, std::span<const int64_t> positions, const Shape& positions_shape, int64_t axis) {
    DAL_CHECK(static_cast<int64_t>(positions.size()) == element_count(positions_shape),
              std::to_string(positions.size()) + " positions of shape " + to_string(positions_shape));
    const AxisResult along = axis_of(x, axis);
    if (!along.problem.empty()) return wrong(along.problem);
    const auto at = x.begin() + static_cast<std::ptrdiff_t>(along.axis);
    const int64_t n = *at;
    for (size_t j = 0; j < positions.size(); ++j)
        if (positions[j] < -n || positions[j] >= n)
            return wrong(
                "position " + std::to_string(positions[j]) +
                (positions_shape.empty() ? "" : " at " + index_text(positions_shape, static_cast<int64_t>(j))) +
                " of the positions is outside axis " + std::to_string(along.axis) + " of " + text(x));
    Movement result{Shape(x.begin(), at), {}};
    const auto outer = elements_of(result.shape);
    const Shape after(at + 1, x.end());
    const auto inner = elements_of(after);
    result.shape.insert(result.shape.end(), positions_shape.begin(), positions_shape.end());
    result.shape.insert(result.shape.end(), after.begin(), after.end());
    const auto elements = elements_of(result.shape);
    if (!elements) return wrong(too_large(result.shape));
    if (*elements == 0) return result;
    result.sources.reserve(static_cast<size_t>(*elements));
    for (int64_t before = 0; before < *outer; ++before)
        for (const int64_t position : positions) {
            const int64_t row = before * n + (position < 0 ? position + n : position);
            for (int64_t j = 0; j < *inner; ++j) result.sources.push_back({0, row * *inner + j});
        }
    return result;
}

MovementResult concat(std::span<const Shape> operands, int64_t axis) {
    if (operands.empty()) return wrong("concat of nothing");
    const AxisResult along = axis_of(operands.front(), axis);
    if (!along.problem.empty()) return wrong(along.problem);
    Movement result{operands.front(), {}};
    int64_t& extent = result.shape[along.axis];
    extent = 0;
    for (size_t j = 0; j < operands.size(); ++j) {
        Shape like = operands[j];
        if (like.size() == result.shape.size()) like[along.axis] = operands.front()[along.axis];
        if (like != operands.front())
            return wrong("concat along axis " + std::to_string(along.axis) + " of " + text(operands.front()) + " and " +
                         text(operands[j]) + " (operand " + std::to_string(j + 1) + "): they differ in another axis");
        if (__builtin_add_overflow(extent, operands[j][along.axis], &extent))
            return wrong("concat along axis " + std::to_string(along.axis) + " of too many elements");
    }
    const auto elements = elements_of(result.shape);
    if (!elements) return wrong(too_large(result.shape));
    if (*elements == 0) return result;
    int64_t outer = 1;
    for (size_t j = 0; j < along.axis; ++j) outer *= result.shape[j];
    result.sources.reserve(static_cast<size_t>(*elements));
    for (int64_t before = 0; before < outer; ++before)
        for (uint32_t j = 0; j < operands.size(); ++j) {
            const int64_t run = element_count(operands[j]) / outer;
            for (int64_t k = 0; k < run; ++k) result.sources.push_back({j, before * run + k});
        }
    return result;
}

MovementResult stack(std::span<const Shape> operands, int64_t axis) {
    if (operands.empty()) return wrong("stack of nothing");
    for (size_t j = 1; j < operands.size(); ++j)
        if (operands[j] != operands.front())
            return wrong("stack of " + text(operands.front()) + " and " + text(operands[j]) + " (operand " +
                         std::to_string(j + 1) + "): shapes differ");
    const AxisResult along = axis_of(operands.front(), axis, operands.front().size() + 1);
    if (!along.problem.empty()) return wrong(along.problem);
    std::vector<Shape> raised(operands.begin(), operands.end());
    for (Shape& shape : raised) shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(along.axis), 1);
    return concat(raised, static_cast<int64_t>(along.axis));
}

MovementResult pad(const Shape& x, std::span<const int64_t> before, std::span<const int64_t> after) {
    if (before.size() != x.size() || after.size() != x.size())
        return wrong("pad of " + text(x) + " with " + std::to_string(before.size()) + " extents before and " +
                     std::to_string(after.size()) + " after: it has " + std::to_string(x.size()) + " axes");
    Shape shape = x;
    for (size_t axis = 0; axis < x.size(); ++axis) {
        const int64_t negative = std::min(before[axis], after[axis]);
        if (negative < 0)
            return wrong("pad of axis " + std::to_string(axis) + " of " + text(x) + " by " + std::to_string(negative));
        if (__builtin_add_overflow(shape[axis], before[axis], &shape[axis]) ||
            __builtin_add_overflow(shape[axis], after[axis], &shape[axis]))
            return wrong("pad of axis " + std::to_string(axis) + " of " + text(x) + " by too much");
    }
    const auto elements = elements_of(shape);
    if (!elements) return wrong(too_large(shape));
    Movement result{shape, std::vector<Source>(static_cast<size_t>(*elements), Source{1, 0})};
    if (element_count(x) == 0) return result;
    const Shape strides = strides_of(shape);
    View inside{x, strides, 0};
    for (size_t axis = 0; axis < x.size(); ++axis) inside.offset += before[axis] * strides[axis];
    std::vector<Source> places;
    append(places, inside, element_count(x));
    for (size_t j = 0; j < places.size(); ++j)
        result.sources[static_cast<size_t>(places[j].element)] = {0, static_cast<int64_t>(j)};
    return result;
}

namespace {

/// Elements or the whole of an axis several times: an axis of stride 0 inside or outside of it.
MovementResult repeated(const Shape& x, int64_t times, int64_t axis, bool inside, const char* name) {
    const AxisResult along = axis_of(x, axis);
    if (!along.problem.empty()) return wrong(along.problem);
    if (times < 0) return wrong(std::string(name) + " of " + text(x) + " " + std::to_string(times) + " times");
    const Shape strides = safe_strides(x);
    View view;
    Shape shape = x;
    if (__builtin_mul_overflow(shape[along.axis], times, &shape[along.axis]))
        return wrong(std::string(name) + " of " + text(x) + " " + std::to_string(times) + " times is too large");
    for (size_t j = 0; j < x.size(); ++j) {
        if (j == along.axis && !inside) view.add(times, 0);
        view.add(x[j], strides[j]);
        if (j == along.axis && inside) view.add(times, 0);
    }
    return moved(view, std::move(shape));
}

}  // namespace

MovementResult repeat(const Shape& x, int64_t count, int64_t axis) { return repeated(x, count, axis, true, "repeat"); }

MovementResult tile(const Shape& x, int64_t count, int64_t axis) { return repeated(x, count, axis, false, "tile"); }

MovementResult flip(const Shape& x, int64_t axis) {
    const AxisResult along = axis_of(x, axis);
    if (!along.problem.empty()) return wrong(along.problem);
    View view{x, safe_strides(x), 0};
    if (element_count(x) > 0) view.offset = (x[along.axis] - 1) * view.strides[along.axis];
    view.strides[along.axis] = -view.strides[along.axis];
    return moved(view);
}

MovementResult broadcast_to(const Shape& x, const Shape& to) {
    for (const int64_t extent : to)
        if (extent < 0) return wrong("broadcast of " + text(x) + " to " + text(to) + ", which has a negative extent");
    if (broadcast(x, to) != to) return wrong(text(x) + " does not broadcast to " + text(to));
    const Shape strides = safe_strides(x);
    View view{to, Shape(to.size(), 0), 0};
    const size_t added = to.size() - x.size();
    for (size_t axis = 0; axis < x.size(); ++axis)
        if (x[axis] == to[axis + added]) view.strides[axis + added] = strides[axis];
    return moved(view);
}

MovementResult windows(const Shape& x, std::span<const int64_t> axes, std::span<const int64_t> sizes,
                       std::span<const int64_t> strides, std::span<const int64_t> dilations) {
    const size_t n = axes.size();
    if (sizes.size() != n || strides.size() != n || dilations.size() != n)
        return wrong("windows over " + count(static_cast<int64_t>(n), "axis", "axes") + " with " +
                     count(static_cast<int64_t>(sizes.size()), "size", "sizes") + ", " +
                     count(static_cast<int64_t>(strides.size()), "stride", "strides") + " and " +
                     count(static_cast<int64_t>(dilations.size()), "dilation", "dilations"));
    View view{x, safe_strides(x), 0};
    const Shape own = view.strides;
    std::vector<bool> used(x.size());
    for (size_t j = 0; j < n; ++j) {
        const AxisResult axis = axis_of(x, axes[j]);
        if (!axis.problem.empty()) return wrong(axis.problem);
        const std::string where = "axis " + std::to_string(axis.axis) + " of " + text(x);
        if (used[axis.axis]) return wrong(where + " twice in windows");
        used[axis.axis] = true;
        const struct {
            const char* name;
            int64_t value;
        } parts[] = {{"size", sizes[j]}, {"stride", strides[j]}, {"dilation", dilations[j]}};
        for (const auto& part : parts)
            if (part.value < 1)
                return wrong("windows with " + std::string(part.name) + " " + std::to_string(part.value) + " over " +
                             where);
        const int64_t extent = x[axis.axis];
        if (extent == 0 || sizes[j] - 1 > (extent - 1) / dilations[j])
            return wrong("a window of " + std::to_string(sizes[j]) +
                         (dilations[j] == 1 ? "" : " with dilation " + std::to_string(dilations[j])) +
                         " does not fit " + where);
        const int64_t positions = (extent - 1 - (sizes[j] - 1) * dilations[j]) / strides[j] + 1;
        view.extents[axis.axis] = positions;
        view.strides[axis.axis] = positions > 1 ? strides[j] * own[axis.axis] : 0;
        view.add(sizes[j], sizes[j] > 1 ? dilations[j] * own[axis.axis] : 0);
    }
    return moved(view);
}

}  // namespace dal
