#include "dal/cmvm/assemble/assemble.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <limits>
#include <map>
#include <tuple>

#include "dal/cmvm/rows/row_signs.hpp"
#include "dal/cmvm/sums/best_order.hpp"
#include "dal/cmvm/sums/sum_order.hpp"
#include "dal/support/check.hpp"

namespace dal::cmvm {
namespace {

/// As in the greedy pass: levels are depths relative to a base, so that 2^level fits.
constexpr int max_level = 56;
constexpr int most_ordered_bits = 60;

struct Point {
    int depth = 0;
    Extent extent;
};

class Assembler {
  public:
    explicit Assembler(const Problem& problem) : problem_(problem) {
        graph_.inputs = problem.depths.size();
        for (size_t i = 0; i < graph_.inputs; ++i) points_.push_back({problem.depths[i], problem.extents[i]});
    }

    AdderGraph build(const Plan& plan) && {
        points_.reserve(graph_.inputs + plan.nodes.size() * 2);
        for (const Node& node : plan.nodes) add(node);
        std::vector<Term> results;  // of sums and combinations, over inputs and adders
        results.reserve(plan.sums.size() + problem_.combinations.size());
        for (size_t s = 0; s < plan.sums.size(); ++s) {
            results.push_back(reduce(plan.sums[s], problem_.bounded, problem_.bounds[s]));
        }
        for (const Sum& combination : problem_.combinations) {
            Sum sum;
            std::vector<int> depths;
            for (const Term& term : combination) {
                const Term& result = results[term.value];
                sum.push_back({result.value, result.shift + term.shift, result.negative != term.negative});
                depths.push_back(points_[result.value].depth);
            }
            results.push_back(reduce(std::move(sum), problem_.bounded, least_depth(std::move(depths))));
        }
        connect(results);
        return std::move(graph_);
    }

    AdderGraph build(const Rows& rows, size_t most_ordered) && {
        reuse_ = true;
        most_ordered_ = most_ordered;
        std::vector<Term> values;  // of inputs and nodes, over inputs and adders
        for (uint32_t i = 0; i < graph_.inputs; ++i) values.push_back({i, 0, false});
        values.resize(graph_.inputs + rows.nodes.size());
        for (const uint32_t n : operands_first(rows, graph_.inputs)) {
            const Rows::Node& node = rows.nodes[n];
            values[graph_.inputs + n] = reduce(sum_over(values, node.terms), problem_.bounded, node.depth);
        }
        std::vector<Term> results;
        for (size_t o = 0; o < rows.outputs.size(); ++o) {
            results.push_back(reduce(sum_over(values, rows.outputs[o]), problem_.bounded, problem_.bounds[o]));
        }
        connect(results);
        return std::move(graph_);
    }

  private:
    void connect(const std::vector<Term>& results) {
        for (const ColumnTap& column : problem_.columns) {
            OutputTap& tap = graph_.outputs.emplace_back();
            if (!column.sum) continue;
            const Term& result = results[*column.sum];
            tap = {result.value, result.shift + column.shift, result.negative != column.negative};
        }
    }

    /// Of an equal adder if there is one: rows that were added up by chance alike.
    uint32_t add_once(const Node& node) {
        if (!reuse_) return add(node);
        const auto [it, fresh] = known_.try_emplace({node.a, node.b, node.shift_a, node.shift_b, node.subtract}, 0);
        if (fresh) it->second = add(node);
        return it->second;
    }

    uint32_t add(const Node& node) {
        const Point& a = points_[node.a];
        const Point& b = points_[node.b];
        points_.push_back({std::max(a.depth, b.depth) + 1,
                           Extent::combine(a.extent, node.shift_a, b.extent, node.shift_b, node.subtract)});
        Adder& adder = graph_.adders.emplace_back();
        adder.a = node.a;
        adder.b = node.b;
        adder.shift_a = node.shift_a;
        adder.shift_b = node.shift_b;
        adder.subtract = node.subtract;
        return static_cast<uint32_t>(points_.size() - 1);
    }

    struct Leaf {
        Term term;
        int level;
        int top;
    };

    Term reduce(const Sum& sum, bool bounded, int bound) {
        DAL_CHECK(!sum.empty(), "empty sum");
        if (const std::optional<Term> best = reduce_best(sum, bounded, bound)) return *best;
        int deepest = bounded ? bound : 0;
        for (const Term& term : sum) deepest = std::max(deepest, points_[term.value].depth);
        const int base = std::max(0, deepest - max_level);
        int64_t slack = bounded ? int64_t{1} << std::max(0, bound - base) : 0;
        leaves_.clear();
        for (const Term& term : sum) {
            const int level = bounded ? std::max(0, points_[term.value].depth - base) : 0;
            if (bounded) slack -= int64_t{1} << level;
            leaves_.push_back({term, level, top_of(term)});
        }
        // The slack may be short by what rounding depths up to `base` took.
        return add_up(leaves_, bounded, std::max<int64_t>(0, slack),
                      [this](const Leaf& a, const Leaf& b) {
                          const Term joined = join(a.term, b.term);
                          return Leaf{joined, 0, top_of(joined)};
                      })
            .term;
    }

    /// In the order of least bits, if the sum is short and its ranges fit.
    std::optional<Term> reduce_best(const Sum& sum, bool bounded, int bound) {
        if (sum.size() < 3 || sum.size() > most_ordered_) return std::nullopt;
        std::vector<OrderedTerm> terms;
        for (const Term& term : sum) {
            const auto& [depth, extent] = points_[term.value];
            if (!extent.exact || top_of(term) + std::bit_width(sum.size()) > most_ordered_bits) return std::nullopt;
            const Range range{extent.lo << term.shift, extent.hi << term.shift, extent.low + term.shift, top_of(term)};
            terms.push_back({{range, term.negative}, depth});
        }
        std::vector<Term> values = sum;
        for (const auto& [a, b] : best_order(terms, bounded ? bound : std::numeric_limits<int>::max())) {
            values.push_back(join(values[a], values[b]));
        }
        if (values.size() == sum.size()) return std::nullopt;
        return values.back();
    }

    [[nodiscard]] int top_of(const Term& term) const { return points_[term.value].extent.top + term.shift; }

    Term join(Term a, Term b) {
        if (a.negative == b.negative ? a.value > b.value : a.negative) std::swap(a, b);
        const int shift = std::min(a.shift, b.shift);
        const uint32_t value = add_once({a.value, b.value, a.shift - shift, b.shift - shift, a.negative != b.negative});
        return {value, shift, a.negative};
    }

    const Problem& problem_;
    AdderGraph graph_;
    std::vector<Point> points_;
    std::vector<Leaf> leaves_;
    bool reuse_ = false;
    size_t most_ordered_ = 0;
    std::map<std::tuple<uint32_t, uint32_t, int, int, bool>, uint32_t> known_;
};

/// Changes signs inside a graph so that outputs need no negation.
class SignFixer {
  public:
    explicit SignFixer(AdderGraph& graph) : graph_(graph) {}

    void run() {
        bool any = false;
        for (const OutputTap& tap : graph_.outputs) any = any || tap.negate;
        if (!any) return;
        users_.resize(graph_.adders.size());
        taps_.resize(graph_.adders.size());
        for (size_t n = 0; n < graph_.adders.size(); ++n) {
            for (const uint32_t operand : {graph_.adders[n].a, graph_.adders[n].b}) {
                if (operand >= graph_.inputs) users_[operand - graph_.inputs].push_back(n);
            }
        }
        for (size_t o = 0; o < graph_.outputs.size(); ++o) {
            const OutputTap& tap = graph_.outputs[o];
            if (tap.node && *tap.node >= graph_.inputs) taps_[*tap.node - graph_.inputs].push_back(o);
        }
        const size_t adders = graph_.adders.size();
        for (size_t n = 0; n < adders; ++n) fix(n);
    }

  private:
    void fix(size_t n) {
        size_t negative = 0;
        for (const size_t o : taps_[n]) negative += static_cast<size_t>(graph_.outputs[o].negate);
        if (negative == 0) return;
        if (negative == taps_[n].size() && flip_if_possible(n)) return;
        // y and -y, or a difference that others need as it is: its reverse costs no more than a negation, and no level.
        if (!graph_.adders[n].subtract) return;
        const Adder reversed = reverse(graph_.adders[n]);
        const auto id = static_cast<uint32_t>(graph_.inputs + graph_.adders.size());
        for (const uint32_t operand : {reversed.a, reversed.b}) {
            if (operand >= graph_.inputs) users_[operand - graph_.inputs].push_back(graph_.adders.size());
        }
        graph_.adders.push_back(reversed);
        for (const size_t o : taps_[n]) {
            OutputTap& tap = graph_.outputs[o];
            if (tap.negate) tap = {id, tap.shift, false};
        }
    }

    static Adder reverse(Adder adder) {
        std::swap(adder.a, adder.b);
        std::swap(adder.shift_a, adder.shift_b);
        return adder;
    }

    bool flip_if_possible(size_t n) {
        if (!users_accept(n)) return false;
        if (!graph_.adders[n].subtract && !make_difference(n)) return false;
        // The operand that was flipped may have users in common with n: what was n + m is n - m now.
        if (!users_accept(n)) return false;
        flip(n);
        return true;
    }

    /// Whether each adder that uses n can be written with -n instead.
    [[nodiscard]] bool users_accept(size_t n) const {
        const auto id = static_cast<uint32_t>(graph_.inputs + n);
        return std::ranges::all_of(users_[n], [&](size_t u) {
            const Adder& user = graph_.adders[u];
            return user.a != user.b && (user.a != id || !user.subtract);
        });
    }

    /// Turns the sum n into a difference by flipping an operand that is one and is used where that is possible.
    bool make_difference(size_t n) {
        const Adder& adder = graph_.adders[n];
        if (adder.a == adder.b) return false;
        for (const uint32_t operand : {adder.a, adder.b}) {
            if (operand < graph_.inputs) continue;
            const size_t m = operand - graph_.inputs;
            if (!graph_.adders[m].subtract || !taps_[m].empty() || !users_accept(m)) continue;
            flip(m);
            return true;
        }
        return false;
    }

    void flip(size_t n) {
        const auto id = static_cast<uint32_t>(graph_.inputs + n);
        graph_.adders[n] = reverse(graph_.adders[n]);
        for (const size_t u : users_[n]) {
            Adder& user = graph_.adders[u];
            if (user.a == id) user = reverse(user);
            user.subtract = !user.subtract;
        }
        for (const size_t o : taps_[n]) graph_.outputs[o].negate = !graph_.outputs[o].negate;
    }

    AdderGraph& graph_;
    std::vector<std::vector<size_t>> users_;  // of each adder
    std::vector<std::vector<size_t>> taps_;
};

}  // namespace

AdderGraph assemble(const Problem& problem, const Plan& plan) { return Assembler(problem).build(plan); }
AdderGraph assemble(const Problem& problem, const Rows& rows, size_t most_ordered) {
    return Assembler(problem).build(rows, most_ordered);
}

std::optional<Rows> rows_of(const AdderGraph& graph, const Problem& problem) {
    Rows rows;
    rows.outputs.resize(problem.sums.size());
    if (graph.inputs + graph.adders.size() > RowTerm::max_value) return std::nullopt;
    const auto possible = [](int shift) { return shift >= 0 && shift <= RowTerm::max_shift / 2; };
    for (const Adder& adder : graph.adders) {
        if (!possible(adder.shift_a) || !possible(adder.shift_b)) return std::nullopt;
        rows.nodes.push_back(
            {{RowTerm(adder.a, adder.shift_a, false), RowTerm(adder.b, adder.shift_b, adder.subtract)}, adder.depth});
    }
    for (size_t o = 0; o < graph.outputs.size(); ++o) {
        const ColumnTap& column = problem.columns[o];
        if (!column.sum || !rows.outputs[*column.sum].empty()) continue;
        const OutputTap& tap = graph.outputs[o];
        if (!tap.node || !possible(tap.shift - column.shift)) return std::nullopt;
        rows.outputs[*column.sum] = {RowTerm(*tap.node, tap.shift - column.shift, tap.negate != column.negative)};
    }
    return rows;
}

void reduce_negations(AdderGraph& graph) { SignFixer(graph).run(); }

}  // namespace dal::cmvm
