#include "unit/array/archive.hpp"

#include <zlib.h>

#include <stdexcept>
#include <vector>

namespace dal::test {
namespace {

void put(std::string& to, uint64_t value, int bytes) {
    for (int j = 0; j < bytes; ++j) to += static_cast<char>(j < 8 ? value >> (8 * j) & 0xFF : 0);
}

}  // namespace

std::string npy(std::string_view text, std::string_view data, int major) {
    std::string result("\x93NUMPY", 6);
    result += static_cast<char>(major);
    result += '\0';
    put(result, text.size(), major == 1 ? 2 : 4);
    return result.append(text).append(data);
}

std::string dictionary(std::string_view descr, std::string_view shape, bool fortran) {
    return "{'descr': '" + std::string(descr) + "', 'fortran_order': " + (fortran ? "True" : "False") +
           ", 'shape': " + std::string(shape) + ", }\n";
}

std::string deflated(std::string_view data) {
    z_stream stream{};
    if (deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::runtime_error("deflateInit2");
    std::string result(deflateBound(&stream, data.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
    stream.avail_in = static_cast<uInt>(data.size());
    stream.next_out = reinterpret_cast<Bytef*>(result.data());
    stream.avail_out = static_cast<uInt>(result.size());
    if (deflate(&stream, Z_FINISH) != Z_STREAM_END) throw std::runtime_error("deflate");
    result.resize(stream.total_out);
    deflateEnd(&stream);
    return result;
}

Archive archive(const std::initializer_list<Entry>& entries, bool zip64_end, std::string_view comment) {
    std::string out;
    std::string directory;
    for (const Entry& entry : entries) {
        const std::string packed = entry.deflated ? deflated(entry.data) : entry.data;
        const auto crc = static_cast<uint32_t>(
            crc32(0, reinterpret_cast<const Bytef*>(entry.data.data()), static_cast<uInt>(entry.data.size())));
        const uint64_t offset = entry.claimed_offset >= 0 ? static_cast<uint64_t>(entry.claimed_offset) : out.size();
        const uint64_t size = entry.claimed_size >= 0 ? static_cast<uint64_t>(entry.claimed_size) : entry.data.size();
        const uint64_t packed_size =
            entry.claimed_packed >= 0 ? static_cast<uint64_t>(entry.claimed_packed) : packed.size();
        const int method = entry.method >= 0 ? entry.method : entry.deflated ? 8 : 0;
        constexpr uint32_t ones = 0xFFFFFFFF;
        const auto common = [&](std::string& to, size_t name, size_t extra) {
            put(to, 20, 2);
            put(to, static_cast<uint64_t>(entry.flags), 2);
            put(to, static_cast<uint64_t>(method), 2);
            put(to, 0, 4);
            put(to, crc ^ entry.crc_error, 4);
            put(to, entry.zip64 ? ones : packed_size, 4);
            put(to, entry.zip64 ? ones : size, 4);
            put(to, name, 2);
            put(to, extra, 2);
        };
        const std::string& local_name = entry.local_name.empty() ? entry.name : entry.local_name;
        out += "PK\x03\x04";
        common(out, local_name.size(), entry.zip64 ? 20 : 0);
        out += local_name;
        if (entry.zip64) {
            put(out, 1, 2);
            put(out, 16, 2);
            put(out, size, 8);
            put(out, packed_size, 8);
        }
        out += packed;

        directory += "PK\x01\x02";
        put(directory, 20, 2);
        common(directory, entry.name.size(), entry.zip64 ? 28 : 0);
        put(directory, 0, 10);
        put(directory, entry.zip64 ? ones : offset, 4);
        directory += entry.name;
        if (entry.zip64) {
            put(directory, 1, 2);
            put(directory, 24, 2);
            put(directory, size, 8);
            put(directory, packed_size, 8);
            put(directory, offset, 8);
        }
    }
    Archive result{out, out.size()};
    std::string& bytes = result.bytes;
    bytes += directory;
    const size_t end64 = bytes.size();
    if (zip64_end) {
        bytes += "PK\x06\x06";
        put(bytes, 44, 8);
        put(bytes, 45, 2);
        put(bytes, 45, 2);
        put(bytes, 0, 8);
        put(bytes, entries.size(), 8);
        put(bytes, entries.size(), 8);
        put(bytes, directory.size(), 8);
        put(bytes, result.directory, 8);
        bytes += "PK\x06\x07";
        put(bytes, 0, 4);
        put(bytes, end64, 8);
        put(bytes, 1, 4);
    }
    bytes += "PK\x05\x06";
    put(bytes, 0, 4);
    put(bytes, zip64_end ? 0xFFFF : entries.size(), 2);
    put(bytes, zip64_end ? 0xFFFF : entries.size(), 2);
    put(bytes, zip64_end ? 0xFFFFFFFF : directory.size(), 4);
    put(bytes, zip64_end ? 0xFFFFFFFF : result.directory, 4);
    put(bytes, comment.size(), 2);
    bytes += comment;
    return result;
}

Result<std::map<std::string, Array>> read_npz(const std::filesystem::path& path, const Span& origin) {
    const auto file = NpzFile::open(path, origin);
    if (!file) return failure(file.error());
    std::map<std::string, Array> arrays;
    for (const auto& [name, member] : file->members()) {
        auto array = file->read(name, {}, origin);
        if (!array) return failure(std::move(array.error()));
        arrays.emplace(name, std::move(*array));
    }
    return arrays;
}

}  // namespace dal::test
