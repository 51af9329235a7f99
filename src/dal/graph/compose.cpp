#include "dal/graph/compose.hpp"

#include <bit>

namespace dal::compose_detail {

Composed<Split> split(const Shape& x, const Reduced& reduced, const std::string& name) {
    const auto rank = static_cast<int64_t>(x.size());
    const std::string of = name + " of " + (x.empty() ? "a scalar" : to_string(x));
    std::vector<bool> chosen(x.size(), reduced.axes.empty());
    for (const int64_t axis : reduced.axes) {
        if (axis < -rank || axis >= rank)
            return tl::unexpected(
                of + ": there is no axis " + std::to_string(axis) +
                (rank == 0 ? "" : ", axes are " + std::to_string(-rank) + " to " + std::to_string(rank - 1)));
        const auto at = static_cast<size_t>(axis < 0 ? axis + rank : axis);
        if (chosen[at]) return tl::unexpected(of + ": axis " + std::to_string(axis) + " is given twice");
        chosen[at] = true;
    }
    Split split;
    split.rows.push_back(1);
    for (size_t axis = 0; axis < x.size(); ++axis) {
        if (!chosen[axis]) continue;
        split.order.push_back(static_cast<int64_t>(axis));
        split.rows.front() *= x[axis];
    }
    for (size_t axis = 0; axis < x.size(); ++axis) {
        if (chosen[axis]) {
            if (reduced.keep) split.result.push_back(1);
            continue;
        }
        split.order.push_back(static_cast<int64_t>(axis));
        split.rows.push_back(x[axis]);
        split.result.push_back(x[axis]);
    }
    if (split.rows.front() == 0 && name != "sum" && name != "sort")
        return tl::unexpected(of + ": there is nothing to choose from");
    return split;
}

std::vector<Exchange> sorting_network(int64_t n) {
    std::vector<Exchange> steps;
    if (n < 2) return steps;
    const int64_t top = int64_t{1} << (std::bit_width(static_cast<uint64_t>(n - 1)) - 1);
    for (int64_t p = top; p > 0; p /= 2) {
        int64_t q = top;
        int64_t r = 0;
        int64_t d = p;
        while (true) {
            Exchange step;
            for (int64_t i = 0; i + d < n; ++i) {
                if ((i & p) != r) continue;
                step.low.push_back(i);
                step.high.push_back(i + d);
            }
            if (!step.low.empty()) steps.push_back(std::move(step));
            if (q == p) break;
            d = q - p;
            q /= 2;
            r = p;
        }
    }
    return steps;
}

Movement rows_of(const Shape& x, int64_t first, int64_t last, int64_t step) {
    const Subscript slice{.kind = Subscript::Kind::slice, .position = 0, .first = first, .last = last, .step = step};
    return std::move(*subscript(x, std::span<const Subscript>(&slice, 1)));
}

}  // namespace dal::compose_detail
