// The part of the cache that is on disk: one file per key, with a checksum, replaced as a whole, so that any
// number of processes can share the directory. A file that is damaged or foreign is as good as none. Internal to cmvm.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>

#include "dal/cmvm/cmvm.hpp"

namespace dal::cmvm {

/// The searches than which a solution is not worse: for each effort the longest. Neither effort nor time alone says
/// what is more, a short search of a high effort least of all.
struct Searched {
    static constexpr size_t efforts = 4;
    static constexpr int64_t longest = 1'000'000'000'000;
    std::array<int64_t, efforts> milliseconds{-1, -1, -1, -1};  ///< -1: none

    /// Whether one of them had at least this effort and at least this time.
    [[nodiscard]] bool covers(const Searched& asked) const;
    /// For the better one of two solutions.
    void join(const Searched& other);
    friend bool operator==(const Searched&, const Searched&) = default;
};

/// A graph without ranges and depths. What it costs is never believed, but computed.
struct CacheRecord {
    Searched searched;
    int64_t moves = 0;
    AdderGraph graph;
};

class ByteWriter;
/// Everything about a graph but ranges and depths, which follow.
void put_graph(ByteWriter& bytes, const AdderGraph& graph);

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
