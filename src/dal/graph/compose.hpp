// Operations that are made of others: reductions, argmax, sort, clip. They are written once, over any builder that has
// the elementary operations, so that the language (which folds constants) and the C++ interface make the same graphs.
// Nothing here computes; for the elementary operations see graph.hpp, for data movement movement.hpp.
#pragma once

#include <algorithm>
#include <concepts>
#include <numeric>
#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "dal/graph/graph.hpp"
#include "dal/graph/movement.hpp"

namespace dal {

/// What a composition needs. `Value` is a tensor, cheap to copy. The operations broadcast and are only called with
/// shapes that agree; a builder that can fail for other reasons (a program too large) keeps the error for itself and
/// returns any Value of the right shape.
template <class B>
concept ComposeBuilder = requires(B& b, const typename B::Value& x, Relation relation, Movement movement,
                                  std::vector<typename B::Value> operands, EinsumSpec spec, Dyadic value) {
    { b.shape(x) } -> std::convertible_to<Shape>;
    { b.constant(Shape(), std::vector<Dyadic>{value}) } -> std::convertible_to<typename B::Value>;
    { b.min(x, x) } -> std::convertible_to<typename B::Value>;
    { b.max(x, x) } -> std::convertible_to<typename B::Value>;
    { b.compare(relation, x, x) } -> std::convertible_to<typename B::Value>;
    { b.select(x, x, x) } -> std::convertible_to<typename B::Value>;
    { b.einsum(spec, operands) } -> std::convertible_to<typename B::Value>;
    { b.move(std::string(), movement, operands) } -> std::convertible_to<typename B::Value>;
};

/// A value, or what is wrong with the arguments, to become the message of a bad_shape diagnostic.
template <class Value>
using Composed = tl::expected<Value, std::string>;

/// Axes to reduce: negative ones count from the end; none given means all.
struct Reduced {
    std::vector<int64_t> axes;
    bool keep = false;  ///< the reduced axes stay, with extent 1
};

namespace compose_detail {

/// How the axes of a tensor are split for a reduction.
struct Split {
    std::vector<int64_t> order;  ///< the reduced axes, ascending, then the others
    Shape rows;                  ///< [elements to reduce, the other extents …]
    Shape result;
};
/// `name` is that of the operation, for the text of a problem.
Composed<Split> split(const Shape& x, const Reduced& reduced, const std::string& name);

/// Comparators of one step of a sorting network; no position occurs twice.
struct Exchange {
    std::vector<int64_t> low;   ///< gets the smaller one
    std::vector<int64_t> high;  ///< gets the larger one
};
/// Batcher's merge exchange for any number of values (Knuth, The Art of Computer Programming, vol. 3, 5.2.2, Algorithm
/// M): about log2(n)²/2 steps.
std::vector<Exchange> sorting_network(int64_t n);

/// x[first:last:step] along axis 0.
Movement rows_of(const Shape& x, int64_t first, int64_t last, int64_t step);

template <ComposeBuilder B>
typename B::Value moved(B& b, const char* name, MovementResult movement, std::vector<typename B::Value> operands) {
    return b.move(name, std::move(*movement), std::move(operands));
}

template <ComposeBuilder B>
typename B::Value rows(B& b, const typename B::Value& x, int64_t first, int64_t last, int64_t step) {
    return b.move("slice", rows_of(b.shape(x), first, last, step), {x});
}

/// The tensor with its reduced axes in front, as one.
template <ComposeBuilder B>
typename B::Value to_rows(B& b, const typename B::Value& x, const Split& split) {
    Movement movement = std::move(*transpose(b.shape(x), split.order));
    movement.shape = split.rows;  // the same elements in the same order
    return b.move("transpose", std::move(movement), {x});
}

template <ComposeBuilder B>
typename B::Value from_rows(B& b, const typename B::Value& row, const Split& split) {
    return moved(b, "reshape", reshape(b.shape(row), split.result), {row});
}

/// Combines neighbours along axis 0 until one is left, an odd one out waiting at the end: a balanced tree, in order.
/// `combine(left, right)` takes and returns lists of tensors that go together.
template <ComposeBuilder B, class Combine>
std::vector<typename B::Value> tree(B& b, std::vector<typename B::Value> parts, Combine&& combine) {
    using Values = std::vector<typename B::Value>;
    for (int64_t n = Shape(b.shape(parts.front())).front(); n > 1; n = (n + 1) / 2) {
        const int64_t even = n / 2 * 2;
        Values left;
        Values right;
        for (const auto& part : parts) {
            left.push_back(rows(b, part, 0, even, 2));
            right.push_back(rows(b, part, 1, even, 2));
        }
        Values next = combine(left, right);
        if (even < n)
            for (size_t j = 0; j < parts.size(); ++j) {
                const auto rest = rows(b, parts[j], even, n, 1);
                const std::vector<Shape> shapes{b.shape(next[j]), b.shape(rest)};
                next[j] = moved(b, "concat", concat(shapes, 0), {next[j], rest});
            }
        parts = std::move(next);
    }
    return parts;
}

template <ComposeBuilder B>
Composed<typename B::Value> arg(B& b, const typename B::Value& x, const Reduced& reduced, bool greatest) {
    using Values = std::vector<typename B::Value>;
    const auto parts = split(b.shape(x), reduced, greatest ? "argmax" : "argmin");
    if (!parts) return tl::unexpected(parts.error());
    const auto value = to_rows(b, x, *parts);
    std::vector<Dyadic> positions;
    for (int64_t j = 0; j < parts->rows.front(); ++j) positions.emplace_back(Int(j));
    Shape column(parts->rows.size(), 1);
    column.front() = parts->rows.front();
    const auto list = b.constant(column, std::move(positions));
    const auto position = moved(b, "broadcast_to", broadcast_to(column, parts->rows), {list});
    const Values best = tree(b, Values{value, position}, [&](const Values& left, const Values& right) {
        // The right one only wins if it is better: the first of equals stays.
        const auto wins =
            greatest ? b.compare(Relation::lt, left[0], right[0]) : b.compare(Relation::lt, right[0], left[0]);
        return Values{greatest ? b.max(left[0], right[0]) : b.min(left[0], right[0]),
                      b.select(wins, right[1], left[1])};
    });
    return from_rows(b, best[1], *parts);
}

}  // namespace compose_detail

/// Reduces with any associative operation by a balanced tree that keeps the order of the elements (row-major over the
/// reduced axes). Problem: an axis that is not there or given twice, or nothing to reduce.
template <ComposeBuilder B, class Combine>
Composed<typename B::Value> reduce(B& b, const typename B::Value& x, const Reduced& reduced, const std::string& name,
                                   Combine&& combine) {
    using Values = std::vector<typename B::Value>;
    const auto parts = compose_detail::split(b.shape(x), reduced, name);
    if (!parts) return tl::unexpected(parts.error());
    const Values result = compose_detail::tree(
        b, Values{compose_detail::to_rows(b, x, *parts)},
        [&](const Values& left, const Values& right) { return Values{combine(left[0], right[0])}; });
    return compose_detail::from_rows(b, result.front(), *parts);
}

template <ComposeBuilder B>
Composed<typename B::Value> reduce_min(B& b, const typename B::Value& x, const Reduced& reduced) {
    return reduce(b, x, reduced, "min", [&](const auto& l, const auto& r) { return b.min(l, r); });
}
template <ComposeBuilder B>
Composed<typename B::Value> reduce_max(B& b, const typename B::Value& x, const Reduced& reduced) {
    return reduce(b, x, reduced, "max", [&](const auto& l, const auto& r) { return b.max(l, r); });
}
/// 1 where an element is not 0, else 0; likewise `all`.
template <ComposeBuilder B>
Composed<typename B::Value> any(B& b, const typename B::Value& x, const Reduced& reduced) {
    const auto set = b.compare(Relation::ne, x, b.constant({}, {Dyadic(0)}));
    return reduce(b, set, reduced, "any", [&](const auto& l, const auto& r) { return b.max(l, r); });
}
template <ComposeBuilder B>
Composed<typename B::Value> all(B& b, const typename B::Value& x, const Reduced& reduced) {
    const auto set = b.compare(Relation::ne, x, b.constant({}, {Dyadic(0)}));
    return reduce(b, set, reduced, "all", [&](const auto& l, const auto& r) { return b.min(l, r); });
}

/// An einsum; the sum of no elements is 0. Problem: also more than 52 axes, which an equation cannot name.
template <ComposeBuilder B>
Composed<typename B::Value> sum(B& b, const typename B::Value& x, const Reduced& reduced) {
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const Shape shape = b.shape(x);
    if (shape.size() > letters.size())
        return tl::unexpected("sum of a tensor of " + std::to_string(shape.size()) + " axes");
    const auto parts = compose_detail::split(shape, reduced, "sum");
    if (!parts) return tl::unexpected(parts.error());
    EinsumSpec spec{{std::string(letters.substr(0, shape.size()))}, {}};
    const size_t kept = parts->rows.size() - 1;
    for (size_t j = shape.size() - kept; j < shape.size(); ++j)
        spec.result += letters[static_cast<size_t>(parts->order[j])];
    const auto total = b.einsum(std::move(spec), std::vector<typename B::Value>{x});
    return reduced.keep ? compose_detail::from_rows(b, total, *parts) : total;
}

/// Position of the greatest (least) element; of equal ones the first. Over several axes: the row-major position in
/// them, taken in ascending order.
template <ComposeBuilder B>
Composed<typename B::Value> argmax(B& b, const typename B::Value& x, const Reduced& reduced) {
    return compose_detail::arg(b, x, reduced, true);
}
template <ComposeBuilder B>
Composed<typename B::Value> argmin(B& b, const typename B::Value& x, const Reduced& reduced) {
    return compose_detail::arg(b, x, reduced, false);
}

/// The elements along an axis in ascending or descending order, by a network of comparators.
template <ComposeBuilder B>
Composed<typename B::Value> sort(B& b, const typename B::Value& x, int64_t axis, bool descending) {
    const Shape shape = b.shape(x);
    const auto parts = compose_detail::split(shape, {{axis}, false}, "sort");
    if (!parts) return tl::unexpected(parts.error());
    auto values = compose_detail::to_rows(b, x, *parts);
    for (const compose_detail::Exchange& step : compose_detail::sorting_network(parts->rows.front())) {
        const Shape pairs{static_cast<int64_t>(step.low.size())};
        const auto low = compose_detail::moved(b, "gather", gather(parts->rows, step.low, pairs, 0), {values});
        const auto high = compose_detail::moved(b, "gather", gather(parts->rows, step.high, pairs, 0), {values});
        // Rows behind each other: the old ones, the smaller, the larger; each row of the result is one of them.
        const int64_t n = parts->rows.front();
        std::vector<int64_t> from(static_cast<size_t>(n));
        std::iota(from.begin(), from.end(), 0);
        for (size_t j = 0; j < step.low.size(); ++j) {
            from[static_cast<size_t>(step.low[j])] = n + static_cast<int64_t>(j);
            from[static_cast<size_t>(step.high[j])] = n + pairs.front() + static_cast<int64_t>(j);
        }
        const int64_t width = n == 0 ? 0 : element_count(parts->rows) / n;
        Movement merged{parts->rows, {}};
        merged.sources.reserve(static_cast<size_t>(n * width));
        for (const int64_t row : from) {
            const uint32_t operand = row < n ? 0 : row < n + pairs.front() ? 1 : 2;
            const int64_t first = row - (operand == 0 ? 0 : operand == 1 ? n : n + pairs.front());
            for (int64_t j = 0; j < width; ++j) merged.sources.push_back({operand, first * width + j});
        }
        const auto smaller = b.min(low, high);
        const auto larger = b.max(low, high);
        values = b.move("exchange", std::move(merged),
                        descending ? std::vector<typename B::Value>{values, larger, smaller}
                                   : std::vector<typename B::Value>{values, smaller, larger});
    }
    // Back: axis j of x is where the order put it.
    Shape ordered;
    std::vector<int64_t> back(shape.size());
    for (size_t j = 0; j < parts->order.size(); ++j) {
        ordered.push_back(shape[static_cast<size_t>(parts->order[j])]);
        back[static_cast<size_t>(parts->order[j])] = static_cast<int64_t>(j);
    }
    return compose_detail::moved(b, "transpose", transpose(ordered, back), {values});
}

/// min(max(x, lo), hi), broadcasting.
template <ComposeBuilder B>
typename B::Value clip(B& b, const typename B::Value& x, const typename B::Value& lo, const typename B::Value& hi) {
    return b.min(b.max(x, lo), hi);
}

/// The plain builder: every operation becomes a node at `span`.
class GraphBuilder {
  public:
    using Value = NodeId;
    GraphBuilder(Graph& graph, const Span& span) : graph_(graph), span_(span) {}

    [[nodiscard]] const Shape& shape(NodeId x) const { return graph_[x].shape; }
    NodeId constant(const Shape& shape, std::vector<Dyadic> values) {
        return graph_.constant(shape, std::move(values), span_);
    }
    NodeId min(NodeId a, NodeId b) { return graph_.min(a, b, span_).value(); }
    NodeId max(NodeId a, NodeId b) { return graph_.max(a, b, span_).value(); }
    NodeId compare(Relation relation, NodeId a, NodeId b) { return graph_.compare(relation, a, b, span_).value(); }
    NodeId select(NodeId condition, NodeId if_true, NodeId if_false) {
        return graph_.select(condition, if_true, if_false, span_).value();
    }
    NodeId einsum(EinsumSpec spec, std::vector<NodeId> operands) {
        return graph_.einsum(std::move(spec), std::move(operands), span_).value();
    }
    NodeId move(std::string name, Movement movement, std::vector<NodeId> operands) {
        return graph_.move(std::move(name), std::move(movement.shape), std::move(movement.sources), std::move(operands),
                           span_);
    }

  private:
    Graph& graph_;
    Span span_;
};
static_assert(ComposeBuilder<GraphBuilder>);

}  // namespace dal
