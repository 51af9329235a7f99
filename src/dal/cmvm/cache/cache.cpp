#include "dal/cmvm/cache/cache.hpp"

#include <algorithm>
#include <array>
#include <bit>
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

/// The search that is asked for. One that ends after a number of moves may be as short as none.
Searched asked_for(const Options& options) {
    constexpr std::array<int64_t, Searched::efforts> usual{0, 1500, 5000, 60'000};
    Searched result;
    const auto effort = static_cast<size_t>(std::clamp(options.effort, 0, 3));
    int64_t milliseconds = usual[effort];
    if (options.seconds > 0) milliseconds = std::llround(std::min(options.seconds, 1e9) * 1000);
    if (options.max_moves > 0) milliseconds = 0;
    result.milliseconds[effort] = milliseconds;
    return result;
}

/// The options that say how to search; all else is part of the problem.
void put_search(ByteWriter& key, const Options& options) {
    key.put_signed(options.effort);
    key.put(std::bit_cast<uint64_t>(options.seconds));
    key.put_signed(options.max_moves);
    key.put(options.seed);
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
        : matrix_(matrix), inputs_(inputs), options_(options), cache_(cache) {}

    Solution run() && {
        const std::string problem = key_of_problem(matrix_, inputs_, options_);
        {
            const std::lock_guard lock(cache_.mutex_);
            if (const auto known = cache_.exact_.find(problem); known != cache_.exact_.end()) {
                ++cache_.statistics_.repeated;
                return known->second;
            }
        }
        const auto form = normal_form(matrix_, inputs_, options_);
        // Signs may make a solution dearer than where it came from; then there is a second entry, with them.
        if (!form || !(try_entry(*form, form->key) || try_entry(*form, form->key + form->signs) ||
                       try_entry_without_constants())) {
            if (!form || !try_best(*form)) solve_anew(form ? &*form : nullptr);
            if (form) store(*form);
        }
        if (stopped_) return std::move(*best_);
        const std::lock_guard lock(cache_.mutex_);
        cache_.exact_[problem] = *best_;
        return std::move(*best_);
    }

  private:
    /// What was known of an entry in memory.
    struct Entry {
        std::string key;
        std::optional<Cache::Known> known;
    };

    [[nodiscard]] bool uses_files(const NormalForm& form, const LeastDigits& least) const {
        const size_t digits = options_.effort <= 0 ? least.at_effort_0 : options_.effort == 1 ? least.at_effort_1 : 0;
        return cache_.files_ && form.digits >= digits;
    }

    /// Fetches an entry of the memory; true if its solution is used as it is.
    bool try_entry(const NormalForm& form, const std::string& key) {
        ByteWriter name;
        name.put_text(key);
        put_search(name, options_);
        Entry& entry = entries_.emplace_back(Entry{std::move(name).bytes(), std::nullopt});
        {
            const std::lock_guard lock(cache_.mutex_);
            if (const auto it = cache_.records_.find(entry.key); it != cache_.records_.end()) entry.known = it->second;
        }
        if (!entry.known) return false;
        auto solution = restore(from_normal_form(form, entry.known->graph, matrix_));
        if (!solution) {
            entry.known.reset();
            return false;
        }
        solution->from_best = entry.known->from_best;
        const bool as_good = cost_of(solution->adders, solution->bits, options_.objective) <= recorded_cost(entry);
        keep_better(std::move(*solution));
        if (!as_good) return false;
        const std::lock_guard lock(cache_.mutex_);
        ++cache_.statistics_.from_memory;
        return true;
    }

    [[nodiscard]] bool constants_follow() const {
        return std::ranges::find(options_.constant_follows, true) != options_.constant_follows.end();
    }
    /// Those of the normal form, without making it.
    [[nodiscard]] size_t weights() const {
        size_t count = 0;
        for (size_t i = 0; i < matrix_.inputs; ++i) {
            if (inputs_[i].range.is_zero()) continue;
            for (size_t o = 0; o < matrix_.outputs; ++o) count += matrix_.at(i, o).is_zero() ? 0 : 1;
        }
        return count;
    }

    /// The same problem without constants to follow: its solution may leave room for them, and is a start if it does.
    bool try_entry_without_constants() {
        if (!constants_follow()) return false;
        {
            const std::lock_guard lock(cache_.mutex_);
            if (!cache_.no_constants_.contains(weights())) return false;  // which the normal form would show later
        }
        Options others = options_;
        others.constant_follows.clear();
        const auto form = normal_form(matrix_, inputs_, others);
        const bool used = form && try_entry(*form, form->key);
        if (form) entries_.pop_back();  // what is found is stored as what it is
        return used;
    }

    [[nodiscard]] int64_t recorded_cost(const Entry& entry) const {
        return cost_of(entry.known->adders, entry.known->bits, options_.objective);
    }

    /// Of a graph that may be anything.
    [[nodiscard]] std::optional<Solution> restore(std::optional<AdderGraph> graph) const {
        if (!graph) return std::nullopt;
        return checked(options_.area ? restored_with_merged(std::move(*graph)) : restored(std::move(*graph)));
    }
    [[nodiscard]] std::optional<Solution> checked(Solution solution) const {
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
        marks.reserve(graph.adders.size());
        for (const Adder& adder : graph.adders) marks.push_back(adder.merged);
        AdderGraph result = restored(std::move(graph)).graph;
        for (size_t n = 0; n < marks.size(); ++n) result.adders[n].merged = marks[n];
        merge_adders(result, inputs_, options_.objective, true);
        return measure(std::move(result), matrix_, inputs_);
    }

    void keep_better(Solution solution) {
        if (!best_ || better(solution, *best_, options_.objective)) best_ = std::move(solution);
    }

    /// The best that any search has found; true if one of them had at least the effort and time asked for.
    bool try_best(const NormalForm& form) {
        if (cache_.use_ != Cache::Use::best || !uses_files(form, least_to_read)) return false;
        const auto record = cache_.files_->read(key_of_best(form));
        auto solution = record ? restore(from_normal_form(form, record->graph, matrix_)) : std::nullopt;
        if (!solution) return false;
        solution->from_best = true;
        keep_better(std::move(*solution));
        if (!record->searched.covers(asked_for(options_))) return false;
        const std::lock_guard lock(cache_.mutex_);
        ++cache_.statistics_.from_disk;
        return true;
    }

    /// Solves, or reads from the disk what solving has found before. `form`: null if files are not used.
    void solve_anew(const NormalForm* form) {
        Options options = options_;
        if (best_) options.start = &best_->graph;
        // Time finds something else each time.
        const bool repeatable = form != nullptr && options_.seconds <= 0;
        std::string key;
        if (repeatable && uses_files(*form, least_to_read)) {
            key = key_of_same(matrix_, inputs_, options);
            if (auto known = read_same(key)) {
                keep_better(std::move(*known));
                const std::lock_guard lock(cache_.mutex_);
                ++cache_.statistics_.from_disk;
                return;
            }
        }
        if (options_.progress) {
            options.progress = [&](const Progress& progress) {
                const bool goes_on = options_.progress(progress);
                stopped_ = stopped_ || !goes_on;
                return goes_on;
            };
        }
        Solution solved = solve(matrix_, inputs_, options);
        // A search that was stopped is no reason not to search again.
        if (!stopped_ && !key.empty() && uses_files(*form, least_to_write))
            cache_.files_->write(key, {{}, solved.moves, solved.graph});
        if (form != nullptr && uses_files(*form, least_to_write)) write_best(*form, solved);
        keep_better(std::move(solved));
        const std::lock_guard lock(cache_.mutex_);
        ++cache_.statistics_.solved;
    }

    [[nodiscard]] std::optional<Solution> read_same(const std::string& key) const {
        auto record = cache_.files_->read(key);
        if (!record || !is_measurable(record->graph, matrix_)) return std::nullopt;
        auto solution = checked(measure(std::move(record->graph), matrix_, inputs_));
        if (solution) solution->moves = record->moves;
        return solution;
    }

    /// Adds what was found to the best solutions of all searches. The usual ones of effort 0 and 1 are made again in no
    /// time: they are kept for those who ask.
    void write_best(const NormalForm& form, const Solution& solved) const {
        const bool usual = options_.effort < 2 && options_.seconds <= 0 && options_.max_moves <= 0;
        if (usual && cache_.use_ != Cache::Use::best) return;
        Solution best = solved;
        if (best_ && better(*best_, best, options_.objective)) best = *best_;
        CacheRecord record;
        if (!stopped_) record.searched = asked_for(options_);
        if (const auto before = cache_.files_->read(key_of_best(form))) {
            if (auto known = restore(from_normal_form(form, before->graph, matrix_))) {
                record.searched.join(before->searched);  // the better one is worse than neither
                if (better(*known, best, options_.objective)) best = std::move(*known);
            }
        }
        auto graph = to_normal_form(form, best.graph);
        if (!graph) return;
        record.graph = std::move(*graph);
        cache_.files_->write(key_of_best(form), record);
    }

    /// Puts the best solution where it improves on what is there: in the common entry, or, if others have a better one
    /// there that is dearer with the signs at hand, in the one with signs.
    void store(const NormalForm& form) {
        auto graph = stopped_ ? std::nullopt : to_normal_form(form, best_->graph);
        if (!graph) return;
        for (Entry& entry : entries_) {
            if (entry.known && recorded_cost(entry) < cost_of(best_->adders, best_->bits, options_.objective)) continue;
            const std::lock_guard lock(cache_.mutex_);
            cache_.records_[entry.key] = {std::move(*graph), best_->adders, best_->bits, best_->from_best};
            if (!constants_follow()) cache_.no_constants_.insert(weights());
            return;
        }
    }

    const Matrix& matrix_;
    const std::vector<InputInfo>& inputs_;
    const Options& options_;
    Cache& cache_;
    bool stopped_ = false;  // the search, by the caller
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

std::vector<SolvedBlock> Cache::blocks() const {
    const std::lock_guard lock(mutex_);
    return blocks_;
}

bool Cache::count_block(const std::string& key) {
    const std::lock_guard lock(mutex_);
    const auto known = block_of_.find(key);
    if (known == block_of_.end()) return false;
    ++blocks_[known->second].count;
    return true;
}

void Cache::add_block(const std::string& key, SolvedBlock block) {
    const std::lock_guard lock(mutex_);
    if (block_of_.try_emplace(key, blocks_.size()).second) blocks_.push_back(std::move(block));
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
    put_search(key, options);
    if (options.start != nullptr) put_graph(key, *options.start);
    return std::move(key).bytes();
}

std::string key_of_same(const Matrix& matrix, const std::vector<InputInfo>& inputs, const Options& options) {
    return "same " + std::to_string(solver_version) + ";" + key_of_problem(matrix, inputs, options);
}

std::string key_of_best(const NormalForm& form) { return "best " + form.key + form.signs; }

Solution solve_cached(const Matrix& matrix, const std::vector<InputInfo>& inputs, const Options& options,
                      Cache& cache) {
    return CachedSolver(matrix, inputs, options, cache).run();
}

}  // namespace dal::cmvm
