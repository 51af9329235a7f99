#include "dal/import/hdf5/bytes.hpp"

#include <algorithm>

namespace dal::importer::hdf5 {
namespace {

constexpr std::string_view signature("\x89HDF\r\n\x1a\n", 8);

}  // namespace

tl::unexpected<std::string> wrong(std::string fact) { return tl::unexpected<std::string>(std::move(fact)); }

bool has_signature(std::string_view bytes) noexcept { return bytes.starts_with(signature); }

uint64_t Cursor::number(size_t count) {
    uint64_t value = 0;
    const std::string_view bytes = take(count);
    for (size_t at = bytes.size(); at-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[at]);
    return value;
}

std::string_view Cursor::take(size_t count) {
    if (count > left()) {
        ok_ = false;
        at_ = bytes_.size();
        return {};
    }
    const std::string_view taken = bytes_.substr(at_, count);
    at_ += count;
    return taken;
}

Found<void> File::read_sizes(Cursor& cursor) {
    offset_size_ = cursor.number(1);
    length_size_ = cursor.number(1);
    const auto is_size = [](size_t size) { return size == 2 || size == 4 || size == 8; };
    if (!is_size(offset_size_) || !is_size(length_size_))
        return wrong("addresses are to have 2, 4 or 8 bytes; these have " + std::to_string(offset_size_) + " and " +
                     std::to_string(length_size_));
    return {};
}

Found<File> File::open(std::string_view bytes) {
    if (!has_signature(bytes)) return wrong("does not start as an HDF5 file does");
    File file;
    file.bytes_ = bytes;
    Cursor cursor(bytes.substr(signature.size()));
    const uint64_t version = cursor.number(1);
    if (version > 3) return wrong("has a superblock of version " + std::to_string(version) + "; known are 0 to 3");
    const bool is_old = version < 2;
    if (is_old) cursor.skip(4);
    if (auto sizes = file.read_sizes(cursor); !sizes) return wrong(std::move(sizes.error()));
    cursor.skip(is_old ? 9 : 1);
    if (version == 1) cursor.skip(4);
    const uint64_t base = file.offset(cursor);
    cursor.skip(file.offset_size_);  // of free space, or of further properties
    const uint64_t end = file.offset(cursor);
    if (is_old) cursor.skip(2 * file.offset_size_);  // of a driver's block; and the name of the root, which is empty
    file.root_ = file.offset(cursor);
    if (!cursor.ok()) return wrong("ends within its superblock");
    if (base != 0) return wrong("its addresses count from byte " + std::to_string(base) + ", not from its start");
    if (end > bytes.size())
        return wrong("has " + std::to_string(bytes.size()) + " bytes of " + std::to_string(end) + ": it is cut off");
    return file;
}

bool File::is_nowhere(uint64_t address) const noexcept {
    return address == (offset_size_ == 8 ? ~uint64_t{0} : (uint64_t{1} << 8 * offset_size_) - 1);
}

std::string_view File::peek(uint64_t address, uint64_t size) const {
    return address < bytes_.size() ? bytes_.substr(address, size) : std::string_view();
}

Found<std::string_view> File::stretch(uint64_t address, uint64_t size, std::string_view what, uint64_t& used) const {
    if (address > bytes_.size() || size > bytes_.size() - address)
        return wrong(std::string(what) + " lies past the end of the file");
    if (size > bytes_.size() - used) return wrong(std::string(what) + " shares bytes with something else");
    used += size;
    return bytes_.substr(address, size);
}

Found<std::string_view> File::structure(uint64_t address, uint64_t size, std::string_view what) {
    return stretch(address, size, what, used_by_structures_);
}

Found<std::string_view> File::data(uint64_t address, uint64_t size) {
    return stretch(address, size, "its array", used_by_arrays_);
}

Found<std::vector<File::HeapObject>> File::collection(uint64_t address) {
    constexpr std::string_view what = "a heap of strings";
    auto head = structure(address, 8 + length_size_, what);
    if (!head) return wrong(std::move(head.error()));
    Cursor cursor(*head);
    if (cursor.take(4) != "GCOL" || cursor.number(1) != 1) return wrong("a heap of strings is not where it should be");
    cursor.skip(3);
    const uint64_t size = length(cursor);
    if (size < head->size()) return wrong("a heap of strings is smaller than its own head");
    auto body = structure(address + head->size(), size - head->size(), what);
    if (!body) return wrong(std::move(body.error()));
    std::vector<HeapObject> objects;
    Cursor items(*body);
    while (items.left() >= 8 + length_size_) {
        const uint64_t index = items.number(2);
        items.skip(6);
        const uint64_t bytes = length(items);
        if (index == 0) break;  // the rest is free
        objects.push_back({index, items.take(bytes)});
        if (!items.ok()) return wrong("a string lies past the end of its heap");
        if (items.left() > 0) items.skip(std::min<uint64_t>(items.left(), (8 - bytes % 8) % 8));
    }
    std::ranges::sort(objects, {}, &HeapObject::index);
    if (std::ranges::adjacent_find(objects, {}, &HeapObject::index) != objects.end())
        return wrong("a heap has two strings of one number");
    return objects;
}

Found<std::string_view> File::heap_object(uint64_t address, uint64_t index) {
    auto known = collections_.find(address);
    if (known == collections_.end()) {
        auto read = collection(address);
        if (!read) return wrong(std::move(read.error()));
        known = collections_.emplace(address, std::move(*read)).first;
    }
    const auto object = std::ranges::lower_bound(known->second, index, {}, &HeapObject::index);
    if (object == known->second.end() || object->index != index) return wrong("a string is not in its heap");
    used_by_strings_ += object->bytes.size();
    if (used_by_strings_ > bytes_.size()) return wrong("its strings share bytes");
    return object->bytes;
}

}  // namespace dal::importer::hdf5
