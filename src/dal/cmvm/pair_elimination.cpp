// Sources: two-term elimination on canonical signed digits is Hartley's (1996); the depth budget is Kraft's
// inequality. Digits are bit sets over the sums, so that counting a pair takes a few words. The number of places
// where a pair fits never grows after both its values exist, so a queue of upper bounds is exact: a pair taken from
// the top is counted again, and goes back if it lost occurrences. Details: docs/cmvm.md.
#include "dal/cmvm/pair_elimination.hpp"

#include <bit>
#include <cstdlib>

#include "dal/cmvm/pair_queue.hpp"
#include "dal/cmvm/pair_table.hpp"
#include "dal/support/check.hpp"

namespace dal::cmvm {
namespace {

/// Depths are kept relative to `base`, from 0 to this: room for 2^depth and sums of them in 64 bits.
constexpr int kMaxLevel = 56;

/// A term of a sum in one word, so that rows can be searched quickly.
struct PackedTerm {
    uint64_t bits;
    PackedTerm(uint32_t value, int shift, bool negative)
        : bits(uint64_t{value} << 32 | static_cast<uint64_t>(shift) << 1 | static_cast<uint64_t>(negative)) {}
    [[nodiscard]] uint32_t value() const { return static_cast<uint32_t>(bits >> 32); }
    [[nodiscard]] int shift() const { return static_cast<int>(bits >> 1 & 0x7FFFFFFF); }
    [[nodiscard]] bool negative() const { return (bits & 1) != 0; }
};

/// One place where a pair fits: `first` at `shift` in sum `row`.
struct Occurrence {
    uint32_t row;
    int shift;
    bool negative;
};

class PairElimination {
  public:
    PairElimination(const Problem& problem, const Strategy& strategy)
        : problem_(problem), score_(strategy.score), words_per_set_((problem.sums.size() + 63) / 64) {
        set_levels();
        add_rows();
        add_inputs();
    }

    Plan run() && {
        while (const auto entry = queue_.pop()) {
            const Pair pair = queue_[entry->slot];
            size_t count = upper_bound(pair);
            if (count < 2) continue;
            if (const size_t score = score_of(pair, count); score < entry->score) {
                queue_.push_again(entry->slot, score);
                continue;
            }
            gather(pair);
            if (found_.size() < count) {
                count = found_.size();
                if (count < 2) continue;
                if (const size_t score = score_of(pair, count); score < entry->score) {
                    queue_.push_again(entry->slot, score);
                    continue;
                }
            }
            extract(pair);
        }
        return finish();
    }

  private:
    /// An input or node: where its digits are, how deep and how wide it is.
    struct Value {
        size_t offset = 0;  ///< of its bit sets in digits_
        int first = 0;      ///< smallest shift at which it occurs
        int span = 0;       ///< number of shifts, from `first`
        int level = 0;
        Extent extent;
    };

    void set_levels() {
        int deepest = 0;
        for (const int depth : problem_.depths) deepest = std::max(deepest, depth);
        if (problem_.bounded) {
            for (const int bound : problem_.bounds) deepest = std::max(deepest, bound);
        }
        base_ = std::max(0, deepest - kMaxLevel);
    }
    [[nodiscard]] int level_of(int depth) const { return std::max(0, depth - base_); }

    void add_rows() {
        rows_.resize(problem_.sums.size());
        slack_.resize(problem_.sums.size());
        for (size_t r = 0; r < rows_.size(); ++r) {
            rows_[r].reserve(problem_.sums[r].size());
            int64_t used = 0;
            for (const Term& term : problem_.sums[r]) {
                DAL_CHECK(term.shift >= 0, "negative shift in a sum");
                rows_[r].emplace_back(term.value, term.shift, term.negative);
                if (problem_.bounded) used += int64_t{1} << level_of(problem_.depths[term.value]);
            }
            if (!problem_.bounded) continue;
            // Rounding depths far below the bound up to `base` may need more room than the bound gives.
            const int64_t room = int64_t{1} << level_of(problem_.bounds[r]);
            slack_[r] = std::max<int64_t>(0, room - used);
        }
    }

    void add_inputs() {
        const size_t inputs = problem_.depths.size();
        std::vector<std::vector<Occurrence>> places(inputs);
        for (uint32_t r = 0; r < rows_.size(); ++r) {
            for (const PackedTerm term : rows_[r]) {
                places[term.value()].push_back({r, term.shift(), term.negative()});
            }
        }
        values_.reserve(4 * inputs + 16);
        for (uint32_t i = 0; i < inputs; ++i) {
            add_value(places[i], level_of(problem_.depths[i]), problem_.extents[i]);
            push_pairs(i, places[i]);
        }
    }

    [[nodiscard]] uint64_t* set(const Value& value, int shift, bool negative) {
        return digits_.data() + value.offset +
               (2 * static_cast<size_t>(shift - value.first) + static_cast<size_t>(negative)) * words_per_set_;
    }

    void add_value(const std::vector<Occurrence>& places, int level, const Extent& extent) {
        Value value{digits_.size(), 0, 0, level, extent};
        if (!places.empty()) {
            int last = places.front().shift;
            value.first = last;
            for (const Occurrence& place : places) {
                value.first = std::min(value.first, place.shift);
                last = std::max(last, place.shift);
            }
            value.span = last - value.first + 1;
        }
        digits_.resize(digits_.size() + 2 * static_cast<size_t>(value.span) * words_per_set_);
        for (const Occurrence& place : places) {
            set(value, place.shift, place.negative)[place.row / 64] |= uint64_t{1} << (place.row % 64);
        }
        values_.push_back(value);
    }

    /// What an adder of these levels takes from the slack of a sum: 2^(higher + 1) - 2^a - 2^b.
    [[nodiscard]] int64_t cost(int a, int b) const {
        if (!problem_.bounded) return 0;
        return std::abs((int64_t{1} << a) - (int64_t{1} << b));
    }

    static uint64_t key_of(uint32_t other, int shift, bool subtract) {
        constexpr int64_t kBias = int64_t{1} << 30;
        return uint64_t{other} << 32 | static_cast<uint64_t>(shift + kBias) << 1 | static_cast<uint64_t>(subtract);
    }
    static Pair pair_of(uint64_t key, uint32_t value) {
        const auto shift = static_cast<int>(static_cast<int64_t>(key >> 1 & 0x7FFFFFFF) - (int64_t{1} << 30));
        return {static_cast<uint32_t>(key >> 32), value, shift, (key & 1) != 0};
    }

    /// Queues the pairs of the newest value with itself and older ones that occur at least twice.
    void push_pairs(uint32_t value, const std::vector<Occurrence>& places) {
        if (places.size() < 2) return;
        size_t keys = 0;
        for (size_t p = 0; p + 1 < places.size(); ++p) keys += rows_[places[p].row].size();
        table_.reset(keys);
        const int level = values_[value].level;
        for (size_t p = 0; p < places.size(); ++p) {
            const Occurrence& place = places[p];
            const bool last = p + 1 == places.size();
            for (const PackedTerm term : rows_[place.row]) {
                const uint32_t other = term.value();
                if (other > value || (other == value && term.shift() >= place.shift)) continue;
                if (const int64_t needed = cost(level, values_[other].level);
                    needed > slack_[place.row] && needed > 0) {
                    continue;
                }
                const uint64_t key = key_of(other, place.shift - term.shift(), term.negative() != place.negative);
                last ? table_.add_if_present(key) : table_.add(key);
            }
        }
        table_.for_each([&](uint64_t key, uint32_t count) {
            if (count < 2) return;
            const Pair pair = pair_of(key, value);
            queue_.push(pair, score_of(pair, count));
        });
    }

    [[nodiscard]] size_t score_of(const Pair& pair, size_t count) const {
        const Value& a = values_[pair.first];
        const Value& b = values_[pair.second];
        const int shift_a = std::max(0, -pair.shift);
        const int shift_b = std::max(0, pair.shift);
        const int low_a = a.extent.low + shift_a;
        const int low_b = b.extent.low + shift_b;
        const int top_a = a.extent.top + shift_a;
        const int top_b = b.extent.top + shift_b;
        switch (score_) {
            case Score::count: return count;
            case Score::overlap:
                return count * static_cast<size_t>(std::max(1, std::min(top_a, top_b) - std::max(low_a, low_b) + 1));
            case Score::width:
                return (count - 1) *
                       static_cast<size_t>(std::max(1, std::max(top_a, top_b) - std::max(low_a, low_b) + 1));
            case Score::level_gap: {
                const auto gap = static_cast<size_t>(std::abs(a.level - b.level));
                return count > gap + 1 ? count - gap : 1;
            }
        }
        return 0;
    }

    /// Places where the pair fits, a few too many if they share terms or slack.
    size_t upper_bound(const Pair& pair) {
        const int64_t needed = cost(values_[pair.first].level, values_[pair.second].level);
        size_t count = 0;
        for_each_match(pair, [&](uint64_t both, size_t word, int, bool) {
            if (needed == 0) {
                count += static_cast<size_t>(std::popcount(both));
                return;
            }
            for (; both != 0; both &= both - 1) {
                if (slack_[64 * word + static_cast<size_t>(std::countr_zero(both))] >= needed) ++count;
            }
        });
        return count;
    }

    /// Calls visit(bits, word, shift, negative) for each set of sums in which `first` occurs at `shift` with that
    /// sign, and `second` where and how the pair wants it.
    template <class Visit>
    void for_each_match(const Pair& pair, Visit visit) {
        const Value& a = values_[pair.first];
        const Value& b = values_[pair.second];
        const int from = std::max(a.first, b.first - pair.shift);
        const int to = std::min(a.first + a.span, b.first + b.span - pair.shift);
        for (int shift = from; shift < to; ++shift) {
            for (const bool negative : {false, true}) {
                const uint64_t* in_a = set(a, shift, negative);
                const uint64_t* in_b = set(b, shift + pair.shift, negative != pair.subtract);
                for (size_t w = 0; w < words_per_set_; ++w) {
                    if (const uint64_t both = in_a[w] & in_b[w]; both != 0) visit(both, w, shift, negative);
                }
            }
        }
    }

    /// The places that can really be replaced together, into found_.
    void gather(const Pair& pair) {
        found_.clear();
        const int64_t needed = cost(values_[pair.first].level, values_[pair.second].level);
        for_each_match(pair, [&](uint64_t both, size_t word, int shift, bool negative) {
            for (; both != 0; both &= both - 1) {
                const auto row = static_cast<uint32_t>(64 * word + static_cast<size_t>(std::countr_zero(both)));
                if (pair.first == pair.second) {
                    // The upper term of an earlier place cannot be the lower one of this place.
                    const bool taken = std::ranges::any_of(found_, [&](const Occurrence& other) {
                        return other.row == row && other.shift + pair.shift == shift;
                    });
                    if (taken) continue;
                }
                if (needed > 0) {
                    if (slack_[row] < needed) continue;
                    slack_[row] -= needed;
                }
                found_.push_back({row, shift, negative});
            }
        });
        if (needed > 0) {
            for (const Occurrence& place : found_) slack_[place.row] += needed;
        }
    }

    void extract(const Pair& pair) {
        const Node node{pair.first, pair.second, std::max(0, -pair.shift), std::max(0, pair.shift), pair.subtract};
        const Value a = values_[pair.first];
        const Value b = values_[pair.second];
        const auto value = static_cast<uint32_t>(values_.size());
        const int64_t needed = cost(a.level, b.level);
        for (Occurrence& place : found_) {
            const int shift_b = place.shift + pair.shift;
            const bool negative_b = place.negative != pair.subtract;
            const uint64_t bit = uint64_t{1} << (place.row % 64);
            set(a, place.shift, place.negative)[place.row / 64] &= ~bit;
            set(b, shift_b, negative_b)[place.row / 64] &= ~bit;
            std::vector<PackedTerm>& row = rows_[place.row];
            remove(row, {pair.first, place.shift, place.negative});
            remove(row, {pair.second, shift_b, negative_b});
            place.shift = std::min(place.shift, shift_b);
            row.emplace_back(value, place.shift, place.negative);
            if (needed > 0) slack_[place.row] -= needed;
        }
        nodes_.push_back(node);
        add_value(found_, std::min(kMaxLevel, std::max(a.level, b.level) + 1),
                  Extent::combine(a.extent, node.shift_a, b.extent, node.shift_b, node.subtract));
        push_pairs(value, found_);
    }

    static void remove(std::vector<PackedTerm>& row, PackedTerm term) {
        const auto at = std::ranges::find(row, term.bits, &PackedTerm::bits);
        DAL_CHECK(at != row.end(), "a term is missing from its sum");
        *at = row.back();
        row.pop_back();
    }

    Plan finish() {
        Plan plan{std::move(nodes_), {}};
        plan.sums.reserve(rows_.size());
        for (const std::vector<PackedTerm>& row : rows_) {
            Sum& sum = plan.sums.emplace_back();
            sum.reserve(row.size());
            for (const PackedTerm term : row) sum.push_back({term.value(), term.shift(), term.negative()});
        }
        return plan;
    }

    const Problem& problem_;
    Score score_;
    size_t words_per_set_;
    int base_ = 0;
    std::vector<Value> values_;
    std::vector<uint64_t> digits_;  // of a value: per shift, the sums with +1, then those with -1
    std::vector<std::vector<PackedTerm>> rows_;
    std::vector<int64_t> slack_;  // of each sum: 2^bound - Σ 2^level of its terms
    std::vector<Node> nodes_;
    std::vector<Occurrence> found_;
    PairTable table_;
    PairQueue queue_;
};

}  // namespace

Plan eliminate_pairs(const Problem& problem, const Strategy& strategy) {
    return PairElimination(problem, strategy).run();
}

}  // namespace dal::cmvm
