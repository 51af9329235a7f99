#include "dal/cmvm/assemble/area.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "dal/cmvm/assemble/assemble.hpp"
#include "dal/cmvm/assemble/linear_forms.hpp"
#include "dal/cmvm/rows/row_signs.hpp"
#include "dal/cmvm/search/improve.hpp"
#include "dal/support/check.hpp"

namespace dal::cmvm {
namespace {

/// Adders of up to three operands that add up a row.
size_t adders_of(size_t terms) { return terms / 2; }

/// Rows in which nodes were replaced by their terms wherever that needs no more adders: a node of two terms in two rows
/// of an even number of terms, say.
class Dissolver {
  public:
    /// `eager`: also nodes that are worth nothing, so that others become so.
    Dissolver(Rows& rows, size_t inputs, bool eager)
        : rows_(rows), inputs_(inputs), eager_(eager), users_(rows.nodes.size()) {
        for (size_t r = 0; r < row_count(); ++r)
            for (const RowTerm term : terms(r)) add_user(term, r);
    }

    void run() {
        for (bool changed = true; changed;) {
            changed = false;
            for (size_t n = 0; n < rows_.nodes.size(); ++n) {
                if (users_[n].empty() || !is_worth_it(n)) continue;
                dissolve(n);
                changed = true;
            }
        }
        drop_unused();
    }

  private:
    [[nodiscard]] size_t row_count() const { return rows_.outputs.size() + rows_.nodes.size(); }
    std::vector<RowTerm>& terms(size_t row) {
        return row < rows_.outputs.size() ? rows_.outputs[row] : rows_.nodes[row - rows_.outputs.size()].terms;
    }
    void add_user(RowTerm term, size_t row) {
        if (term.value() >= inputs_) users_[term.value() - inputs_].push_back(row);
    }

    bool is_worth_it(size_t n) {
        const std::vector<RowTerm>& own = rows_.nodes[n].terms;
        int highest = 0;
        for (const RowTerm term : own) highest = std::max(highest, term.shift());
        int64_t change = -static_cast<int64_t>(adders_of(own.size()));
        std::vector<size_t> users = users_[n];
        std::ranges::sort(users);
        for (size_t j = 0; j < users.size();) {
            size_t count = 0;
            const size_t row = users[j];
            for (; j < users.size() && users[j] == row; ++j) ++count;
            const size_t before = terms(row).size();
            change += static_cast<int64_t>(adders_of(before + count * (own.size() - 1)) - adders_of(before));
            for (const RowTerm term : terms(row))
                if (term.value() == inputs_ + n && term.shift() + highest > RowTerm::max_shift / 2) return false;
        }
        return change < (eager_ ? 1 : 0) || users_[n].size() == 1;
    }

    void dissolve(size_t n) {
        const std::vector<RowTerm> own = std::move(rows_.nodes[n].terms);
        rows_.nodes[n].terms.clear();
        std::vector<size_t> users = std::move(users_[n]);
        users_[n].clear();
        for (const RowTerm term : own)
            if (term.value() >= inputs_) std::erase(users_[term.value() - inputs_], rows_.outputs.size() + n);
        std::ranges::sort(users);
        users.erase(std::ranges::unique(users).begin(), users.end());
        for (const size_t row : users) {
            std::vector<RowTerm> changed;
            for (const RowTerm term : terms(row)) {
                if (term.value() != inputs_ + n) {
                    changed.push_back(term);
                    continue;
                }
                for (const RowTerm part : own) {
                    changed.emplace_back(part.value(), part.shift() + term.shift(), part.negative() != term.negative());
                    add_user(part, row);
                }
            }
            terms(row) = std::move(changed);
        }
    }

    void drop_unused() {
        std::vector<uint32_t> place(rows_.nodes.size());
        uint32_t next = 0;
        for (size_t n = 0; n < rows_.nodes.size(); ++n) {
            place[n] = next;
            if (users_[n].empty()) continue;
            if (next != n) rows_.nodes[next] = std::move(rows_.nodes[n]);
            ++next;
        }
        rows_.nodes.resize(next);
        for (size_t r = 0; r < row_count(); ++r)
            for (RowTerm& term : terms(r))
                if (term.value() >= inputs_)
                    term = RowTerm(static_cast<uint32_t>(inputs_) + place[term.value() - inputs_], term.shift(),
                                   term.negative());
    }

    Rows& rows_;
    const size_t inputs_;
    const bool eager_;
    std::vector<std::vector<size_t>> users_;  // rows, once per term
};

/// Adds up rows by adders of three operands, with one of two where the number of terms is even. As with two operands,
/// terms of depths d can be added within depth D if and only if Σ 3^d ≤ 3^D.
class TernaryAssembler {
  public:
    explicit TernaryAssembler(const Problem& problem) : problem_(problem) {
        graph_.inputs = problem.depths.size();
        for (size_t i = 0; i < graph_.inputs; ++i) points_.push_back({problem.depths[i], problem.extents[i]});
    }

    AdderGraph build(const Rows& rows) && {
        std::vector<Term> values;
        for (uint32_t i = 0; i < graph_.inputs; ++i) values.push_back({i, 0, false});
        values.resize(graph_.inputs + rows.nodes.size());
        for (const uint32_t n : operands_first(rows, graph_.inputs))
            values[graph_.inputs + n] = reduce(sum_over(values, rows.nodes[n].terms), rows.nodes[n].depth);
        std::vector<Term> results;
        for (size_t o = 0; o < rows.outputs.size(); ++o)
            results.push_back(reduce(sum_over(values, rows.outputs[o]), problem_.bounds[o]));
        for (const ColumnTap& column : problem_.columns) {
            OutputTap& tap = graph_.outputs.emplace_back();
            if (!column.sum) continue;
            const Term& result = results[*column.sum];
            tap = {result.value, result.shift + column.shift, result.negative != column.negative};
        }
        return std::move(graph_);
    }

  private:
    /// 3^39 fits 64 bits.
    static constexpr int max_level = 38;

    struct Point {
        int depth = 0;
        Extent extent;
    };
    struct Leaf {
        Term term;
        int level;
        int top;
    };

    static int64_t weight(int level) {
        int64_t power = 1;
        for (int n = 0; n < level; ++n) power *= 3;
        return power;
    }
    [[nodiscard]] int top_of(const Term& term) const { return points_[term.value].extent.top + term.shift; }

    /// The terms of the lowest level are added, three at a time from the lowest top up; what is left over waits, or is
    /// added to one other term, whichever the depth and an even number of terms ask for.
    Term reduce(const Sum& sum, int bound) {
        DAL_CHECK(!sum.empty(), "empty sum");
        const bool bounded = problem_.bounded;
        int deepest = bounded ? bound : 0;
        for (const Term& term : sum) deepest = std::max(deepest, points_[term.value].depth);
        const int base = std::max(0, deepest - max_level);
        std::vector<Leaf> leaves;
        int64_t slack = bounded ? weight(std::clamp(bound - base, 0, max_level)) : 0;
        for (const Term& term : sum) {
            leaves.push_back({term, bounded ? std::max(0, points_[term.value].depth - base) : 0, top_of(term)});
            if (bounded) slack -= weight(leaves.back().level);
        }
        while (leaves.size() > 1) {
            int level = std::numeric_limits<int>::max();
            for (const Leaf& leaf : leaves) level = std::min(level, leaf.level);
            const auto is_here = [level](const Leaf& leaf) { return leaf.level == level; };
            const auto middle = std::stable_partition(leaves.begin(), leaves.end(), is_here);
            std::stable_sort(leaves.begin(), middle, [](const Leaf& x, const Leaf& y) { return x.top < y.top; });
            const auto count = static_cast<size_t>(middle - leaves.begin());
            std::vector<Leaf> next(middle, leaves.end());
            size_t i = 0;
            for (; i + 2 < count; i += 3) next.push_back(add_three(leaves[i], leaves[i + 1], leaves[i + 2]));
            const int64_t unit = weight(std::min(level, max_level));
            if (count - i == 2) {
                const bool even = (next.size() + 2) % 2 == 0;
                const bool may_wait = !next.empty() && (!bounded || slack >= 4 * unit);
                if (even || !may_wait) {
                    next.push_back(add_two(leaves[i], leaves[i + 1]));
                    slack -= unit;
                    i += 2;
                }
            }
            for (; i < count; ++i) {
                slack -= 2 * unit;
                next.push_back(leaves[i]);
                next.back().level = level + 1;
            }
            leaves = std::move(next);
        }
        return leaves.front().term;
    }

    Leaf add_two(const Leaf& x, const Leaf& y) {
        const Term sum = join(x.term, y.term);
        return {sum, std::max(x.level, y.level) + 1, top_of(sum)};
    }
    Leaf add_three(const Leaf& x, const Leaf& y, const Leaf& z) {
        // Signs at the end, so that the inner adder is a sum or a difference whichever they are.
        std::array<const Leaf*, 3> order{&x, &y, &z};
        std::ranges::stable_sort(order, {}, [](const Leaf* leaf) { return leaf->term.negative; });
        const Term inner = join(order[0]->term, order[1]->term);
        const uint32_t id = inner.value;
        const Term sum = join(inner, order[2]->term);
        graph_.adders[id - graph_.inputs].merged = true;
        points_[sum.value].depth =
            1 + std::max({points_[x.term.value].depth, points_[y.term.value].depth, points_[z.term.value].depth});
        return {sum, x.level + 1, top_of(sum)};
    }

    Term join(Term a, Term b) {
        if (a.negative == b.negative ? a.value > b.value : a.negative) std::swap(a, b);
        const int shift = std::min(a.shift, b.shift);
        Adder& adder = graph_.adders.emplace_back();
        adder.a = a.value;
        adder.b = b.value;
        adder.shift_a = a.shift - shift;
        adder.shift_b = b.shift - shift;
        adder.subtract = a.negative != b.negative;
        points_.push_back({1 + std::max(points_[a.value].depth, points_[b.value].depth),
                           Extent::combine(points_[a.value].extent, adder.shift_a, points_[b.value].extent,
                                           adder.shift_b, adder.subtract)});
        return {static_cast<uint32_t>(points_.size() - 1), shift, a.negative};
    }

    const Problem& problem_;
    AdderGraph graph_;
    std::vector<Point> points_;
};

}  // namespace

Solution with_three_operands(const Solution& solution, const Problem& problem, const Matrix& matrix,
                             const std::vector<InputInfo>& inputs, const Options& options) {
    const auto merged = [&](AdderGraph graph, bool keep) {
        merge_adders(graph, inputs, options.objective, keep);
        return measure(std::move(graph), matrix, inputs, options.start != nullptr);
    };
    Solution best = merged(solution.graph, false);
    best.moves = solution.moves;
    const auto consider = [&](Solution other) {
        other.moves = solution.moves;
        if (better(other, best, problem, options.objective)) best = std::move(other);
    };
    const auto found = rows_of(solution.graph, problem);
    if (!found || !RowGraph::fits(problem, *found)) return best;
    for (const bool eager : {false, true}) {
        Rows rows = *found;
        Dissolver(rows, matrix.inputs, eager).run();
        choose_signs(rows, matrix.inputs);
        AdderGraph graph = TernaryAssembler(problem).build(rows);
        reduce_negations(graph);
        // Ranges, which the choice of pairs needs; what is marked is not yet what is merged.
        std::vector<bool> marks;
        for (Adder& adder : graph.adders) {
            marks.push_back(adder.merged);
            adder.merged = false;
        }
        graph = measure(std::move(graph), matrix, inputs, options.start != nullptr).graph;
        for (size_t n = 0; n < marks.size(); ++n) graph.adders[n].merged = marks[n];
        consider(merged(graph, true));
        consider(merged(std::move(graph), false));
    }
    return best;
}

}  // namespace dal::cmvm
