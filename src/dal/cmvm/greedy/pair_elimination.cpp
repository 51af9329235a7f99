// Sources: two-term elimination on canonical signed digits is Hartley's (1996); the depth budget is Kraft's
// inequality. Digits are bit sets over the sums, so that counting a pair takes a few words. The number of places
// where a pair fits never grows after both its values exist, so a queue of upper bounds is exact: a pair taken from
// the top is counted again, and goes back if it lost occurrences. Details: docs/cmvm.md.
#include "dal/cmvm/greedy/pair_elimination.hpp"

#include <array>
#include <bit>
#include <cstdlib>
#include <utility>

#include "dal/cmvm/greedy/pair_queue.hpp"
#include "dal/cmvm/greedy/pair_table.hpp"
#include "dal/support/check.hpp"

namespace dal::cmvm {
namespace {

/// Depths are kept relative to `base`, from 0 to this: room for 2^depth and sums of them in 64 bits.
constexpr int kMaxLevel = 56;

/// Pairs wait by the million where many inputs have the same weights. Beyond so many, and again beyond each multiple,
/// one occurrence more is asked of a pair.
constexpr size_t kManyPairs = size_t{1} << 24;

/// Up to so many places of a new value, its pairs are found by looking them up instead of counting all of them.
constexpr size_t kFewPlaces = 4;

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

/// SWAR, because a call costs more where the processor's own instruction may not be used.
size_t popcount(uint64_t word) {
    word -= word >> 1 & 0x5555555555555555;
    word = (word & 0x3333333333333333) + (word >> 2 & 0x3333333333333333);
    word = (word + (word >> 4)) & 0x0F0F0F0F0F0F0F0F;
    return word * 0x0101010101010101 >> 56;
}

class PairElimination {
  public:
    PairElimination(const Problem& problem, Watch& watch)
        : problem_(problem), words_per_set_((problem.sums.size() + 63) / 64) {
        set_levels();
        add_rows();
        add_inputs(watch);
    }

    Plan run(Score score, Watch& watch) && {
        score_ = score;
        for (const auto& [pair, count] : first_pairs_) queue_.push(pair, score_of(pair, count));
        while (watch.goes_on(std::exchange(work_, 0))) {
            const auto entry = queue_.pop();
            if (!entry) break;
            const Pair pair = entry->pair;
            const size_t bound = upper_bound(pair);
            if (bound < 2) continue;
            if (const size_t score_now = score_of(pair, bound); score_now < entry->score) {
                queue_.push(pair, score_now);
                continue;
            }
            gather(pair);
            if (found_.size() < 2) continue;
            if (const size_t score_now = score_of(pair, found_.size()); score_now < entry->score) {
                queue_.push(pair, score_now);
                continue;
            }
            extract(pair);
        }
        return finish();
    }

  private:
    /// Where the digits of an input or node are.
    struct Value {
        size_t offset = 0;  ///< of its bit sets in digits_
        int first = 0;      ///< smallest shift at which it occurs
        int span = 0;       ///< number of shifts, from `first`
    };

    void set_levels() {
        int deepest = 0;
        for (const int depth : problem_.depths) deepest = std::max(deepest, depth);
        if (problem_.bounded) {
            for (const int bound : problem_.bounds) deepest = std::max(deepest, bound);
        }
        base_ = std::max(0, deepest - kMaxLevel);
        if (problem_.bounded) levels_ = static_cast<size_t>(deepest - base_) + 1;
    }
    [[nodiscard]] int level_of(int depth) const { return std::max(0, depth - base_); }

    void add_rows() {
        rows_.resize(problem_.sums.size());
        slack_.resize(problem_.sums.size());
        for (size_t r = 0; r < rows_.size(); ++r) {
            rows_[r].reserve(problem_.sums[r].size());
            int64_t used = problem_.spare[r] ? 1 : 0;
            for (const Term& term : problem_.sums[r]) {
                DAL_CHECK(term.shift >= 0, "negative shift in a sum");
                rows_[r].emplace_back(term.value, term.shift, term.negative);
                key_limit_ = std::max(key_limit_, 4 * static_cast<size_t>(term.shift + 1));
                if (problem_.bounded) used += int64_t{1} << level_of(problem_.depths[term.value]);
            }
            if (!problem_.bounded) continue;
            // Rounding depths far below the bound up to `base` may need more room than the bound gives.
            const int64_t room = int64_t{1} << level_of(problem_.bounds[r]);
            slack_[r] = std::max<int64_t>(0, room - used);
        }
        if (!problem_.bounded) return;
        open_.assign(levels_ * levels_ * words_per_set_, 0);
        for (size_t a = 0; a < levels_; ++a) {
            for (size_t b = 0; b < levels_; ++b) {
                for (size_t r = 0; r < rows_.size(); ++r) {
                    if (slack_[r] >= cost(a, b)) open_rows(a, b)[r / 64] |= uint64_t{1} << (r % 64);
                }
            }
        }
    }

    void add_inputs(Watch& watch) {
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
            if (!watch.goes_on(std::exchange(work_, 0))) continue;
            count_pairs(i, places[i], [&](const Pair& pair, size_t count) {
                if (is_frequent(count)) first_pairs_.emplace_back(pair, count);
            });
        }
    }

    [[nodiscard]] uint64_t* set(const Value& value, int shift, bool negative) {
        return digits_.data() + value.offset +
               (2 * static_cast<size_t>(shift - value.first) + static_cast<size_t>(negative)) * words_per_set_;
    }

    void add_value(const std::vector<Occurrence>& places, int level, const Extent& extent) {
        Value value{digits_.size(), 0, 0};
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
        extents_.push_back(extent);
        level_.push_back(static_cast<uint8_t>(level));
    }

    /// What an adder of these levels takes from the slack of a sum: 2^(higher + 1) - 2^a - 2^b.
    static int64_t cost(size_t a, size_t b) { return std::abs((int64_t{1} << a) - (int64_t{1} << b)); }
    [[nodiscard]] int64_t cost(const Pair& pair) const {
        return problem_.bounded ? cost(level_[pair.first], level_[pair.second]) : 0;
    }
    /// The sums whose slack allows an adder of these levels, which are not equal.
    [[nodiscard]] uint64_t* open_rows(size_t a, size_t b) { return open_.data() + (a * levels_ + b) * words_per_set_; }
    void use_slack(uint32_t row, int64_t amount) {
        const int64_t before = slack_[row];
        const int64_t after = before - amount;
        slack_[row] = after;
        for (size_t a = 0; a < levels_; ++a) {
            for (size_t b = 0; b < a; ++b) {
                if (const int64_t needed = cost(a, b); needed > before || needed <= after) continue;
                open_rows(a, b)[row / 64] &= ~(uint64_t{1} << (row % 64));
                open_rows(b, a)[row / 64] &= ~(uint64_t{1} << (row % 64));
            }
        }
    }
    /// The levels, as a bit set, with which a term of this level can be added in the sum.
    [[nodiscard]] uint64_t partners(size_t level, uint32_t row) const {
        if (!problem_.bounded) return ~uint64_t{0};
        uint64_t result = 0;
        for (size_t other = 0; other < levels_; ++other) {
            if (cost(level, other) <= slack_[row]) result |= uint64_t{1} << other;
        }
        return result;
    }

    static uint64_t key_of(uint32_t other, int shift, bool subtract) {
        constexpr int64_t kBias = int64_t{1} << 30;
        return uint64_t{other} << 32 | static_cast<uint64_t>(shift + kBias) << 1 | static_cast<uint64_t>(subtract);
    }
    static Pair pair_of(uint64_t key, uint32_t value) {
        const auto shift = static_cast<int>(static_cast<int64_t>(key >> 1 & 0x7FFFFFFF) - (int64_t{1} << 30));
        return {static_cast<uint32_t>(key >> 32), value, shift, (key & 1) != 0};
    }

    /// Calls visit(pair, count) for the pairs of the newest value with itself and older ones that occur at least twice.
    template <class Visit>
    void count_pairs(uint32_t value, const std::vector<Occurrence>& places, Visit visit) {
        if (places.size() < 2) return;
        if (places.size() <= kFewPlaces) return count_pairs_of_few(value, places, visit);
        size_t keys = 0;
        for (size_t p = 0; p + 1 < places.size(); ++p) keys += rows_[places[p].row].size();
        work_ += static_cast<int64_t>(keys);
        table_.reset(std::min(keys, key_limit_ * values_.size()));
        const size_t level = level_[value];
        for (size_t p = 0; p < places.size(); ++p) {
            const Occurrence& place = places[p];
            const bool last = p + 1 == places.size();
            const uint64_t allowed = partners(level, place.row);
            for (const PackedTerm term : rows_[place.row]) {
                const uint32_t other = term.value();
                if (other > value || (other == value && term.shift() >= place.shift)) continue;
                if ((allowed >> level_[other] & 1) == 0) continue;
                const uint64_t key = key_of(other, place.shift - term.shift(), term.negative() != place.negative);
                last ? table_.add_if_present(key) : table_.add(key);
            }
        }
        table_.for_each([&](uint64_t key, uint32_t count) {
            if (count >= 2) visit(pair_of(key, value), count);
        });
    }

    /// The same without a table: looks each term up at the other places, and counts it at the first.
    template <class Visit>
    void count_pairs_of_few(uint32_t value, const std::vector<Occurrence>& places, Visit visit) {
        std::array<uint64_t, kFewPlaces> allowed{};
        for (size_t p = 0; p < places.size(); ++p) allowed[p] = partners(level_[value], places[p].row);
        for (size_t p = 0; p + 1 < places.size(); ++p) {
            const Occurrence& place = places[p];
            work_ += static_cast<int64_t>(rows_[place.row].size());
            for (const PackedTerm term : rows_[place.row]) {
                const uint32_t other = term.value();
                if (other > value || (other == value && term.shift() >= place.shift)) continue;
                const size_t level = level_[other];
                if ((allowed[p] >> level & 1) == 0) continue;
                const int shift = place.shift - term.shift();
                const bool subtract = term.negative() != place.negative;
                const auto fits = [&](size_t q) {
                    const Occurrence& at = places[q];
                    return (allowed[q] >> level & 1) != 0 &&
                           has_digit(other, at.shift - shift, at.negative != subtract, at.row);
                };
                bool first = true;
                for (size_t q = 0; q < p && first; ++q) first = !fits(q);
                if (!first) continue;
                size_t count = 1;
                for (size_t q = p + 1; q < places.size(); ++q) count += static_cast<size_t>(fits(q));
                if (count >= 2) visit(Pair{other, value, shift, subtract}, count);
            }
        }
    }
    [[nodiscard]] bool has_digit(uint32_t of, int shift, bool negative, uint32_t row) const {
        const Value& value = values_[of];
        const auto position = static_cast<size_t>(static_cast<int64_t>(shift) - value.first);
        if (position >= static_cast<size_t>(value.span)) return false;
        const size_t set = value.offset + (2 * position + static_cast<size_t>(negative)) * words_per_set_;
        return (digits_[set + row / 64] >> (row % 64) & 1) != 0;
    }

    /// Whether a pair that occurs so often may wait; counts those that do.
    bool is_frequent(size_t count) {
        if (count < 2 + waiting_ / kManyPairs) return false;
        ++waiting_;
        return true;
    }

    [[nodiscard]] size_t score_of(const Pair& pair, size_t count) const {
        const Extent& a = extents_[pair.first];
        const Extent& b = extents_[pair.second];
        const int shift_a = std::max(0, -pair.shift);
        const int shift_b = std::max(0, pair.shift);
        const int low_a = a.low + shift_a;
        const int low_b = b.low + shift_b;
        const int top_a = a.top + shift_a;
        const int top_b = b.top + shift_b;
        const int low = std::max(low_a, low_b);
        const int overlap = std::max(1, std::min(top_a, top_b) - low + 1);
        const int width = std::max(1, std::max(top_a, top_b) - low + 1);
        switch (score_) {
            case Score::saved_overlap: return (count - 1) * static_cast<size_t>(overlap);
            case Score::count: return count;
            case Score::count_then_overlap: return count * 32 + static_cast<size_t>(std::min(31, overlap));
            case Score::width: return (count - 1) * static_cast<size_t>(width);
            case Score::long_overlap: return count * static_cast<size_t>(std::max(1, 2 * overlap - width));
            case Score::level_gap: {
                const auto gap = static_cast<size_t>(std::abs(level_[pair.first] - level_[pair.second]));
                return count > gap + 1 ? count - gap : 1;
            }
        }
        return 0;
    }

    /// Number of places where the pair fits, a few too many if they share terms or slack.
    size_t upper_bound(const Pair& pair) {
        work_ += 1 + (values_[pair.first].span / 4 + 1) * static_cast<int64_t>(words_per_set_);
        const bool limited = cost(pair) > 0;
        const uint64_t* open = limited ? open_rows(level_[pair.first], level_[pair.second]) : nullptr;
        size_t count = 0;
        if (words_per_set_ == 1) {
            const uint64_t mask = limited ? *open : ~uint64_t{0};
            const Value& a = values_[pair.first];
            const Value& b = values_[pair.second];
            const int from = std::max(a.first, b.first - pair.shift);
            const int to = std::min(a.first + a.span, b.first + b.span - pair.shift);
            const uint64_t* in_a = digits_.data() + a.offset + 2 * static_cast<std::ptrdiff_t>(from - a.first);
            const uint64_t* in_b =
                digits_.data() + b.offset + 2 * static_cast<std::ptrdiff_t>(from + pair.shift - b.first);
            const size_t plus = pair.subtract ? 1 : 0;
            for (int shift = from; shift < to; ++shift, in_a += 2, in_b += 2) {
                const uint64_t both = ((in_a[0] & in_b[plus]) | (in_a[1] & in_b[1 - plus])) & mask;
                if (both != 0) count += popcount(both);
            }
            return count;
        }
        for_each_match(pair, [&](uint64_t both, size_t word, int, bool) {
            if (limited) both &= open[word];
            count += popcount(both);
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
        const int64_t needed = cost(pair);
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

    /// Makes the pair a node at the places in found_.
    void extract(const Pair& pair) {
        const Node node{pair.first, pair.second, std::max(0, -pair.shift), std::max(0, pair.shift), pair.subtract};
        const Value a = values_[pair.first];
        const Value b = values_[pair.second];
        const auto value = static_cast<uint32_t>(values_.size());
        const int64_t needed = cost(pair);
        for (Occurrence& place : found_) {
            const int shift_b = place.shift + pair.shift;
            const bool negative_b = place.negative != pair.subtract;
            const uint64_t bit = uint64_t{1} << (place.row % 64);
            set(a, place.shift, place.negative)[place.row / 64] &= ~bit;
            set(b, shift_b, negative_b)[place.row / 64] &= ~bit;
            std::vector<PackedTerm>& row = rows_[place.row];
            work_ += static_cast<int64_t>(row.size() / 4);
            remove(row, {pair.first, place.shift, place.negative});
            remove(row, {pair.second, shift_b, negative_b});
            place.shift = std::min(place.shift, shift_b);
            row.emplace_back(value, place.shift, place.negative);
            if (needed > 0) use_slack(place.row, needed);
        }
        nodes_.push_back(node);
        add_value(
            found_, problem_.bounded ? std::max(level_[pair.first], level_[pair.second]) + 1 : 0,
            Extent::combine(extents_[pair.first], node.shift_a, extents_[pair.second], node.shift_b, node.subtract));
        count_pairs(value, found_, [&](const Pair& fresh, size_t count) {
            if (is_frequent(count)) queue_.push(fresh, score_of(fresh, count));
        });
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
    Score score_ = Score::saved_overlap;
    size_t words_per_set_;
    int base_ = 0;
    size_t levels_ = 0;     // depths that occur, if there is a bound
    size_t key_limit_ = 0;  // different pairs that two values can form
    std::vector<Value> values_;
    std::vector<Extent> extents_;   // of each value
    std::vector<uint8_t> level_;    // of each value
    std::vector<uint64_t> digits_;  // of a value: per shift, the sums with +1, then those with -1
    std::vector<std::vector<PackedTerm>> rows_;
    std::vector<int64_t> slack_;                        // of each sum: 2^bound - Σ 2^level of its terms
    std::vector<uint64_t> open_;                        // per pair of levels, the sums in which the slack allows it
    std::vector<std::pair<Pair, size_t>> first_pairs_;  // of the inputs, with their counts
    std::vector<Node> nodes_;
    std::vector<Occurrence> found_;
    PairTable table_;
    PairQueue queue_;
    size_t waiting_ = 0;  // pairs that were ever put into the queue
    int64_t work_ = 0;    // since the watch was last asked, in its units
};

}  // namespace

std::vector<Plan> eliminate_pairs(const Problem& problem, std::span<const Score> scores, Watch& watch) {
    const PairElimination start(problem, watch);
    std::vector<Plan> plans;
    plans.reserve(scores.size());
    for (const Score score : scores) {
        if (!plans.empty() && !watch.look()) break;
        plans.push_back(PairElimination(start).run(score, watch));
    }
    return plans;
}

}  // namespace dal::cmvm
