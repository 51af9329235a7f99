#include "dal/import/alir/gzip.hpp"

#include "dal/array/zip.hpp"
#include "dal/import/problem.hpp"

namespace dal::importer::alir {
namespace {

constexpr size_t trailer_bytes = 8;

/// Bytes before the compressed data; 0 if it is no header. Flags: 2 checksum, 4 further fields, 8 name, 16 comment.
size_t header_bytes(std::string_view bytes) {
    constexpr size_t fixed = 10;
    if (bytes.size() < fixed + trailer_bytes || bytes[2] != 8) return 0;
    const auto flags = static_cast<unsigned char>(bytes[3]);
    size_t at = fixed;
    if ((flags & 4U) != 0)
        at += 2U + static_cast<unsigned char>(bytes[at]) + 256U * static_cast<unsigned char>(bytes[at + 1]);
    for (const unsigned text : {8U, 16U}) {
        if ((flags & text) == 0) continue;
        const size_t end = bytes.find('\0', at);
        if (end == std::string_view::npos) return 0;
        at = end + 1;
    }
    if ((flags & 2U) != 0) at += 2;
    return at + trailer_bytes <= bytes.size() ? at : 0;
}

uint32_t word_at(std::string_view bytes, size_t at) {
    uint32_t word = 0;
    for (size_t j = 4; j-- > 0;) word = word << 8U | static_cast<unsigned char>(bytes[at + j]);
    return word;
}

}  // namespace

bool is_gzip(std::string_view bytes) noexcept { return bytes.starts_with("\x1f\x8b"); }

Result<std::string> unpack_gzip(std::string_view bytes, std::string_view file) {
    const size_t start = header_bytes(bytes);
    if (start == 0) return failure(bad_model_file(file, {}, "its gzip header breaks off"));
    ZipMember member;
    member.bytes = bytes.substr(start, bytes.size() - start - trailer_bytes);
    member.crc = word_at(bytes, bytes.size() - trailer_bytes);
    member.size = word_at(bytes, bytes.size() - trailer_bytes + 4);
    member.deflated = true;
    constexpr uint64_t most_factor = 100;
    constexpr uint64_t most_bytes = uint64_t{1} << 30;
    if (member.size > most_bytes || member.size > most_factor * bytes.size())
        return failure(bad_model_file(file, {}, "would be more than 1 GiB, or 100 times as large, when unpacked"));
    std::string content(member.size, '\0');
    ZipStream stream(member);
    auto read = stream.read(reinterpret_cast<std::byte*>(content.data()), content.size());
    if (read) read = stream.finish();
    if (!read) return failure(bad_model_file(file, {}, read.error().fact));
    return content;
}

}  // namespace dal::importer::alir
