// Solutions that are kept: in memory for the blocks of one build, and on disk for the next one. Problems that
// differ in order, signs and powers of two only share an entry (normal_form.hpp). Nothing that is fetched
// is trusted: it is measured and certified against the matrix at hand; whatever is wrong with it is a miss.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "dal/cmvm/cache/cache_files.hpp"
#include "dal/cmvm/cmvm.hpp"

namespace dal::cmvm {

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

    /// In memory only.
    Cache() = default;
    /// And in a directory, if there is one; it is made when it is first written to.
    explicit Cache(std::optional<std::filesystem::path> directory, uint64_t limit = CacheFiles::default_limit) {
        if (directory) files_.emplace(std::move(*directory), limit);
    }

    /// $XDG_CACHE_HOME/dal/cmvm or ~/.cache/dal/cmvm; nothing if neither is known or DAL_CACHE is 0.
    static std::optional<std::filesystem::path> default_directory();

    [[nodiscard]] Statistics statistics() const;

    /// Divisions into tables that were decided on in this process, by any key of the problem; null if there is none.
    [[nodiscard]] std::shared_ptr<const PackedSolution> find_packed(const std::string& key) const;
    void keep_packed(const std::string& key, std::shared_ptr<const PackedSolution> packed);

  private:
    friend class CachedSolver;
    struct Known {
        Solution solution;
        Budget budget;
    };

    mutable std::mutex mutex_;
    std::unordered_map<std::string, Known> exact_;          // by problem
    std::unordered_map<std::string, CacheRecord> records_;  // by normal form
    std::unordered_map<std::string, std::shared_ptr<const PackedSolution>> packed_;
    std::optional<CacheFiles> files_;
    Statistics statistics_;
};

/// Names the problem exactly: matrix, inputs, and the options that a solution must meet.
std::string key_of_problem(const Matrix& matrix, const std::vector<InputInfo>& inputs, const Options& options);

/// A solution that was found with at least this effort and time, if the cache has one; or else the better one of what
/// it has and of what `solve` finds. So results never get worse, and depend on what the cache holds.
Solution solve_cached(const Matrix& matrix, const std::vector<InputInfo>& inputs, const Options& options, Cache& cache);

}  // namespace dal::cmvm
