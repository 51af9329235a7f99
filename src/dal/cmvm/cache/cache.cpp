#include "dal/cmvm/cache/cache.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "dal/cmvm/assemble/area.hpp"
#include "dal/cmvm/assemble/assemble.hpp"
#include "dal/cmvm/assemble/linear_forms.hpp"
#include "dal/cmvm/cache/bytes.hpp"
#include "dal/cmvm/cache/normal_form.hpp"
#include "dal/cmvm/problem/output_depths.hpp"
#include "dal/cmvm/problem/problem.hpp"

namespace dal::cmvm {
namespace {

/// Problems with fewer signed digits are solved faster than a file is read or written; by effort, 0 from 2 on.
struct LeastDigits {
    size_t at_effort_0;
    size_t at_effort_1;
};
constexpr LeastDigits least_to_read{32, 8};
constexpr LeastDigits least_to_write{96, 24};

/// Effort 0 and 1 always do the same. A search that may end after a number of moves counts as less than its effort.
Budget budget_of(const Options& options) {
    if (options.effort < 2) return {options.effort, 0};
    if (options.seconds > 0) return {options.effort, std::llround(std::min(options.seconds, 1e9) * 1000)};
    if (options.max_moves > 0) return {options.effort - 1, 0};
    return {options.effort, options.effort == 2 ? 5000 : 60000};
}

int64_t cost_of(int64_t adders, int64_t bits, Objective objective) {
    return objective == Objective::adders ? adders : bits;
}

bool better(const Solution& a, const Solution& b, Objective objective) {
    const auto key = [objective](const Solution& s) {
        return std::pair(cost_of(s.adders, s.bits, objective), objective == Objective::adders ? s.bits : s.adders);
    };
    return key(a) < key(b);
}

}  // namespace

/// One call of solve_cached.
class CachedSolver {
  public:
    CachedSolver(const Matrix& matrix, const std::vector<InputInfo>& inputs, const Options& options, Cache& cache)
        : matrix_(matrix), inputs_(inputs), options_(options), cache_(cache), budget_(budget_of(options)) {}

    Solution run() && {
        const std::string problem = key_of_problem(matrix_, inputs_, options_);
        {
            const std::lock_guard lock(cache_.mutex_);
            const auto known = cache_.exact_.find(problem);
            if (known != cache_.exact_.end()) {
                if (known->second.budget >= budget_) {
                    ++cache_.statistics_.repeated;
                    return known->second.solution;
                }
                best_ = known->second.solution;
            }
        }
        const auto form = normal_form(matrix_, inputs_, options_);
        // Signs may make a solution dearer than where it came from; then there is a second entry, with them.
        if (!form || !(try_entry(*form, form->key) || try_entry(*form, form->key + form->signs) ||
                       try_entry_without_constants())) {
            solve_anew();
            if (form) store(*form);
        }
        const std::lock_guard lock(cache_.mutex_);
        cache_.exact_[problem] = {*best_, found_};
        return std::move(*best_);
    }

  private:
    /// What was known of an entry.
    struct Entry {
        std::string key;
        std::optional<CacheRecord> record;
    };

    [[nodiscard]] bool uses_files(const NormalForm& form, const LeastDigits& least) const {
        const size_t digits = options_.effort <= 0 ? least.at_effort_0 : options_.effort == 1 ? least.at_effort_1 : 0;
        return cache_.files_ && form.digits >= digits;
    }

    /// Fetches an entry; true if its solution is used as it is.
    bool try_entry(const NormalForm& form, std::string key) {
        Entry& entry = entries_.emplace_back(Entry{std::move(key), std::nullopt});
        bool from_memory = false;
        {
            const std::lock_guard lock(cache_.mutex_);
            if (const auto it = cache_.records_.find(entry.key); it != cache_.records_.end()) entry.record = it->second;
            from_memory = entry.record.has_value();
        }
        if ((!entry.record || entry.record->budget < budget_) && uses_files(form, least_to_read)) {
            auto record = cache_.files_->read(entry.key);
            if (record && (!entry.record || record->budget >= entry.record->budget)) {
                entry.record = std::move(record);
                from_memory = false;
            }
        }
        if (!entry.record) return false;
        auto solution = restore(form, *entry.record);
        if (!solution) {
            entry.record.reset();
            return false;
        }
        const bool as_good = cost_of(solution->adders, solution->bits, options_.objective) <= recorded_cost(entry);
        if (!best_ || better(*solution, *best_, options_.objective)) best_ = std::move(solution);
        if (!as_good || entry.record->budget < budget_) return false;
        found_ = entry.record->budget;
        const std::lock_guard lock(cache_.mutex_);
        ++(from_memory ? cache_.statistics_.from_memory : cache_.statistics_.from_disk);
        cache_.records_[entry.key] = std::move(*entry.record);
        return true;
    }

    /// The same problem without constants to follow: its solution may leave room for them, and is a start if it does.
    bool try_entry_without_constants() {
        if (std::ranges::find(options_.constant_follows, true) == options_.constant_follows.end()) return false;
        Options others = options_;
        others.constant_follows.clear();
        const auto form = normal_form(matrix_, inputs_, others);
        const bool used = form && try_entry(*form, form->key);
        if (form) entries_.pop_back();  // what is found is stored as what it is
        return used;
    }

    [[nodiscard]] int64_t recorded_cost(const Entry& entry) const {
        return cost_of(entry.record->adders, entry.record->bits, options_.objective);
    }

    [[nodiscard]] std::optional<Solution> restore(const NormalForm& form, const CacheRecord& record) const {
        auto graph = from_normal_form(form, record.graph, matrix_);
        if (!graph) return std::nullopt;
        Solution solution = options_.area ? restored_with_merged(std::move(*graph)) : restored(std::move(*graph));
        if (certify(solution.graph, matrix_, inputs_)) return std::nullopt;
        const Problem problem = make_problem(matrix_, inputs_, options_);
        if (levels_over(solution.graph, problem, false) > 0) return std::nullopt;
        return solution;
    }

    [[nodiscard]] Solution restored(AdderGraph graph) const {
        for (Adder& adder : graph.adders) adder.merged = false;
        reduce_negations(graph);
        return measure(std::move(graph), matrix_, inputs_);
    }
    /// The pairs that were merged are merged again where the signs at hand allow it.
    [[nodiscard]] Solution restored_with_merged(AdderGraph graph) const {
        std::vector<bool> marks;
        for (const Adder& adder : graph.adders) marks.push_back(adder.merged);
        AdderGraph result = restored(std::move(graph)).graph;
        for (size_t n = 0; n < marks.size(); ++n) result.adders[n].merged = marks[n];
        merge_adders(result, inputs_, options_.objective, true);
        return measure(std::move(result), matrix_, inputs_);
    }

    void solve_anew() {
        Options options = options_;
        if (best_) options.start = &best_->graph;
        bool stopped = false;
        if (options_.progress) {
            options.progress = [&](const Progress& progress) {
                const bool goes_on = options_.progress(progress);
                stopped = stopped || !goes_on;
                return goes_on;
            };
        }
        Solution solved = solve(matrix_, inputs_, options);
        // A search that was stopped is no reason not to search again.
        found_ = stopped ? Budget{std::clamp(budget_.effort - 1, 0, 1), 0} : budget_;
        if (!best_ || better(solved, *best_, options_.objective)) best_ = std::move(solved);
        const std::lock_guard lock(cache_.mutex_);
        ++cache_.statistics_.solved;
    }

    /// Puts the best solution where it improves on what is there: in the common entry, or, if others have a better one
    /// there that is dearer with the signs at hand, in the one with signs.
    void store(const NormalForm& form) {
        auto graph = to_normal_form(form, best_->graph);
        if (!graph) return;
        CacheRecord record{found_, best_->adders, best_->bits, std::move(*graph)};
        for (Entry& entry : entries_) {
            const int64_t cost = cost_of(record.adders, record.bits, options_.objective);
            if (entry.record && recorded_cost(entry) < cost) continue;
            if (entry.record) record.budget = std::max(record.budget, entry.record->budget);
            if (uses_files(form, least_to_write)) cache_.files_->write(entry.key, record);
            const std::lock_guard lock(cache_.mutex_);
            cache_.records_[entry.key] = std::move(record);
            return;
        }
    }

    const Matrix& matrix_;
    const std::vector<InputInfo>& inputs_;
    const Options& options_;
    Cache& cache_;
    Budget budget_;
    Budget found_;  // of the result
    std::optional<Solution> best_;
    std::vector<Entry> entries_;
};

std::optional<std::filesystem::path> Cache::default_directory() {
    const auto variable = [](const char* name) {
        const char* value = std::getenv(name);
        return std::string(value == nullptr ? "" : value);
    };
    if (variable("DAL_CACHE") == "0") return std::nullopt;
    // By the XDG specification a relative path is to be ignored.
    if (const std::filesystem::path cache = variable("XDG_CACHE_HOME"); cache.is_absolute())
        return cache / "dal" / "cmvm";
    if (const std::filesystem::path home = variable("HOME"); home.is_absolute())
        return home / ".cache" / "dal" / "cmvm";
    return std::nullopt;
}

Cache::Statistics Cache::statistics() const {
    const std::lock_guard lock(mutex_);
    return statistics_;
}

std::shared_ptr<const PackedSolution> Cache::find_packed(const std::string& key) const {
    const std::lock_guard lock(mutex_);
    const auto known = packed_.find(key);
    if (known == packed_.end()) return nullptr;
    return known->second;
}

void Cache::keep_packed(const std::string& key, std::shared_ptr<const PackedSolution> packed) {
    const std::lock_guard lock(mutex_);
    packed_[key] = std::move(packed);
}

std::string key_of_problem(const Matrix& matrix, const std::vector<InputInfo>& inputs, const Options& options) {
    ByteWriter key;
    key.reserve(16 + 2 * matrix.weights.size() + 8 * inputs.size());
    key.put(static_cast<uint64_t>(options.depth));
    key.put_signed(options.extra_depth);
    key.put(options.output_depths.size());
    for (const int depth : options.output_depths) key.put_signed(depth);
    key.put(static_cast<uint64_t>(options.objective) + (options.area ? 2 : 0));
    key.put(options.constant_follows.size());
    for (const bool follows : options.constant_follows) key.put(follows ? 1 : 0);
    key.put(matrix.inputs);
    key.put(matrix.outputs);
    for (const InputInfo& input : inputs) {
        key.put_int(input.range.lo());
        key.put_int(input.range.hi());
        key.put_signed(input.range.f());
        key.put_signed(input.depth);
    }
    for (const Int& weight : matrix.weights) key.put_int(weight);
    return std::move(key).bytes();
}

Solution solve_cached(const Matrix& matrix, const std::vector<InputInfo>& inputs, const Options& options,
                      Cache& cache) {
    return CachedSolver(matrix, inputs, options, cache).run();
}

}  // namespace dal::cmvm
