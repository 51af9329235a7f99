#include "dal/cmvm/cache/cache_files.hpp"

#include <algorithm>
#include <limits>
#include <vector>

#include "dal/cmvm/cache/bytes.hpp"
#include "dal/support/file.hpp"
#include "dal/support/hash.hpp"

namespace dal::cmvm {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view magic = "dal cmvm cache 4\n";  // a new number when anything about the format changes
constexpr std::string_view suffix = ".cmvm";
constexpr std::string_view temporary_prefix = ".dal.";  // of write_file
constexpr uintmax_t largest_file = uintmax_t{64} << 20;
constexpr uint64_t fnv_basis = 0xCBF29CE484222325U;

/// FNV-1a, with any start.
uint64_t hash_of(std::string_view bytes, uint64_t hash) {
    for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
    return hash;
}

std::string hex(uint64_t value) {
    std::string text(16, '0');
    for (auto it = text.rbegin(); it != text.rend(); ++it, value >>= 4) *it = "0123456789abcdef"[value & 15];
    return text;
}

}  // namespace

void put_graph(ByteWriter& bytes, const AdderGraph& graph) {
    bytes.put(graph.inputs);
    bytes.put(graph.adders.size());
    bytes.put(graph.outputs.size());
    for (const Adder& adder : graph.adders) {
        bytes.put(adder.a);
        bytes.put(adder.b);
        bytes.put_signed(adder.shift_a);
        bytes.put_signed(adder.shift_b);
        bytes.put((adder.subtract ? 1U : 0U) + (adder.merged ? 2U : 0U));
    }
    for (const OutputTap& tap : graph.outputs) {
        bytes.put(tap.node ? uint64_t{*tap.node} + 1 : 0);
        bytes.put_signed(tap.shift);
        bytes.put(tap.negate ? 1 : 0);
    }
}

bool Searched::covers(const Searched& asked) const {
    for (size_t effort = 0; effort < efforts; ++effort) {
        const int64_t least = asked.milliseconds[effort];
        const auto from = milliseconds.begin() + static_cast<std::ptrdiff_t>(effort);
        if (least >= 0 && *std::max_element(from, milliseconds.end()) < least) return false;
    }
    return true;
}

void Searched::join(const Searched& other) {
    for (size_t effort = 0; effort < efforts; ++effort)
        milliseconds[effort] = std::max(milliseconds[effort], other.milliseconds[effort]);
}

std::string encode_record(const std::string& key, const CacheRecord& record) {
    ByteWriter bytes;
    bytes.reserve(key.size() + 8 * record.graph.adders.size() + 64);
    bytes.put_text(key);
    for (const int64_t milliseconds : record.searched.milliseconds) bytes.put_signed(milliseconds);
    bytes.put_signed(record.moves);
    put_graph(bytes, record.graph);
    const std::string body = std::move(bytes).bytes();
    return std::string(magic) + body + hex(hash_of(body, fnv_basis));
}

std::optional<CacheRecord> decode_record(std::string_view bytes, const std::string& key) {
    if (bytes.size() < magic.size() + 16 || !bytes.starts_with(magic)) return std::nullopt;
    const std::string_view body = bytes.substr(magic.size(), bytes.size() - magic.size() - 16);
    if (bytes.substr(bytes.size() - 16) != hex(hash_of(body, fnv_basis))) return std::nullopt;
    ByteReader in(body);
    if (in.get_text() != key) return std::nullopt;
    constexpr int64_t most_shift = 1 << 24;
    const auto shift = [&] {
        const int64_t value = in.get_signed();
        return static_cast<int>(std::clamp(value, -most_shift, most_shift));
    };
    CacheRecord record;
    for (int64_t& milliseconds : record.searched.milliseconds)
        milliseconds = std::clamp<int64_t>(in.get_signed(), -1, Searched::longest);
    record.moves = std::max<int64_t>(0, in.get_signed());
    record.graph.inputs = in.get(std::numeric_limits<uint32_t>::max());
    const uint64_t adders = in.get();
    const uint64_t outputs = in.get();
    // What is reserved is no more than a multiple of what was read.
    if (adders > in.left() || outputs > in.left()) return std::nullopt;
    const uint64_t nodes = record.graph.inputs + adders;
    if (nodes > std::numeric_limits<uint32_t>::max()) return std::nullopt;
    record.graph.adders.resize(adders);
    for (Adder& adder : record.graph.adders) {
        adder.a = static_cast<uint32_t>(in.get(nodes));
        adder.b = static_cast<uint32_t>(in.get(nodes));
        adder.shift_a = shift();
        adder.shift_b = shift();
        const uint64_t flags = in.get(3);
        adder.subtract = (flags & 1) != 0;
        adder.merged = (flags & 2) != 0;
    }
    record.graph.outputs.resize(outputs);
    for (OutputTap& tap : record.graph.outputs) {
        if (const uint64_t node = in.get(nodes); node > 0) tap.node = static_cast<uint32_t>(node - 1);
        tap.shift = shift();
        tap.negate = in.get(1) != 0;
    }
    if (in.failed() || in.left() > 0) return std::nullopt;
    return record;
}

fs::path CacheFiles::path_of(const std::string& key) const {
    return directory_ / (hex(hash_of(key, fnv_basis)) + hex(hash_of(key, golden_ratio)) + std::string(suffix));
}

std::optional<CacheRecord> CacheFiles::read(const std::string& key) const {
    const fs::path path = path_of(key);
    std::error_code error;
    // Anything may lie there; a pipe would never end.
    if (!fs::is_regular_file(path, error) || fs::file_size(path, error) > largest_file || error) return std::nullopt;
    const auto bytes = read_file(path);
    if (!bytes) return std::nullopt;
    auto record = decode_record(*bytes, key);
    // So that it counts as used; if that fails it is only removed earlier.
    if (record) fs::last_write_time(path, fs::file_time_type::clock::now(), error);
    return record;
}

void CacheFiles::write(const std::string& key, const CacheRecord& record) {
    const std::string bytes = encode_record(key, record);
    if (bytes.size() > std::min<uint64_t>(largest_file, limit_ / 4)) return;
    std::error_code error;
    if (fs::create_directories(directory_, error)) {
        fs::permissions(directory_, fs::perms::owner_all, error);  // nobody else's business
    }
    const fs::path path = path_of(key);
    if (fs::exists(path, error) && !fs::is_regular_file(path, error)) return;  // writing to a pipe would wait
    const std::lock_guard lock(mutex_);
    if (!write_file(path, bytes)) return;
    if (bytes.size() <= until_trim_) {
        until_trim_ -= bytes.size();
        return;
    }
    trim();
    until_trim_ = limit_ / 16;
}

void CacheFiles::trim() const {
    struct File {
        fs::file_time_type time;
        uint64_t size;
        fs::path path;
    };
    // Other processes add and remove files meanwhile: whatever fails is skipped.
    std::error_code error;
    std::vector<File> files;
    uint64_t total = 0;
    const auto now = fs::file_time_type::clock::now();
    for (fs::directory_iterator it(directory_, error), end; !error && it != end; it.increment(error)) {
        std::error_code gone;
        const std::string name = it->path().filename().string();
        const auto time = it->last_write_time(gone);
        if (gone || !it->is_regular_file(gone)) continue;
        if (name.starts_with(temporary_prefix)) {
            if (now - time > std::chrono::hours(1)) fs::remove(it->path(), gone);  // its process died
            continue;
        }
        if (!name.ends_with(suffix)) continue;
        const uintmax_t size = it->file_size(gone);
        if (gone) continue;
        files.push_back({time, size, it->path()});
        total += size;
    }
    if (total <= limit_) return;
    std::ranges::sort(files, {}, &File::time);
    for (const File& file : files) {
        if (total <= limit_ / 10 * 9) break;
        std::error_code gone;
        fs::remove(file.path, gone);
        total -= file.size;
    }
}

}  // namespace dal::cmvm
