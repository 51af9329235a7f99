// Constants that the model moves: reshaped, joined, cut; their codes go with them.
#include <algorithm>
#include <numeric>

#include "dal/import/onnx/operators.hpp"
#include "dal/import/tensor.hpp"

namespace dal::importer::onnx {
namespace {

Result<bool> put(Builder& builder, const Node& node, Constant constant, size_t output = 0) {
    if (auto spent = builder.spend(node, constant.size()); !spent) return failure(spent.error());
    builder.set(node, output, std::move(constant));
    return true;
}

std::optional<std::vector<int64_t>> numbers(Builder& builder, const Node& node, size_t input, const char* attribute) {
    if (builder.has_input(node, input)) {
        const Constant* constant = builder.constant(node, input);
        return constant == nullptr ? std::nullopt : constant->integers();
    }
    return node.integers(attribute);
}

std::vector<int64_t> in_order(int64_t count) {
    std::vector<int64_t> sources(static_cast<size_t>(count));
    std::iota(sources.begin(), sources.end(), 0);
    return sources;
}

/// Places in `from` of a tensor that has, along each axis, these positions of it.
std::vector<int64_t> places(const Shape& from, const std::vector<std::vector<int64_t>>& positions) {
    std::vector<int64_t> result{0};
    for (size_t axis = 0; axis < from.size(); ++axis) {
        std::vector<int64_t> next;
        next.reserve(result.size() * positions[axis].size());
        for (const int64_t before : result)
            for (const int64_t position : positions[axis]) next.push_back(before * from[axis] + position);
        result = std::move(next);
    }
    return result;
}

std::vector<std::vector<int64_t>> all_positions(const Shape& shape) {
    std::vector<std::vector<int64_t>> positions;
    for (const int64_t extent : shape) positions.push_back(in_order(extent));
    return positions;
}

std::optional<Shape> reshaped(const Node& node, const Constant& x, std::vector<int64_t> wanted) {
    int64_t known = 1;
    size_t open = wanted.size();
    for (size_t at = 0; at < wanted.size(); ++at) {
        if (wanted[at] == 0 && node.integer("allowzero", 0) == 0 && at < x.shape.size()) wanted[at] = x.shape[at];
        if (wanted[at] == -1 && open == wanted.size()) {
            open = at;
            continue;
        }
        if (wanted[at] <= 0 || known > most_elements / wanted[at]) return std::nullopt;
        known *= wanted[at];
    }
    if (open < wanted.size()) {
        wanted[open] = x.size() / known;
        known *= wanted[open];
    }
    if (known != x.size()) return std::nullopt;
    return wanted;
}

Result<bool> fold_reshape(Builder& builder, const Node& node, const Constant& x) {
    const auto wanted = numbers(builder, node, 1, "shape");
    const auto shape = wanted && wanted->size() <= 32 ? reshaped(node, x, *wanted) : std::nullopt;
    if (!shape) return refuse(node, "its shape does not fit its constant");
    return put(builder, node, x.picked(*shape, in_order(x.size())));
}

Result<bool> fold_flatten(Builder& builder, const Node& node, const Constant& x) {
    int64_t axis = node.integer("axis", 1);
    if (axis < 0) axis += static_cast<int64_t>(x.shape.size());
    if (axis < 0 || axis > static_cast<int64_t>(x.shape.size()))
        return refuse(node, "its axis is none of its constant");
    const int64_t rows = element_count(Shape(x.shape.begin(), x.shape.begin() + axis));
    const int64_t columns = element_count(Shape(x.shape.begin() + axis, x.shape.end()));
    return put(builder, node, x.picked({rows, columns}, in_order(x.size())));
}

Result<bool> fold_transpose(Builder& builder, const Node& node, const Constant& x) {
    const size_t rank = x.shape.size();
    std::vector<int64_t> axes(rank);
    std::iota(axes.rbegin(), axes.rend(), 0);
    axes = node.integers("perm", axes);
    auto sorted = axes;
    std::ranges::sort(sorted);
    if (sorted != in_order(static_cast<int64_t>(rank)))
        return refuse(node, "its order of axes is none of its constant");
    Shape shape;
    std::vector<int64_t> steps(rank, 1);
    for (size_t axis = rank; axis-- > 1;) steps[axis - 1] = steps[axis] * x.shape[axis];
    for (const int64_t axis : axes) shape.push_back(x.shape[static_cast<size_t>(axis)]);
    std::vector<int64_t> sources{0};
    for (size_t axis = 0; axis < rank; ++axis) {
        std::vector<int64_t> next;
        next.reserve(sources.size() * static_cast<size_t>(shape[axis]));
        for (const int64_t before : sources)
            for (int64_t at = 0; at < shape[axis]; ++at)
                next.push_back(before + at * steps[static_cast<size_t>(axes[axis])]);
        sources = std::move(next);
    }
    return put(builder, node, x.picked(shape, sources));
}

Result<bool> fold_axes(Builder& builder, const Node& node, const Constant& x) {
    auto axes = numbers(builder, node, 1, "axes");
    const bool adds = node.type == "Unsqueeze";
    if (!axes || axes->size() > 32) return refuse(node, "its axes are no constants");
    const auto rank = static_cast<int64_t>(x.shape.size() + (adds ? axes->size() : 0));
    for (int64_t& axis : *axes) {
        if (axis < 0) axis += rank;
        if (axis < 0 || axis >= rank) return refuse(node, "has an axis that its constant does not have");
    }
    const auto named = [&](int64_t axis) { return std::ranges::find(*axes, axis) != axes->end(); };
    Shape shape;
    size_t next = 0;
    for (int64_t axis = 0; axis < rank; ++axis) {
        if (adds) {
            if (!named(axis) && next >= x.shape.size()) return refuse(node, "names an axis twice");
            shape.push_back(named(axis) ? 1 : x.shape[next++]);
        } else {
            const int64_t extent = x.shape[static_cast<size_t>(axis)];
            if (named(axis) && extent != 1) return refuse(node, "removes an axis with more than one element");
            if (!named(axis) && !(axes->empty() && extent == 1)) shape.push_back(extent);
        }
    }
    return put(builder, node, x.picked(shape, in_order(x.size())));
}

Result<bool> fold_concat(Builder& builder, const Node& node) {
    std::vector<const Constant*> parts;
    for (size_t at = 0; at < node.inputs.size(); ++at) {
        const Constant* part = builder.constant(node, at);
        if (part == nullptr) return refuse(node, "leaves out an operand");
        parts.push_back(part);
    }
    const auto rank = static_cast<int64_t>(parts.front()->shape.size());
    int64_t axis = node.integer("axis", 0);
    if (axis < 0) axis += rank;
    if (axis < 0 || axis >= rank) return refuse(node, "its axis is none of its constants");
    Shape shape = parts.front()->shape;
    shape[static_cast<size_t>(axis)] = 0;
    for (const Constant* part : parts) {
        if (part->shape.size() != shape.size()) return refuse(node, "its constants do not fit");
        for (int64_t each = 0; each < rank; ++each)
            if (each != axis && part->shape[static_cast<size_t>(each)] != shape[static_cast<size_t>(each)])
                return refuse(node, "its constants do not fit");
        shape[static_cast<size_t>(axis)] += part->shape[static_cast<size_t>(axis)];
    }
    const auto count = checked_count(shape);
    if (!count) return refuse(node, "makes too many numbers");
    if (auto spent = builder.spend(node, *count); !spent) return failure(spent.error());
    const int64_t outer = element_count(Shape(shape.begin(), shape.begin() + axis));
    const int64_t inner = element_count(Shape(shape.begin() + axis + 1, shape.end()));
    Constant result = Constant::of(shape, {}, parts.front()->kind);
    for (int64_t o = 0; o < outer; ++o)
        for (const Constant* part : parts) {
            const int64_t block = part->shape[static_cast<size_t>(axis)] * inner;
            result.values.insert(result.values.end(), part->values.begin() + o * block,
                                 part->values.begin() + (o + 1) * block);
        }
    return put(builder, node, std::move(result));
}

Result<bool> fold_slice(Builder& builder, const Node& node, const Constant& x) {
    const auto starts = numbers(builder, node, 1, "starts");
    const auto ends = numbers(builder, node, 2, "ends");
    auto axes = numbers(builder, node, 3, "axes");
    auto steps = numbers(builder, node, 4, "steps");
    if (!starts || !ends || !axes || !steps) return refuse(node, "its limits are no constants");
    if (axes->empty()) *axes = in_order(static_cast<int64_t>(starts->size()));
    if (steps->empty()) steps->assign(starts->size(), 1);
    if (ends->size() != starts->size() || axes->size() != starts->size() || steps->size() != starts->size())
        return refuse(node, "has not one start, end and axis for each");
    const auto rank = static_cast<int64_t>(x.shape.size());
    auto positions = all_positions(x.shape);
    for (size_t at = 0; at < starts->size(); ++at) {
        const int64_t axis = (*axes)[at] < 0 ? (*axes)[at] + rank : (*axes)[at];
        if (axis < 0 || axis >= rank || (*steps)[at] == 0)
            return refuse(node, "has an axis that its constant does not have");
        const int64_t extent = x.shape[static_cast<size_t>(axis)];
        const int64_t step = (*steps)[at];
        const auto inside = [&](int64_t v, int64_t low, int64_t high) {
            return std::clamp<int64_t>(v < 0 ? v + extent : v, low, high);
        };
        const int64_t from = step > 0 ? inside((*starts)[at], 0, extent) : inside((*starts)[at], -1, extent - 1);
        const int64_t to = step > 0 ? inside((*ends)[at], 0, extent)
                                    : ((*ends)[at] <= -extent - 1 ? -1 : inside((*ends)[at], -1, extent - 1));
        auto& chosen = positions[static_cast<size_t>(axis)];
        chosen.clear();
        for (int64_t place = from; step > 0 ? place < to : place > to; place += step) {
            chosen.push_back(place);
            if (step > extent || step < -extent) break;
        }
    }
    Shape shape;
    for (const auto& each : positions) shape.push_back(static_cast<int64_t>(each.size()));
    return put(builder, node, x.picked(shape, places(x.shape, positions)));
}

Result<bool> fold_gather(Builder& builder, const Node& node, const Constant& x) {
    const Constant* indices = builder.constant(node, 1);
    auto chosen = indices == nullptr ? std::nullopt : indices->integers();
    const auto rank = static_cast<int64_t>(x.shape.size());
    int64_t axis = node.integer("axis", 0);
    if (axis < 0) axis += rank;
    if (!chosen || axis < 0 || axis >= rank) return refuse(node, "its positions or its axis do not fit its constant");
    const int64_t extent = x.shape[static_cast<size_t>(axis)];
    for (int64_t& position : *chosen) {
        if (position < 0) position += extent;
        if (position < 0 || position >= extent) return refuse(node, "has a position outside of its constant");
    }
    Shape shape(x.shape.begin(), x.shape.begin() + axis);
    shape.insert(shape.end(), indices->shape.begin(), indices->shape.end());
    shape.insert(shape.end(), x.shape.begin() + axis + 1, x.shape.end());
    const auto count = checked_count(shape);
    if (!count) return refuse(node, "makes too many numbers");
    if (auto spent = builder.spend(node, *count); !spent) return failure(spent.error());
    auto positions = all_positions(x.shape);
    positions[static_cast<size_t>(axis)] = *chosen;
    return put(builder, node, x.picked(shape, places(x.shape, positions)));
}

Result<bool> fold_expand(Builder& builder, const Node& node, const Constant& x) {
    const Constant* wanted = builder.constant(node, 1);
    const auto extents = wanted == nullptr ? std::nullopt : wanted->integers();
    const auto shape = extents && extents->size() <= 32 ? common_shape(x.shape, *extents) : std::nullopt;
    const auto count = shape ? checked_count(*shape) : std::nullopt;
    if (!count || !is_broadcastable(x.shape, *shape)) return refuse(node, "its shape does not fit its constant");
    for (const int64_t extent : *shape)
        if (extent < 0) return refuse(node, "its shape does not fit its constant");
    if (auto spent = builder.spend(node, *count); !spent) return failure(spent.error());
    return put(builder, node, x.picked(*shape, broadcast_sources(x.shape, *shape)));
}

}  // namespace

Result<bool> fold_movement(Builder& builder, const Node& node) {
    if (node.type == "Concat") return fold_concat(builder, node);
    const Constant* x = builder.constant(node, 0);
    if (x == nullptr) return false;
    if (node.type == "Reshape") return fold_reshape(builder, node, *x);
    if (node.type == "Flatten") return fold_flatten(builder, node, *x);
    if (node.type == "Transpose") return fold_transpose(builder, node, *x);
    if (node.type == "Squeeze" || node.type == "Unsqueeze") return fold_axes(builder, node, *x);
    if (node.type == "Slice") return fold_slice(builder, node, *x);
    if (node.type == "Gather") return fold_gather(builder, node, *x);
    if (node.type == "Expand") return fold_expand(builder, node, *x);
    return false;
}

}  // namespace dal::importer::onnx
