// Solutions that are kept: in memory for the blocks of one build, and on disk for the next one. In memory, problems
// that differ in order, signs and powers of two only share a solution (normal_form.hpp). On disk a solution answers
// exactly the problem and the options that it was found for, so that a build finds the same with it as without; and
// beside these lie the best solutions of all searches, for whoever asks for them. Nothing that is fetched is trusted:
// it is measured and certified against the matrix at hand; whatever is wrong with it is a miss.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "dal/cmvm/cache/cache_files.hpp"
#include "dal/cmvm/cmvm.hpp"
#include "dal/cmvm/solved_block.hpp"

namespace dal::cmvm {

struct NormalForm;      // normal_form.hpp
struct PackedSolution;  // tables.hpp

/// Thread-safe. Grows with the number of different problems.
class Cache {
  public:
    struct Statistics {
        int64_t repeated = 0;     ///< the same problem as before in this process
        int64_t from_memory = 0;  ///< an equivalent one
        int64_t from_disk = 0;
        int64_t solved = 0;
    };
    /// What is taken from the disk.
    enum class Use : uint8_t {
        same,  ///< what solving would find again: results depend on the arguments only
        best,  ///< the best that any search has found
    };

    /// In memory only.
    Cache() = default;
    /// And in a directory, if there is one; it is made when it is first written to.
    explicit Cache(std::optional<std::filesystem::path> directory, Use use = Use::same,
                   uint64_t limit = CacheFiles::default_limit)
        : use_(use) {
        if (directory) files_.emplace(std::move(*directory), limit);
    }

    /// $XDG_CACHE_HOME/dal/cmvm or ~/.cache/dal/cmvm; nothing if neither is known or DAL_CACHE is 0.
    static std::optional<std::filesystem::path> default_directory();

    [[nodiscard]] Statistics statistics() const;

    /// Of all problems of `solve_packed`, in the order in which they were first asked for.
    [[nodiscard]] std::vector<SolvedBlock> blocks() const;
    /// False if it was not asked for yet.
    bool count_block(const std::string& key);
    void add_block(const std::string& key, SolvedBlock block);

    /// Divisions into tables that were decided on in this process, by any key of the problem; null if there is none.
    [[nodiscard]] std::shared_ptr<const PackedSolution> find_packed(const std::string& key) const;
    void keep_packed(const std::string& key, std::shared_ptr<const PackedSolution> packed);

  private:
    friend class CachedSolver;
    /// In normal form, with what it cost where it was found.
    struct Known {
        AdderGraph graph;
        int64_t adders = 0;
        int64_t bits = 0;
        bool from_best = false;
    };

    mutable std::mutex mutex_;
    std::unordered_map<std::string, Solution> exact_;  // by problem and options
    std::unordered_map<std::string, Known> records_;   // by normal form and options
    std::set<size_t> no_constants_;                    // numbers of weights, of records that no constant follows
    std::unordered_map<std::string, std::shared_ptr<const PackedSolution>> packed_;
    std::unordered_map<std::string, size_t> block_of_;  // by problem and options
    std::vector<SolvedBlock> blocks_;
    std::optional<CacheFiles> files_;
    Use use_ = Use::same;
    Statistics statistics_;
};

/// Names the problem exactly: matrix, inputs, and all options that decide what is found.
std::string key_of_problem(const Matrix& matrix, const std::vector<InputInfo>& inputs, const Options& options);

/// Names the file of exactly this problem, with the version of the solver; and that of the best solution of all
/// problems that differ in order and powers of two only.
std::string key_of_same(const Matrix& matrix, const std::vector<InputInfo>& inputs, const Options& options);
std::string key_of_best(const NormalForm& form);

/// What `solve` finds, or what the cache has of that: without `Options::seconds`, and if no `progress` ends the search,
/// the result depends on the arguments and on what was asked of this object before, not on the disk. With `Use::best`
/// it may be better: what the cache has if that was found with at least this effort and time, or else the better one of
/// that and of what `solve` makes of it.
Solution solve_cached(const Matrix& matrix, const std::vector<InputInfo>& inputs, const Options& options, Cache& cache);

}  // namespace dal::cmvm
