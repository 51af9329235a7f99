#include "dal/cmvm/sums/best_order.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace dal::cmvm {
namespace {

using Set = uint32_t;

class Orders {
  public:
    Orders(std::span<const OrderedTerm> terms, int least_depth, int bound)
        : terms_(terms), least_depth_(least_depth), levels_(static_cast<size_t>(bound - least_depth + 1)) {
        const size_t sets = size_t{1} << terms.size();
        sums_.resize(sets);
        best_.resize(sets * levels_);
        for (Set set = 1; set < sets; ++set) fill(set);
    }

    std::vector<std::pair<uint32_t, uint32_t>> best() && {
        const auto all = static_cast<Set>(sums_.size() - 1);
        if (at(all, levels_ - 1).bits < impossible) make(all, levels_ - 1);
        return std::move(steps_);
    }

  private:
    static constexpr int64_t impossible = std::numeric_limits<int64_t>::max() / 4;
    struct Best {
        int64_t bits = impossible;
        Set part = 0;  ///< one of the two that are added last
    };

    Best& at(Set set, size_t level) { return best_[set * levels_ + level]; }

    void fill(Set set) {
        const Set lowest = set & (~set + 1);
        const Set others = set ^ lowest;
        if (others == 0) {
            const OrderedTerm& term = terms_[static_cast<size_t>(std::countr_zero(set))];
            sums_[set] = term.summand;
            for (auto l = static_cast<size_t>(term.depth - least_depth_); l < levels_; ++l) at(set, l).bits = 0;
            return;
        }
        sums_[set] = join(sums_[lowest], sums_[others]).sum;
        // Each division once: the part that has the lowest term.
        for (Set rest = others; rest != 0; rest = (rest - 1) & others) {
            const Set part = set ^ rest;
            const int bits = join(sums_[part], sums_[rest]).bits;
            for (size_t l = 1; l < levels_; ++l) {
                const int64_t total = at(part, l - 1).bits + at(rest, l - 1).bits + bits;
                if (total < at(set, l).bits) at(set, l) = {total, part};
            }
        }
    }

    uint32_t make(Set set, size_t level) {
        if (std::has_single_bit(set)) return static_cast<uint32_t>(std::countr_zero(set));
        while (level > 0 && at(set, level - 1).bits == at(set, level).bits) --level;  // flatter where that is free
        const Set part = at(set, level).part;
        const uint32_t a = make(part, level - 1);
        const uint32_t b = make(set ^ part, level - 1);
        steps_.emplace_back(a, b);
        return static_cast<uint32_t>(terms_.size() + steps_.size() - 1);
    }

    std::span<const OrderedTerm> terms_;
    int least_depth_;
    size_t levels_;
    std::vector<Summand> sums_;  // of each set
    std::vector<Best> best_;     // of each set and level
    std::vector<std::pair<uint32_t, uint32_t>> steps_;
};

}  // namespace

std::vector<std::pair<uint32_t, uint32_t>> best_order(std::span<const OrderedTerm> terms, int bound) {
    const auto [first, last] = std::ranges::minmax(terms, {}, &OrderedTerm::depth);
    // A chain is deep enough for any order.
    const int deepest = std::min(bound, last.depth + static_cast<int>(terms.size()) - 1);
    if (deepest < last.depth || deepest - first.depth >= most_ordered_levels) return {};
    return Orders(terms, first.depth, deepest).best();
}

}  // namespace dal::cmvm
