// The parts of a zip archive around the bytes of its members, for whoever writes those piece by piece. Internal to
// array.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "dal/array/zip.hpp"

namespace dal {

/// zlib's checksum of more bytes; 0 to begin with.
uint32_t zip_crc(uint32_t crc, std::string_view bytes) noexcept;

/// What comes before the `stored` bytes of a member that begins at `offset`; adds it to the directory.
std::string zip_head(const ZipMember& member, uint64_t stored, uint64_t offset, std::string& directory);

/// What comes after the last of `count` members, at `offset`.
std::string zip_end(std::string directory, uint64_t count, uint64_t offset);

}  // namespace dal
