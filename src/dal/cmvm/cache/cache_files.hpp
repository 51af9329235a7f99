// The part of the cache that is on disk: one file per normal form, with a checksum, replaced as a whole, so that any
// number of processes can share the directory. A file that is damaged or foreign is as good as none. Internal to cmvm.
#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>

#include "dal/cmvm/cmvm.hpp"

namespace dal::cmvm {

/// What a solution was given to be found; more is never worse.
struct Budget {
    int effort = 0;
    int64_t milliseconds = 0;  ///< of search; 0 where time does not end it
    friend auto operator<=>(const Budget&, const Budget&) = default;
};

/// A solution in normal form, without ranges and depths, and its cost for the problem that it was found for.
struct CacheRecord {
    Budget budget;
    int64_t adders = 0;
    int64_t bits = 0;
    AdderGraph graph;
};

/// The bytes of a file, and back; nothing if they are not exactly a record for this key.
std::string encode_record(const std::string& key, const CacheRecord& record);
std::optional<CacheRecord> decode_record(std::string_view bytes, const std::string& key);

class CacheFiles {
  public:
    static constexpr uint64_t default_limit = uint64_t{256} << 20;

    CacheFiles(std::filesystem::path directory, uint64_t limit) : directory_(std::move(directory)), limit_(limit) {}

    [[nodiscard]] std::optional<CacheRecord> read(const std::string& key) const;
    /// Failure to write is ignored: a cache that cannot be written is one that finds nothing.
    void write(const std::string& key, const CacheRecord& record);
    /// Where a key's record is or would be.
    [[nodiscard]] std::filesystem::path path_of(const std::string& key) const;

  private:
    /// Removes the files that were not used for the longest time until nine tenths of the limit are left.
    void trim() const;

    std::filesystem::path directory_;
    uint64_t limit_;
    std::mutex mutex_;
    uint64_t until_trim_ = 0;  // bytes that may be written before the directory is looked at again
};

}  // namespace dal::cmvm
