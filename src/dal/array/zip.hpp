// Zip archives in memory, as far as .npz files need them: the list of members, a member's bytes as a stream (stored or
// deflated, with its checksum), unpacked no further than it is read, and a writer. Zip64 both ways. No encryption, no
// multi-volume archives, no other compression: these are flaws that say so. Readers of further formats in archives
// keep to read_limit.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dal/array/flaw.hpp"

namespace dal {

struct ZipMember {
    std::string name;        ///< valid UTF-8
    std::string_view bytes;  ///< as stored in the archive; points into it
    uint64_t size = 0;       ///< when unpacked; at most what `bytes` could possibly unpack to
    uint32_t crc = 0;
    bool deflated = false;
};

/// True if the bytes start as a zip archive does.
bool is_zip(std::string_view file) noexcept;

/// The members in the order of the directory. Checked: names are unique, and no two members share bytes.
Fallible<std::vector<ZipMember>> zip_members(std::string_view file);

/// Reads a member from its start. Never makes more than `member.size` bytes.
class ZipStream {
  public:
    explicit ZipStream(const ZipMember& member);
    ZipStream(ZipStream&&) noexcept;
    ZipStream& operator=(ZipStream&&) = delete;
    ~ZipStream();

    /// Exactly `count` further bytes.
    Fallible<void> read(std::byte* to, size_t count);
    /// To be called when all is read: checks that the member ends here and that the checksum is right.
    Fallible<void> finish();

  private:
    struct Inflater;
    const ZipMember* member_;
    std::unique_ptr<Inflater> inflater_;  // null if stored
    uint64_t done_ = 0;
    uint32_t crc_ = 0;
};

/// Collects members; the same members give the same bytes at any time.
class ZipWriter {
  public:
    /// Stores the bytes.
    void add(std::string_view name, std::string_view bytes);
    /// A member of another archive, without looking into it.
    void add_as_it_is(const ZipMember& member);
    /// The archive; the writer is empty afterwards.
    std::string finish();

  private:
    std::string out_;
    std::string directory_;
    uint64_t count_ = 0;
};

}  // namespace dal
