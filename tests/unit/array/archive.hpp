// Bytes of .npy and .npz files for tests, made by hand so that any part can be wrong.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "dal/array/npz.hpp"

namespace dal::test {

/// A .npy of version `major` with this dictionary and data; the length field is as long as the version says.
std::string npy(std::string_view dictionary, std::string_view data, int major = 1);
/// The dictionary of a row-major array.
std::string dictionary(std::string_view descr, std::string_view shape, bool fortran = false);

/// One member and what is said about it; each lie is one wrong field.
struct Entry {
    std::string name;
    std::string data;
    bool deflated = false;
    bool zip64 = false;  ///< sizes and offset in the zip64 extra field
    int flags = 0;
    int method = -1;              ///< if not -1: instead of the true one
    int64_t claimed_size = -1;    ///< if not -1: unpacked size in the directory
    int64_t claimed_packed = -1;  ///< if not -1: packed size in the directory
    int64_t claimed_offset = -1;  ///< if not -1: place of the local header
    uint32_t crc_error = 0;       ///< XORed to the checksum
    std::string local_name{};     ///< if not empty: name in the local header
};

struct Archive {
    std::string bytes;
    size_t directory = 0;  ///< offset of the directory
};

/// `zip64_end` adds the zip64 end record; `comment` follows the end record.
Archive archive(const std::initializer_list<Entry>& entries, bool zip64_end = false, std::string_view comment = {});

/// All members of an .npz.
Result<std::map<std::string, Array>> read_npz(const std::filesystem::path& path, const Span& origin = {});

/// Raw deflate.
std::string deflated(std::string_view data);

}  // namespace dal::test
