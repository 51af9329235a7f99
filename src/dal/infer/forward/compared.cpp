#include "dal/infer/forward/compared.hpp"

#include <algorithm>

#include "dal/support/codes/size_codes.hpp"

namespace dal {
namespace {

/// Of the values of a tensor: a grid that holds all of them, and numbers below and above.
struct Grid {
    int f = 0;
    Dyadic below;
    Dyadic above;

    explicit Grid(const std::vector<Interval>& ranges) {
        for (const Interval& range : ranges) f = std::max(f, range.f());
        Dyadic least = ranges.front().min();
        Dyadic greatest = ranges.front().max();
        for (const Interval& range : ranges) {
            least = std::min(least, range.min());
            greatest = std::max(greatest, range.max());
        }
        const Dyadic step(Int(1), -int64_t{f});
        below = least - step;
        above = greatest + step;
    }
};

/// What stands for `number` beside values of the grid. `is_right`: the relation is variable-number, not
/// number-variable.
Dyadic on_grid(const Rational& number, Relation relation, bool is_right, const Grid& grid) {
    if (number < Rational(grid.below)) return grid.below;
    if (number > Rational(grid.above)) return grid.above;
    const Int floor = number.floor_scaled(grid.f);
    if (number == Rational(Dyadic(floor, -int64_t{grid.f}))) return number.numerator();
    switch (relation) {
        case Relation::eq:
        case Relation::ne:
            return number.stand_in(grid.f);  // equal to nothing on the grid
        // x < c and x ≤ c are the same, as are c < x and c ≤ x.
        case Relation::lt: return {is_right ? floor + Int(1) : floor, -int64_t{grid.f}};
        case Relation::le: return {is_right ? floor : floor + Int(1), -int64_t{grid.f}};
    }
    return {};
}

}  // namespace

std::optional<Diagnostic> settle_compared(Graph& graph, NodeId id) {
    const Node& node = graph[id];
    const Relation relation = std::get<op::Compare>(node.operation).relation;
    for (size_t position = 0; position < node.operands.size(); ++position) {
        Node& operand = graph[node.operands[position]];
        auto* constant = std::get_if<op::Constant>(&operand.operation);
        if (!constant || !constant->compared) continue;
        const Node& other = graph[node.operands[1 - position]];
        const Grid grid(other.range);
        if (grid.f > op::Constant::finest_compared)
            return error(code::width_cap, node.span,
                         "a number that is no multiple of a power of two beside a value with " +
                             std::to_string(grid.f) + " fractional bits")
                .with_rule("such numbers are compared with values of at most " +
                           std::to_string(op::Constant::finest_compared) + " fractional bits");
        for (size_t j = 0; j < constant->values.size(); ++j) {
            constant->values[j] = on_grid((*constant->meant)[j], relation, position == 1, grid);
            operand.range[j] = Interval::constant(constant->values[j]);
        }
    }
    return std::nullopt;
}

}  // namespace dal
