#include "dal/cmvm/search/search.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <limits>

#include "dal/support/hash.hpp"

namespace dal::cmvm {
namespace {

// Everything that decides is in fixed point, so that all machines find the same. 65536 is 1.
constexpr int64_t one = 65536;
/// Temperatures are in adders, times ln 2. Chances are in percent.
struct Schedule {
    int64_t hot;            ///< temperature at first
    int64_t cold;           ///< and at the end
    uint32_t inline_once;   ///< a node goes from one of its users; otherwise from all
    uint32_t keep_inlined;  ///< and its pair is made a node there only if no other is left
    uint32_t substitute;    ///< looks for other values with the same sum
    int64_t rewrite_below;  ///< this temperature only
};
/// With few moves there is no time to lose first what the start has.
constexpr Schedule brief_schedule{13000, 7000, 85, 60, 0, 13000};
constexpr Schedule brief_large_schedule{13000, 7000, 100, 100, 0, 13000};
constexpr Schedule ample_schedule{50000, 10000, 85, 60, 20, 20000};
constexpr Schedule ample_large_schedule{35000, 10000, 100, 100, 0, 17000};
constexpr Schedule cool_schedule{27000, 7000, 85, 60, 20, 27000};

Schedule schedule_for(Pace pace) {
    switch (pace) {
        case Pace::brief: return brief_schedule;
        case Pace::brief_large: return brief_large_schedule;
        case Pace::ample: return ample_schedule;
        case Pace::ample_large: return ample_large_schedule;
        case Pace::cool: return cool_schedule;
    }
    return ample_schedule;
}

/// What chance adds at most to the number of occurrences by which pairs are chosen.
constexpr size_t noise = 80000;
constexpr uint32_t one_more_node = 75;
constexpr uint32_t recode_digits = 40;
constexpr uint32_t recode_in_any_row = 20;
constexpr uint32_t recode_and_dissolve = 30;
constexpr uint32_t borrow = 20;
constexpr int borrow_tries = 4;
/// In moves.
constexpr int64_t index_again = 512;
/// How many pairs a move may choose from, for all that it extracts together: so many, and more for each adder. Most
/// look at a few thousand, and the first look at a 128 × 128 at 3 million.
constexpr int64_t most_looked_at = 4'000'000;
constexpr int64_t looked_at_per_adder = 256;
/// Those that a move looks at are work beyond so many.
constexpr int64_t looks_for_free = 500'000;
/// Work, some 50 ms of it, after which it is time to look at the clock however few the moves were.
constexpr int64_t much_work = 4'000'000;
/// What a move costs that was not made because it would have taken too long.
constexpr int64_t work_of_refusal = 1000;

class Random {
  public:
    explicit Random(uint64_t seed) : bits_(spread(seed) + 0x1234567) {}
    uint64_t next() { return bits_.next(); }
    uint32_t below(size_t n) { return static_cast<uint32_t>((next() >> 32) * n >> 32); }
    bool percent(uint32_t p) { return below(100) < p; }
    /// Distributed like -log2 of a number between 0 and 1, up to the curve of the logarithm between powers of two.
    int64_t exponential() {
        const uint64_t u = next() | 1;
        const int zeros = std::countl_zero(u);
        const auto fraction = static_cast<int64_t>(u << zeros << 1 >> 48);
        return (zeros + 1) * one - fraction;
    }

  private:
    SplitMix bits_;
};

class Chain {
  public:
    using Report = std::function<bool(const SearchState&)>;

    Chain(const Problem& problem, const Rows& start, const SearchLimits& limits, uint64_t seed, const Report& report)
        : limits_(limits),
          report_(report),
          best_(start),
          graph_(problem, start, limits.objective == Objective::bits, [this] { return !is_over(); }),
          schedule_(schedule_for(limits.pace)),
          random_(seed),
          most_looked_at_(most_looked_at + looked_at_per_adder * std::max<int64_t>(0, graph_.adders())) {
        if (limits.whole) schedule_.inline_once = 0;
        if (!graph_.counts_bits()) return;
        // So that the temperature is right for bits too: an adder has as many as the adders of the start on the
        // average.
        bit_cost_ = one * std::max<int64_t>(1, graph_.adders()) / std::max<int64_t>(1, graph_.bits());
    }
    Chain(const Chain&) = delete;
    Chain& operator=(const Chain&) = delete;

    SearchResult run() {
        if (!graph_.is_complete()) return {std::move(best_), 0};
        absorb();
        graph_.commit();
        best_ = graph_.rows();
        best_cost_ = cost();
        const int64_t work_begin = graph_.work();
        int64_t looked_at_work = work_begin;
        int64_t temperature = schedule_.hot;
        for (;; ++moves_) {
            if (schedule_.substitute > 0 && moves_ % index_again == 0) graph_.index_values();
            const bool much = graph_.work() - looked_at_work > much_work;
            if (moves_ % 64 == 0 || much) {
                looked_at_work = graph_.work();
                if ((moves_ % 256 == 0 || much || over_) && is_over()) break;
                const int64_t done = part_done(graph_.work() - work_begin);
                if (done >= one) break;
                temperature = schedule_.hot + (schedule_.cold - schedule_.hot) * done / one;
            }
            if (graph_.nodes().empty()) break;
            const int64_t before = cost();
            graph_.fresh_pairs().clear();
            forbidden_.clear();
            const bool rewritten = temperature <= schedule_.rewrite_below && rewrite();
            if (!rewritten) move();
            absorb();
            const int64_t change = cost() - before;
            if (rewritten ? change >= 0 : change > 0 && change * one > temperature * random_.exponential()) {
                graph_.rollback();
                continue;
            }
            graph_.commit();
            if (cost() < best_cost_) {
                best_cost_ = cost();
                best_ = graph_.rows();
            }
        }
        return {std::move(best_), moves_};
    }

  private:
    /// Of the limits, in fixed point.
    [[nodiscard]] int64_t part_done(int64_t work) const {
        int64_t done = 0;
        if (limits_.work > 0) done = std::max(done, work / (limits_.work / one + 1));
        if (limits_.moves > 0) done = std::max(done, moves_ * one / limits_.moves);
        if (limits_.seconds > 0) {
            done = std::max(done, static_cast<int64_t>(seconds_ / limits_.seconds * static_cast<double>(one)));
        }
        return done;
    }

    /// Looks at the clock, and tells the caller a few times a second. What is half done is to be given up then.
    bool is_over() {
        seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
        over_ = over_ || (limits_.seconds > 0 && seconds_ >= limits_.seconds);
        if (seconds_ - reported_ > 0.2) {
            reported_ = seconds_;
            over_ = !report_({seconds_, moves_, best_cost_, best_}) || over_;
        }
        return over_;
    }

    /// In adders, in fixed point.
    int64_t cost() { return bit_cost_ > 0 ? bit_cost_ * graph_.bits() : one * graph_.adders(); }

    /// Writes a sum with other values. There are so many ways to do that, most of them good for nothing, that it must
    /// pay at once: taken for its own sake it would only lead away. And as it is not taken back when it costs, it waits
    /// until little else is: what it finds on the way is lost again, but the sums stay odd.
    bool rewrite() {
        return (random_.percent(schedule_.substitute) && substitute()) ||
               (random_.percent(borrow) && borrow_somewhere());
    }

    bool substitute() {
        const uint32_t row = random_.below(graph_.row_count());
        const size_t terms = graph_.terms_of_row(row).size();
        if (terms < 2) return false;
        const size_t p = random_.below(terms);
        const size_t q = (p + 1 + random_.below(terms - 1)) % terms;
        return graph_.substitute(row, p, q, random_.below(graph_.nodes().size()));
    }

    bool borrow_somewhere() {
        for (int i = 0; i < borrow_tries; ++i) {
            const auto nodes = graph_.nodes();
            if (graph_.borrow(nodes[random_.below(nodes.size())], random_.next() >> 40)) return true;
        }
        return false;
    }

    /// Dissolves some nodes or rewrites digits.
    void move() {
        const bool recoded = random_.percent(recode_digits) && recode();
        if (recoded && !random_.percent(recode_and_dissolve)) return;
        const auto nodes = graph_.nodes();
        if (nodes.empty()) return;
        uint32_t value = nodes[random_.below(nodes.size())];
        for (;;) {
            if (!graph_.is_light(value)) {
                graph_.add_work(work_of_refusal);
                return;
            }
            uint32_t near = 0;
            if (random_.percent(one_more_node)) {
                // Another node beside this one in some row.
                const auto rows = graph_.rows_with(value);
                const auto terms = graph_.terms_of_row(rows[random_.below(rows.size())]);
                near = terms[random_.below(terms.size())].value();
            }
            const bool once = random_.percent(schedule_.inline_once);
            if (!once || random_.percent(schedule_.keep_inlined)) forbid(value);
            if (once) {
                graph_.inline_use(value, random_.below(graph_.rows_with(value).size()));
            } else {
                graph_.dissolve_and_settle(value);
            }
            if (near == 0 || near == value || !graph_.is_live(near)) break;
            value = near;
        }
    }

    /// Its pair is extracted last.
    void forbid(uint32_t value) {
        const auto terms = graph_.terms_of_node(value);
        if (terms.size() == 2) forbidden_.push_back(RowGraph::pair_of(terms[0], terms[1]));
    }

    bool recode() {
        const uint32_t row =
            random_.below(random_.percent(recode_in_any_row) ? graph_.row_count() : graph_.output_count());
        const auto terms = graph_.terms_of_row(row);
        if (terms.size() < 2) return false;
        const size_t p = random_.below(terms.size());
        for (size_t q = 0; q < terms.size(); ++q) {
            if (q != p && graph_.recode(row, p, q)) return true;
        }
        return false;
    }

    /// Extracts pairs as long as some occur twice, those forbidden last. What hundreds of terms become together, as
    /// when equal weights are dissolved, is left as it is: it would take seconds, and lead nowhere.
    void absorb() {
        auto& fresh = graph_.fresh_pairs();
        int64_t looked_at = 0;
        int64_t next_look = much_work;
        while (!fresh.empty()) {
            looked_at += static_cast<int64_t>(fresh.size());
            if (looked_at > most_looked_at_) break;
            if (looked_at > next_look) {
                next_look += much_work;
                if (is_over()) break;
            }
            size_t best = 0;
            int64_t best_score = std::numeric_limits<int64_t>::min();
            for (size_t i = 0; i < fresh.size();) {
                const uint32_t count = graph_.occurrences(fresh[i]);
                if (count < 2) {
                    fresh[i] = fresh.back();
                    fresh.pop_back();
                    continue;
                }
                int64_t score = count * one + random_.below(noise);
                if (std::ranges::find(forbidden_, fresh[i]) != forbidden_.end()) score -= 1'000'000 * one;
                if (score > best_score) {
                    best_score = score;
                    best = i;
                }
                ++i;
            }
            if (fresh.empty()) break;
            const uint64_t pair = fresh[best];
            std::erase(fresh, pair);
            graph_.extract(pair);
        }
        if (looked_at > looks_for_free) graph_.add_work(looked_at);
    }

    SearchLimits limits_;
    const Report& report_;
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
    double seconds_ = 0;   // since then, when it was last looked at
    double reported_ = 0;  // when
    bool over_ = false;
    int64_t moves_ = 0;
    Rows best_;
    int64_t best_cost_ = std::numeric_limits<int64_t>::max();
    RowGraph graph_;
    std::vector<uint64_t> forbidden_;
    Schedule schedule_;
    Random random_;
    int64_t most_looked_at_;
    int64_t bit_cost_ = 0;  // 0 where adders count
};

}  // namespace

SearchResult search(const Problem& problem, const Rows& start, const SearchLimits& limits, uint64_t seed,
                    const std::function<bool(const SearchState&)>& report) {
    return Chain(problem, start, limits, seed, report).run();
}

}  // namespace dal::cmvm
