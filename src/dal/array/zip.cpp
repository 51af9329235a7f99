// Format: PKWARE's APPNOTE.TXT, sections 4.3 (records) and 4.5.3 (zip64).
#include "dal/array/zip.hpp"

#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <set>
#include <utility>

#include "dal/array/zip_parts.hpp"
#include "dal/support/check.hpp"

namespace dal {
namespace {

constexpr std::string_view local_magic("PK\x03\x04", 4);
constexpr std::string_view central_magic("PK\x01\x02", 4);
constexpr std::string_view end_magic("PK\x05\x06", 4);
constexpr std::string_view end64_magic("PK\x06\x06", 4);
constexpr std::string_view locator64_magic("PK\x06\x07", 4);
constexpr size_t local_size = 30;
constexpr size_t central_size = 46;
constexpr size_t end_size = 22;
constexpr size_t end64_size = 56;
constexpr size_t locator64_size = 20;
constexpr uint16_t zip64_extra = 1;
constexpr uint32_t see_zip64 = 0xFFFFFFFF;
/// Deflate's best case: a block header and two bits for each 258 bytes come to less than this.
constexpr uint64_t best_ratio = 1033;

/// Little-endian integer of `N` bytes; the caller has checked that they are there.
template <size_t N>
uint64_t number(std::string_view bytes, size_t at) {
    uint64_t value = 0;
    for (size_t j = 0; j < N; ++j) value |= uint64_t{static_cast<unsigned char>(bytes[at + j])} << (8 * j);
    return value;
}

template <size_t N>
void put(std::string& out, uint64_t value) {
    for (size_t j = 0; j < N; ++j) out += static_cast<char>(value >> (8 * j) & 0xFF);
}

/// True for text without overlong forms, surrogates or values past U+10FFFF.
bool is_utf8(std::string_view text) {
    for (size_t at = 0; at < text.size();) {
        const auto lead = static_cast<unsigned char>(text[at++]);
        if (lead < 0x80) continue;
        const int more = lead >= 0xC2 && lead < 0xE0 ? 1 : lead >= 0xE0 && lead < 0xF0 ? 2 : lead < 0xF5 ? 3 : 0;
        if (lead < 0xC2 || more == 0 || text.size() - at < static_cast<size_t>(more)) return false;
        uint32_t value = lead & (0x3FU >> more);
        for (int j = 0; j < more; ++j) {
            const auto next = static_cast<unsigned char>(text[at++]);
            if ((next & 0xC0U) != 0x80) return false;
            value = value << 6 | (next & 0x3FU);
        }
        constexpr uint32_t least[] = {0, 0x80, 0x800, 0x10000};
        if (value < least[more] || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)) return false;
    }
    return true;
}

/// A range of the archive that belongs to one member: local header and data.
struct Extent {
    uint64_t begin;
    uint64_t end;
    size_t member;
};

struct Directory {
    uint64_t offset = 0;
    uint64_t size = 0;
    uint64_t count = 0;
};

/// The end record, which is followed only by a comment of the length it gives.
Fallible<Directory> find_directory(std::string_view file) {
    const tl::unexpected<Flaw> none = flaw("it has no zip directory at its end: it is truncated, or no archive");
    if (file.size() < end_size) return none;
    constexpr size_t longest_comment = 0xFFFF;
    const size_t first = file.size() - std::min(file.size(), end_size + longest_comment);
    size_t end = file.size() - end_size;
    while (file.substr(end, 4) != end_magic || end + end_size + number<2>(file, end + 20) != file.size()) {
        if (end == first) return none;
        --end;
    }
    Directory directory{number<4>(file, end + 16), number<4>(file, end + 12), number<2>(file, end + 10)};
    const uint64_t disk = number<2>(file, end + 4);
    uint64_t limit = end;
    if (end >= locator64_size && file.substr(end - locator64_size, 4) == locator64_magic) {
        const uint64_t at = number<8>(file, end - locator64_size + 8);
        if (at > end - locator64_size || end - locator64_size - at < end64_size || file.substr(at, 4) != end64_magic)
            return flaw("its zip64 end record is not where the locator says");
        directory = {number<8>(file, at + 48), number<8>(file, at + 40), number<8>(file, at + 32)};
        limit = at;
    }
    if (disk != 0 && disk != 0xFFFF) return flaw("it is one volume of several", "archives are read from one file");
    if (directory.offset > limit || directory.size > limit - directory.offset)
        return flaw("its directory lies outside the file");
    if (directory.count > directory.size / central_size)
        return flaw("its directory claims " + std::to_string(directory.count) + " members in " +
                    std::to_string(directory.size) + " bytes");
    return directory;
}

/// The 64-bit forms of those of `fields` that are all ones, from the extra fields of a directory entry.
Fallible<void> widen(std::string_view extra, std::initializer_list<uint64_t*> fields) {
    std::string_view wide;
    while (extra.size() >= 4) {
        const uint64_t size = number<2>(extra, 2);
        if (size > extra.size() - 4) break;
        if (number<2>(extra, 0) == zip64_extra) wide = extra.substr(4, size);
        extra.remove_prefix(4 + size);
    }
    for (uint64_t* field : fields) {
        if (*field != see_zip64) continue;
        if (wide.size() < 8) return flaw("its zip64 sizes are missing");
        *field = number<8>(wide, 0);
        wide.remove_prefix(8);
    }
    return {};
}

std::string quoted(std::string_view name) { return "member `" + std::string(name) + "`"; }

/// One entry of the directory and the local header that it points to. `extent` gets the bytes it covers.
Fallible<ZipMember> read_entry(std::string_view file, std::string_view entry, std::string_view name, uint64_t limit,
                               Extent& extent) {
    const uint64_t flags = number<2>(entry, 8);
    const uint64_t method = number<2>(entry, 10);
    uint64_t packed = number<4>(entry, 20);
    uint64_t size = number<4>(entry, 24);
    uint64_t offset = number<4>(entry, 42);
    if (const auto wide = widen(entry.substr(central_size + name.size()), {&size, &packed, &offset}); !wide)
        return flaw(quoted(name) + ": " + wide.error().fact);
    if ((flags & 1) != 0) return flaw(quoted(name) + " is encrypted", "", "write the archive without a password");
    if (method != 0 && method != Z_DEFLATED)
        return flaw(quoted(name) + " is compressed by method " + std::to_string(method),
                    "members are stored (0) or deflated (8)", "write it with `np.savez` or `np.savez_compressed`");
    if (offset > limit || limit - offset < local_size || file.substr(offset, 4) != local_magic)
        return flaw(quoted(name) + " is not where the directory says");
    const uint64_t start = offset + local_size + number<2>(file, offset + 26) + number<2>(file, offset + 28);
    if (file.substr(offset + local_size, number<2>(file, offset + 26)) != name || number<2>(file, offset + 8) != method)
        return flaw(quoted(name) + " has a local header that differs from the directory");
    if (start > limit || packed > limit - start) return flaw(quoted(name) + " reaches past its archive");
    if (method == 0 && packed != size)
        return flaw(quoted(name) + " is stored, in " + std::to_string(packed) + " bytes of its " +
                    std::to_string(size));
    if (size / best_ratio > packed)
        return flaw(quoted(name) + " claims " + std::to_string(size) + " bytes, which its " + std::to_string(packed) +
                    " compressed bytes cannot hold");
    extent.begin = offset;
    extent.end = start + packed;
    return ZipMember{std::string(name), file.substr(start, packed), size, static_cast<uint32_t>(number<4>(entry, 16)),
                     method == Z_DEFLATED};
}

}  // namespace

bool is_zip(std::string_view file) noexcept { return file.starts_with(local_magic) || file.starts_with(end_magic); }

Fallible<std::vector<ZipMember>> zip_members(std::string_view file) {
    const auto found = find_directory(file);
    if (!found) return tl::unexpected<Flaw>(found.error());
    std::string_view rest = file.substr(found->offset, found->size);
    std::vector<ZipMember> members;
    std::vector<Extent> extents;
    std::set<std::string_view> names;  // views of the archive
    while (members.size() < found->count) {
        if (rest.size() < central_size || rest.substr(0, 4) != central_magic)
            return flaw("its directory breaks off after " + std::to_string(members.size()) + " of " +
                        std::to_string(found->count) + " members");
        const uint64_t name_size = number<2>(rest, 28);
        const uint64_t extra_size = number<2>(rest, 30);
        const uint64_t whole = central_size + name_size + extra_size + number<2>(rest, 32);
        if (whole > rest.size()) return flaw("its directory breaks off inside an entry");
        const std::string_view name = rest.substr(central_size, name_size);
        if (!is_utf8(name))
            return flaw("the name of its member " + std::to_string(members.size()) + " is not valid UTF-8");
        if (!names.insert(name).second) return flaw("it has two members `" + std::string(name) + "`");
        Extent extent{0, 0, members.size()};
        auto member =
            read_entry(file, rest.substr(0, central_size + name_size + extra_size), name, found->offset, extent);
        if (!member) return tl::unexpected<Flaw>(std::move(member.error()));
        members.push_back(std::move(*member));
        extents.push_back(extent);
        rest.remove_prefix(whole);
    }
    // Shared bytes are how small archives unpack to petabytes.
    std::sort(extents.begin(), extents.end(), [](const Extent& a, const Extent& b) { return a.begin < b.begin; });
    for (size_t j = 1; j < extents.size(); ++j)
        if (extents[j].begin < extents[j - 1].end)
            return flaw("its members `" + members[extents[j - 1].member].name + "` and `" +
                        members[extents[j].member].name + "` overlap");
    return members;
}

struct ZipStream::Inflater {
    z_stream stream{};
    std::string_view rest;  // input not yet given to zlib
    bool ended = false;

    explicit Inflater(std::string_view bytes) : rest(bytes) {
        DAL_CHECK(inflateInit2(&stream, -MAX_WBITS) == Z_OK, "zlib cannot start");
    }
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;
    ~Inflater() { inflateEnd(&stream); }

    /// Up to `count` bytes; how many there were before the stream ended or broke off.
    Fallible<size_t> read(std::byte* to, size_t count) {
        size_t made = 0;
        while (made < count && !ended) {
            constexpr size_t most = std::numeric_limits<uInt>::max();
            if (stream.avail_in == 0 && !rest.empty()) {
                const size_t n = std::min(most, rest.size());
                stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(rest.data()));  // zlib only reads it
                stream.avail_in = static_cast<uInt>(n);
                rest.remove_prefix(n);
            }
            const size_t room = std::min(most, count - made);
            stream.next_out = reinterpret_cast<Bytef*>(to + made);
            stream.avail_out = static_cast<uInt>(room);
            const int status = inflate(&stream, Z_NO_FLUSH);
            made += room - stream.avail_out;
            if (status == Z_STREAM_END)
                ended = true;
            else if (status == Z_BUF_ERROR && stream.avail_in == 0 && rest.empty())
                return made;  // the input broke off
            else if (status != Z_OK)
                return flaw("its compressed data is damaged");
        }
        return made;
    }
};

ZipStream::ZipStream(const ZipMember& member)
    : member_(&member), inflater_(member.deflated ? std::make_unique<Inflater>(member.bytes) : nullptr) {}
ZipStream::ZipStream(ZipStream&&) noexcept = default;
ZipStream::~ZipStream() = default;

Fallible<void> ZipStream::read(std::byte* to, size_t count) {
    size_t made = std::min<size_t>(count, member_->size - done_);
    if (inflater_) {
        const auto inflated = inflater_->read(to, made);
        if (!inflated) return tl::unexpected<Flaw>(inflated.error());
        made = *inflated;
    } else if (made > 0) {
        std::memcpy(to, member_->bytes.data() + done_, made);
    }
    if (made > 0) crc_ = static_cast<uint32_t>(crc32_z(crc_, reinterpret_cast<const Bytef*>(to), made));
    done_ += made;
    if (made < count)
        return flaw("it ends after " + std::to_string(done_) + " bytes, where " + std::to_string(count - made) +
                    " more are needed");
    return {};
}

Fallible<void> ZipStream::finish() {
    if (done_ != member_->size)
        return flaw("it has " + std::to_string(member_->size - done_) + " bytes after its data");
    if (inflater_) {
        std::byte extra{};
        const auto more = inflater_->read(&extra, 1);
        if (!more) return tl::unexpected<Flaw>(more.error());
        if (*more != 0) return flaw("it unpacks to more than the " + std::to_string(done_) + " bytes it claims");
        if (!inflater_->ended) return flaw("its compressed data breaks off");
    }
    if (crc_ != member_->crc) return flaw("its checksum is wrong: the data is damaged");
    return {};
}

uint32_t zip_crc(uint32_t crc, std::string_view bytes) noexcept {
    return static_cast<uint32_t>(crc32_z(crc, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

std::string zip_head(const ZipMember& member, uint64_t stored, uint64_t offset, std::string& directory) {
    const bool wide = member.size >= see_zip64 || stored >= see_zip64 || offset >= see_zip64;
    const auto common = [&](std::string& to, size_t extra) {
        put<2>(to, wide ? 45 : 20);  // version needed
        put<2>(to, 0x800);           // names are UTF-8
        put<2>(to, member.deflated ? Z_DEFLATED : 0);
        put<4>(to, 0x00210000);  // 1980-01-01: no clock, so that equal data gives equal files
        put<4>(to, member.crc);
        put<4>(to, wide ? see_zip64 : stored);
        put<4>(to, wide ? see_zip64 : member.size);
        put<2>(to, member.name.size());
        put<2>(to, extra);
    };
    const size_t local_extra = wide ? 20 : 0;
    std::string local(local_magic);
    common(local, local_extra);
    local += member.name;
    const auto sizes = [&](std::string& to, size_t extra) {
        put<2>(to, zip64_extra);
        put<2>(to, extra - 4);
        put<8>(to, member.size);
        put<8>(to, stored);
    };
    if (wide) sizes(local, local_extra);

    const size_t central_extra = wide ? 28 : 0;
    directory += central_magic;
    put<2>(directory, 45);  // made by
    common(directory, central_extra);
    put<2>(directory, 0);  // comment
    put<2>(directory, 0);  // disk
    put<2>(directory, 0);  // internal attributes
    put<4>(directory, 0);  // external attributes
    put<4>(directory, wide ? see_zip64 : offset);
    directory += member.name;
    if (wide) {
        sizes(directory, central_extra);
        put<8>(directory, offset);
    }
    return local;
}

std::string zip_end(std::string directory, uint64_t count, uint64_t offset) {
    const uint64_t size = directory.size();
    const bool wide = offset >= see_zip64 || count >= 0xFFFF;
    std::string out = std::move(directory);
    if (wide) {
        out += end64_magic;
        put<8>(out, end64_size - 12);
        put<2>(out, 45);
        put<2>(out, 45);
        put<4>(out, 0);
        put<4>(out, 0);
        put<8>(out, count);
        put<8>(out, count);
        put<8>(out, size);
        put<8>(out, offset);
        out += locator64_magic;
        put<4>(out, 0);
        put<8>(out, offset + size);
        put<4>(out, 1);
    }
    out += end_magic;
    put<4>(out, 0);  // this disk, disk of the directory
    put<2>(out, wide ? 0xFFFF : count);
    put<2>(out, wide ? 0xFFFF : count);
    put<4>(out, wide ? see_zip64 : size);
    put<4>(out, wide ? see_zip64 : offset);
    put<2>(out, 0);
    return out;
}

void ZipWriter::add(std::string_view name, std::string_view bytes) {
    add_as_it_is({std::string(name), bytes, bytes.size(), zip_crc(0, bytes), false});
}

void ZipWriter::add_as_it_is(const ZipMember& member) {
    out_ += zip_head(member, member.bytes.size(), out_.size(), directory_);
    out_ += member.bytes;
    ++count_;
}

std::string ZipWriter::finish() {
    out_ += zip_end(std::exchange(directory_, {}), std::exchange(count_, 0), out_.size());
    return std::move(out_);
}

}  // namespace dal
