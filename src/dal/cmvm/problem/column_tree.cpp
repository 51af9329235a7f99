// Source: the first stage of da4ml (Sun et al., 2025), there over all columns and with a penalty for depth. Here the
// tree is no higher than the depth allows, and it is one of several starts.
#include "dal/cmvm/problem/column_tree.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace dal::cmvm {
namespace {

/// Pairs of columns times inputs; more would take longer than the rest of the solver.
constexpr size_t most_work = size_t{1} << 24;
constexpr int most_shift = 60;

int digits_of(int64_t value) {
    const uint64_t magnitude = value < 0 ? -static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
    return std::popcount((magnitude + (magnitude >> 1)) ^ (magnitude >> 1));
}

class TreeBuilder {
  public:
    explicit TreeBuilder(const Problem& problem)
        : problem_(problem), inputs_(problem.depths.size()), count_(problem.sums.size()) {}

    std::optional<Problem> run() {
        if (count_ < 2 || count_ * count_ > most_work / std::max<size_t>(1, inputs_)) return std::nullopt;
        size_t digits = 0;
        for (const Sum& sum : problem_.sums) {
            std::vector<int64_t>& column = columns_.emplace_back(inputs_, 0);
            digits += sum.size();
            for (const Term& term : sum) {
                if (term.shift >= most_shift) return std::nullopt;
                column[term.value] += (term.negative ? -1 : 1) * (int64_t{1} << term.shift);
            }
        }
        height_ = problem_.bounded ? 0 : std::numeric_limits<int>::max();
        if (problem_.bounded) {
            // So many levels are left above all columns that a tree may use.
            height_ = std::numeric_limits<int>::max();
            for (size_t s = 0; s < count_; ++s) {
                height_ =
                    std::min(height_, problem_.bounds[s] - (problem_.spare[s] ? 1 : 0) - depth_of(problem_.sums[s]));
            }
            if (height_ < 1) return std::nullopt;
        }
        const size_t left = grow();
        if (left * 20 > digits * 19) return std::nullopt;
        return result();
    }

  private:
    struct Place {
        int level = 0;  // 0: a column of its own
        size_t parent = 0;
        bool negative = false;  // the parent is subtracted
        int cost = 0;
    };

    [[nodiscard]] int depth_of(const Sum& sum) const {
        std::vector<int> depths;
        depths.reserve(sum.size());
        for (const Term& term : sum) depths.push_back(problem_.depths[term.value]);
        return least_depth(std::move(depths));
    }

    [[nodiscard]] int cost_of(size_t child, size_t parent, bool negative) const {
        int digits = 1;
        for (size_t i = 0; i < inputs_; ++i) {
            digits += digits_of(columns_[child][i] + (negative ? columns_[parent][i] : -columns_[parent][i]));
        }
        return digits;
    }

    /// Prim's algorithm; the digits of all differences.
    size_t grow() {
        for (const Sum& sum : problem_.sums) places_.push_back({0, 0, false, static_cast<int>(sum.size())});
        std::vector<bool> done(count_, false);
        size_t total = 0;
        for (size_t step = 0; step < count_; ++step) {
            size_t next = count_;
            for (size_t s = 0; s < count_; ++s) {
                if (!done[s] && (next == count_ || places_[s].cost < places_[next].cost)) next = s;
            }
            done[next] = true;
            order_.push_back(next);
            total += static_cast<size_t>(places_[next].cost);
            if (places_[next].level >= height_) continue;
            for (size_t s = 0; s < count_; ++s) {
                if (done[s]) continue;
                for (const bool negative : {false, true}) {
                    const int cost = cost_of(s, next, negative);
                    if (cost < places_[s].cost) places_[s] = {places_[next].level + 1, next, negative, cost};
                }
            }
        }
        return total;
    }

    [[nodiscard]] Sum difference(size_t child) const {
        const Place& place = places_[child];
        Sum sum;
        for (uint32_t i = 0; i < inputs_; ++i) {
            const int64_t parent = columns_[place.parent][i];
            int64_t rest = columns_[child][i] + (place.negative ? parent : -parent);
            for (int shift = 0; rest != 0; ++shift, rest /= 2) {
                if (rest % 2 == 0) continue;
                const bool negative = (rest & 3) == 3;  // the digit that leaves a multiple of 4
                sum.push_back({i, shift, negative});
                rest -= negative ? -1 : 1;
            }
        }
        return sum;
    }

    std::optional<Problem> result() const {
        Problem split = problem_;
        // A parent must be ready a level before its children; those come later in order.
        std::vector<int> bounds = problem_.bounds;
        // Constants are added after the sums, which others may need.
        for (size_t s = 0; s < count_; ++s) bounds[s] -= problem_.spare[s] ? 1 : 0;
        split.spare.assign(count_, false);
        if (problem_.bounded) {
            for (size_t k = order_.size(); k-- > 0;) {
                const size_t s = order_[k];
                if (places_[s].level > 0) {
                    bounds[places_[s].parent] = std::min(bounds[places_[s].parent], bounds[s] - 1);
                }
            }
        }
        std::vector<uint32_t> index(count_);
        for (size_t k = 0; k < count_; ++k) {
            const size_t s = order_[k];
            if (places_[s].level == 0) {
                split.bounds[s] = bounds[s];
                index[s] = static_cast<uint32_t>(s);
                continue;
            }
            split.sums[s] = difference(s);
            split.bounds[s] = problem_.bounded ? bounds[s] - 1 : bounds[s];
            if (problem_.bounded && depth_of(split.sums[s]) > split.bounds[s]) return std::nullopt;
            index[s] = static_cast<uint32_t>(count_ + split.combinations.size());
            split.combinations.push_back(
                {{index[places_[s].parent], 0, places_[s].negative}, {static_cast<uint32_t>(s), 0, false}});
        }
        for (ColumnTap& column : split.columns) {
            if (column.sum) column.sum = index[*column.sum];
        }
        return split;
    }

    const Problem& problem_;
    size_t inputs_;
    size_t count_;
    int height_ = 0;
    std::vector<std::vector<int64_t>> columns_;
    std::vector<Place> places_;
    std::vector<size_t> order_;
};

}  // namespace

std::optional<Problem> split_by_differences(const Problem& problem) { return TreeBuilder(problem).run(); }

}  // namespace dal::cmvm
