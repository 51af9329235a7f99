#include "dal/cmvm/search/improve.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <mutex>
#include <optional>

#include "dal/cmvm/assemble/assemble.hpp"
#include "dal/cmvm/assemble/linear_forms.hpp"
#include "dal/cmvm/problem/output_depths.hpp"
#include "dal/cmvm/rows/row_signs.hpp"
#include "dal/cmvm/search/search.hpp"
#include "dal/cmvm/sums/best_order.hpp"
#include "dal/support/parallel.hpp"

namespace dal::cmvm {
namespace {

/// A unit of work is about 12 ns in the short search of effort 1.
constexpr double work_per_second = 8e7;

/// And in the long ones, whatever the size of the problem, between 8 and 16 ns; with bits to count 1.7 times that.
constexpr int64_t work_per_millisecond = 90'000;
constexpr int64_t work_per_millisecond_with_bits = 53'000;

/// Digits below which one search in two is a cool one: the other sometimes loses what a small problem starts with.
constexpr size_t small_search = 300;

/// The time of a long search on one core, in milliseconds, by effort. A problem of few digits has nothing left to find
/// long before; a large one gets more time.
int64_t milliseconds_for(int effort, size_t digit_count) {
    const auto digits = static_cast<int64_t>(digit_count);
    const int64_t longer = std::clamp<int64_t>(digits / 12, 1000, 6000);  // in thousandths
    return effort == 2 ? std::min(46 * longer / 10, 25 * digits) : std::min(55 * longer, 250 * digits);
}

/// How many searches share the time, for each lane. A problem has many good solutions far from each other, and
/// a search that has cooled down slowly enough for its size gains little from more time: then several find a better
/// one.
int64_t searches_for(int64_t milliseconds, size_t digits) {
    const int64_t slower = std::clamp<int64_t>(milliseconds / 5, 1000, 2500);  // in thousandths
    const int64_t enough = std::max<int64_t>(1, 12 * static_cast<int64_t>(digits) * slower / 1000);
    return std::clamp<int64_t>(milliseconds / enough, digits < small_search ? 2 : 1, 32);
}

Pace pace_of(bool brief, size_t digits) {
    constexpr size_t large_problem = 2500;
    if (digits > large_problem) return brief ? Pace::brief_large : Pace::ample_large;
    return brief ? Pace::brief : Pace::ample;
}

/// How many searches there are, and where each of them ends.
struct Searches {
    size_t chains = 1;
    SearchLimits limits;
};

/// At effort 1, by work. The peers' time grows with the 1.8th power of the number of digits; 735 are a 16 × 16 of 8
/// bits. It is less for transforms, and the passes over their parts have taken time as well.
int64_t brief_work(size_t digit_count, bool is_symmetric) {
    const auto digits = static_cast<double>(digit_count);
    const double seconds = std::clamp(0.012 * std::pow(digits / 735, 1.8), 0.014, 1.5);
    const double work = std::min(seconds * work_per_second, 6000 * digits);
    return static_cast<int64_t>(is_symmetric ? 0.65 * work : work);
}

/// Nothing here depends on the machine or the number of threads, unless time is what limits: the `seconds` that are
/// left.
Searches searches_of(const Options& options, double seconds, size_t digits, bool is_symmetric, bool counts_bits) {
    constexpr int64_t lanes_of_effort_3 = 2;  // cores that it takes about a minute of
    Searches result;
    SearchLimits& limits = result.limits;
    limits.moves = options.max_moves;
    limits.objective = options.objective;
    const bool timed = options.seconds > 0;
    int64_t milliseconds = 0;
    if (timed) milliseconds = std::max<int64_t>(1, std::llround(std::min(seconds, 1e9) * 1000));
    if (!timed && options.max_moves == 0 && options.effort >= 2)
        milliseconds = milliseconds_for(options.effort, digits);
    limits.pace = pace_of(
        options.effort <= 1 || (milliseconds > 0 && 10 * milliseconds < 3 * static_cast<int64_t>(digits)), digits);
    if (timed) {
        // As many as can run.
        const int64_t searches = options.max_moves > 0 ? 1 : searches_for(milliseconds, digits);
        result.chains = static_cast<size_t>(searches) * static_cast<size_t>(std::max(1, options.threads));
        limits.seconds = seconds / static_cast<double>(searches);
    } else if (options.max_moves > 0) {
        result.chains = options.effort <= 1 ? 1 : 4;
    } else if (options.effort <= 1) {
        limits.work = brief_work(digits, is_symmetric);
    } else {
        const int64_t searches = searches_for(milliseconds, digits);
        result.chains = static_cast<size_t>(options.effort == 2 ? searches : lanes_of_effort_3 * searches);
        limits.work = std::max<int64_t>(
            1, milliseconds * (counts_bits ? work_per_millisecond_with_bits : work_per_millisecond) / searches);
    }
    return result;
}

/// Whether the rows write their sums with many more digits than those have, as columns that are others and a
/// difference. Moves do not find that again once it is lost.
bool has_differences(const Rows& rows, const Problem& problem) {
    constexpr size_t too_many = size_t{1} << 40;
    const size_t inputs = problem.depths.size();
    std::vector<size_t> digits(inputs + rows.nodes.size(), 1);
    const auto digits_in = [&](const std::vector<RowTerm>& terms) {
        size_t sum = 0;
        for (const RowTerm term : terms) sum = std::min(too_many, sum + digits[term.value()]);
        return sum;
    };
    for (const uint32_t n : operands_first(rows, inputs)) digits[inputs + n] = digits_in(rows.nodes[n].terms);
    size_t written = 0;
    for (const auto& terms : rows.outputs) written += digits_in(terms);
    const size_t needed = digits_of(problem);
    return written > needed + needed / 8;
}

/// Of a row whose order is looked for at effort 1.
constexpr size_t few_terms = 7;

/// So many steps for orders take about a tenth of a second.
constexpr double ordering_steps = 1.2e7;

class Improver {
  public:
    Improver(Solution start, const Problem& problem, const Matrix& matrix, const std::vector<InputInfo>& inputs,
             const Options& options, bool is_symmetric, Watch& watch)
        : best_(std::move(start)),
          problem_(problem),
          matrix_(matrix),
          inputs_(inputs),
          options_(options),
          is_symmetric_(is_symmetric),
          watch_(watch) {}

    Solution run() && {
        const auto rows = rows_of(best_.graph, problem_);
        if (!rows || rows->nodes.empty() || !RowGraph::fits(problem_, *rows)) return std::move(best_);
        const size_t digits = digits_of(problem_);
        const bool small = digits < 1000;
        if (small && options_.objective == Objective::adders && best_.adders == lower_bound(matrix_, inputs_)) {
            return std::move(best_);
        }
        const bool counts_bits = options_.objective == Objective::bits && RowBits::fits(problem_);
        const auto [chains, limits] = searches_of(options_, seconds_left(), digits, is_symmetric_, counts_bits);
        const bool one_in_two_cool =
            limits.pace == Pace::ample && (digits < small_search || has_differences(*rows, problem_));
        std::vector<SearchResult> results(chains);
        const auto body = [&, chains = chains, limits = limits](size_t c, size_t thread) {
            // Where fewer threads are to be had, so that searches wait for each other, the last ones do not begin.
            if (is_stopped() || (options_.seconds > 0 && watch_.elapsed() >= options_.seconds)) return;
            SearchLimits own = limits;
            own.whole = c % 3 == 2;
            if (one_in_two_cool && c % 2 == 0) own.pace = Pace::cool;
            results[c] = search(problem_, *rows, own, options_.seed * chains + c,
                                [&](const SearchState& state) { return report(state, thread == 0); });
            finished(results[c]);
        };
        parallel_for(chains, std::max(1, options_.threads), body);
        int64_t moves = 0;
        for (const SearchResult& result : results) {
            if (result.moves == 0) continue;  // stopped before
            moves += result.moves;
            // The order of least bits does not know where digits cancel.
            for (const size_t most_ordered : {size_t{0}, longest_ordered(result.rows, results.size())}) {
                Solution solution = solution_of(result.rows, most_ordered);
                if (!better(solution, best_, problem_, options_.objective)) continue;
                // Equal hashes are no proof of equal sums.
                if (certify(solution.graph, matrix_, inputs_)) continue;
                best_ = std::move(solution);
            }
        }
        best_.moves = moves;
        return std::move(best_);
    }

  private:
    /// Of the rows whose order is looked for. Where time is what limits, that takes a small part of it.
    size_t longest_ordered(const Rows& rows, size_t searches) {
        size_t longest = options_.effort <= 1 ? few_terms : most_ordered_terms;
        if (options_.seconds <= 0 && !is_stopped()) return longest;
        std::array<double, most_ordered_terms + 1> steps{};  // for rows of so many terms
        const auto count = [&](const std::vector<RowTerm>& terms) {
            if (terms.size() > 2 && terms.size() <= longest) steps[terms.size()] += std::pow(3, terms.size());
        };
        for (const auto& terms : rows.outputs) count(terms);
        for (const auto& node : rows.nodes) count(node.terms);
        double left = ordering_steps * std::max(1.0, options_.seconds) / static_cast<double>(searches);
        for (size_t terms = 3; terms <= longest; ++terms) {
            left -= steps[terms];
            if (left < 0) return terms - 1;
        }
        return longest;
    }

    Solution solution_of(Rows rows, size_t most_ordered) const {
        choose_signs(rows, matrix_.inputs);
        AdderGraph graph = assemble(problem_, rows, most_ordered);
        reduce_negations(graph);
        return measure(std::move(graph), matrix_, inputs_, options_.start != nullptr);
    }

    [[nodiscard]] double seconds_left() const { return std::max(0.001, options_.seconds - watch_.elapsed()); }

    bool is_stopped() {
        const std::lock_guard lock(mutex_);
        return stopped_;
    }

    void finished(const SearchResult& result) {
        const std::lock_guard lock(mutex_);
        finished_moves_ += result.moves;
    }

    /// Called by all threads; tells the caller from his own.
    bool report(const SearchState& state, bool calling) {
        if (!options_.progress) return true;
        const std::lock_guard lock(mutex_);
        if (!best_rows_ || state.cost < *best_rows_) {
            best_rows_ = state.cost;
            Solution solution = solution_of(state.best, 0);
            if (!shown_) shown_ = best_;
            if (better(solution, *shown_, problem_, options_.objective)) shown_ = std::move(solution);
            progress_.adders = shown_->adders;
            progress_.bits = shown_->bits;
        }
        if (!calling) return !stopped_;
        progress_.seconds = watch_.elapsed();
        progress_.moves = finished_moves_ + state.moves;
        stopped_ = stopped_ || !options_.progress(progress_);
        return !stopped_;
    }

    Solution best_;
    const Problem& problem_;
    const Matrix& matrix_;
    const std::vector<InputInfo>& inputs_;
    const Options& options_;
    const bool is_symmetric_;
    Watch& watch_;
    std::mutex mutex_;
    Progress progress_;
    std::optional<int64_t> best_rows_;
    std::optional<Solution> shown_;
    bool stopped_ = false;
    int64_t finished_moves_ = 0;
};

}  // namespace

bool better(const Solution& a, const Solution& b, const Problem& problem, Objective objective) {
    const auto key = [&](const Solution& s) {
        const int64_t excess = levels_over(s.graph, problem, true);
        return objective == Objective::adders ? std::array{excess, s.adders, s.bits}
                                              : std::array{excess, s.bits, s.adders};
    };
    return key(a) < key(b);
}

Solution improve(Solution start, const Problem& problem, const Matrix& matrix, const std::vector<InputInfo>& inputs,
                 const Options& options, bool is_symmetric, Watch& watch) {
    return Improver(std::move(start), problem, matrix, inputs, options, is_symmetric, watch).run();
}

}  // namespace dal::cmvm
