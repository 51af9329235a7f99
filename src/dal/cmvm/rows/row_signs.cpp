#include "dal/cmvm/rows/row_signs.hpp"

#include <algorithm>

#include "dal/support/check.hpp"

namespace dal::cmvm {
namespace {

/// Trying a sign costs a pass over all rows; so many passes over so many terms at most.
constexpr size_t max_effort = 1'000'000;
/// So many of the nodes below an output are tried, those that are nearest.
constexpr size_t near = 8;

void negate(std::vector<RowTerm>& terms) {
    for (RowTerm& term : terms) term = RowTerm(term.value(), term.shift(), !term.negative());
}

bool all_negative(const std::vector<RowTerm>& terms) {
    return std::ranges::all_of(terms, [](RowTerm term) { return term.negative(); });
}

bool mixed(const std::vector<RowTerm>& terms) {
    return !all_negative(terms) && std::ranges::any_of(terms, [](RowTerm term) { return term.negative(); });
}

class SignChooser {
  public:
    SignChooser(Rows& rows, size_t inputs) : rows_(rows), inputs_(inputs), order_(operands_first(rows, inputs)) {
        for (const auto& node : rows.nodes) size_ += node.terms.size();
        for (const auto& output : rows.outputs) size_ += output.size();
    }

    void run() {
        normalize(rows_, {});
        repair();
    }

  private:
    /// Negates the nodes in `flipped`, and then all that have only negative terms.
    void normalize(Rows& rows, const std::vector<uint32_t>& flipped) const {
        std::vector<bool> negated(rows.nodes.size(), false);
        const auto update = [&](std::vector<RowTerm>& terms) {
            for (RowTerm& term : terms) {
                if (term.value() < inputs_ || !negated[term.value() - inputs_]) continue;
                term = RowTerm(term.value(), term.shift(), !term.negative());
            }
        };
        for (const uint32_t n : order_) {
            auto& terms = rows.nodes[n].terms;
            update(terms);
            const bool flip = mixed(terms) && std::ranges::find(flipped, n) != flipped.end();
            if (!flip && !all_negative(terms)) continue;
            negate(terms);
            negated[n] = true;
        }
        for (auto& output : rows.outputs) update(output);
    }

    static size_t negative_outputs(const Rows& rows) {
        return static_cast<size_t>(std::ranges::count_if(rows.outputs, all_negative));
    }

    /// Walks: negates a node that a negated output consists of, which may negate others, and keeps what is no worse.
    void repair() {
        Rows now = rows_;
        size_t least = negative_outputs(rows_);
        size_t negative = least;
        while (least > 0 && tries_ < max_effort) {
            size_t which = below(negative);
            size_t o = 0;
            while (!all_negative(now.outputs[o]) || which-- > 0) ++o;
            const std::vector<uint32_t> nodes = candidates(now, o);
            tries_ += 2 * size_;
            if (nodes.empty()) return;
            Rows changed = now;
            normalize(changed, {nodes[below(std::min(nodes.size(), near))]});
            const size_t after = negative_outputs(changed);
            if (after > negative && below(16) > 0) continue;
            now = std::move(changed);
            negative = after;
            if (negative >= least) continue;
            least = negative;
            rows_ = now;
        }
    }

    /// A small linear congruential generator: the same walk on every machine.
    size_t below(size_t n) {
        random_ = random_ * 6364136223846793005U + 1442695040888963407U;
        return static_cast<size_t>((random_ >> 33) * n >> 31);
    }

    /// Nodes with both signs in the sum, and in the nodes that it consists of.
    [[nodiscard]] std::vector<uint32_t> candidates(const Rows& rows, size_t o) const {
        std::vector<uint32_t> result;
        std::vector<bool> seen(rows.nodes.size(), false);
        std::vector<uint32_t> queue;
        const auto visit = [&](const std::vector<RowTerm>& terms) {
            for (const RowTerm term : terms) {
                if (term.value() < inputs_ || seen[term.value() - inputs_]) continue;
                seen[term.value() - inputs_] = true;
                queue.push_back(static_cast<uint32_t>(term.value() - inputs_));
            }
        };
        visit(rows.outputs[o]);
        for (size_t at = 0; at < queue.size(); ++at) {
            const auto& terms = rows.nodes[queue[at]].terms;
            if (mixed(terms)) result.push_back(queue[at]);
            visit(terms);
        }
        return result;
    }

    Rows& rows_;
    size_t inputs_;
    std::vector<uint32_t> order_;
    size_t size_ = 0;
    size_t tries_ = 0;
    uint64_t random_ = 1;
};

}  // namespace

Sum sum_over(const std::vector<Term>& values, const std::vector<RowTerm>& terms) {
    Sum sum;
    for (const RowTerm term : terms) {
        const Term& value = values[term.value()];
        sum.push_back({value.value, value.shift + term.shift(), value.negative != term.negative()});
    }
    return sum;
}

std::vector<uint32_t> operands_first(const Rows& rows, size_t inputs) {
    std::vector<uint32_t> missing(rows.nodes.size(), 0);  // operands that are not in order yet
    std::vector<std::vector<uint32_t>> users(rows.nodes.size());
    std::vector<uint32_t> order;
    for (uint32_t n = 0; n < rows.nodes.size(); ++n) {
        for (const RowTerm term : rows.nodes[n].terms) {
            if (term.value() < inputs) continue;
            ++missing[n];
            users[term.value() - inputs].push_back(n);
        }
        if (missing[n] == 0) order.push_back(n);
    }
    for (size_t at = 0; at < order.size(); ++at) {
        for (const uint32_t user : users[order[at]]) {
            if (--missing[user] == 0) order.push_back(user);
        }
    }
    DAL_CHECK(order.size() == rows.nodes.size(), "rows that use each other");
    return order;
}

void choose_signs(Rows& rows, size_t inputs) { SignChooser(rows, inputs).run(); }

}  // namespace dal::cmvm
