// The bytes of an HDF5 file, and what of them was used. Nothing in such a file shares bytes with anything else, so all
// that is read together is at most the file: that bounds time and memory whatever the file claims.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace dal::importer::hdf5 {

/// A value, or what is wrong with the file.
template <class T>
using Found = tl::expected<T, std::string>;
tl::unexpected<std::string> wrong(std::string fact);

/// Reads a stretch of bytes from its start. What lies past the end is 0, and `ok` is false from then on.
class Cursor {
  public:
    explicit Cursor(std::string_view bytes) : bytes_(bytes) {}

    /// Little endian, of 1 to 8 bytes.
    uint64_t number(size_t count);
    std::string_view take(size_t count);
    void skip(size_t count) { take(count); }
    /// To a multiple of 8 bytes from the start.
    void align() { skip((8 - at_ % 8) % 8); }

    [[nodiscard]] bool ok() const noexcept { return ok_; }
    [[nodiscard]] size_t left() const noexcept { return bytes_.size() - at_; }

  private:
    std::string_view bytes_;
    size_t at_ = 0;
    bool ok_ = true;
};

class File {
  public:
    /// Reads the superblock.
    static Found<File> open(std::string_view bytes);

    [[nodiscard]] size_t offset_size() const noexcept { return offset_size_; }
    [[nodiscard]] size_t length_size() const noexcept { return length_size_; }
    /// Where the object header of the root group is.
    [[nodiscard]] uint64_t root() const noexcept { return root_; }
    [[nodiscard]] size_t size() const noexcept { return bytes_.size(); }

    uint64_t offset(Cursor& cursor) const { return cursor.number(offset_size_); }
    uint64_t length(Cursor& cursor) const { return cursor.number(length_size_); }
    /// Whether an address stands for "nowhere".
    [[nodiscard]] bool is_nowhere(uint64_t address) const noexcept;

    /// The first bytes at an address, to see what is there; none past the end.
    [[nodiscard]] std::string_view peek(uint64_t address, uint64_t size) const;
    /// Bytes of the structure, `what` is to be there. All structures together may use as many as the file has.
    Found<std::string_view> structure(uint64_t address, uint64_t size, std::string_view what);
    /// Bytes of an array. All arrays together may use as many as the file has.
    Found<std::string_view> data(uint64_t address, uint64_t size);
    /// An object of a global heap, which holds strings of variable size.
    Found<std::string_view> heap_object(uint64_t collection, uint64_t index);

  private:
    struct HeapObject {
        uint64_t index;
        std::string_view bytes;
    };
    Found<std::string_view> stretch(uint64_t address, uint64_t size, std::string_view what, uint64_t& used) const;
    Found<std::vector<HeapObject>> collection(uint64_t address);
    Found<void> read_sizes(Cursor& cursor);

    std::string_view bytes_;
    size_t offset_size_ = 8;
    size_t length_size_ = 8;
    uint64_t root_ = 0;
    uint64_t used_by_structures_ = 0;
    uint64_t used_by_arrays_ = 0;
    uint64_t used_by_strings_ = 0;
    std::map<uint64_t, std::vector<HeapObject>> collections_;
};

/// Whether the bytes start as an HDF5 file does.
bool has_signature(std::string_view bytes) noexcept;

}  // namespace dal::importer::hdf5
