// Object headers of both versions.
#include "dal/import/hdf5/object.hpp"

namespace dal::importer::hdf5 {
namespace {

constexpr std::string_view what = "the header of an object";

struct Block {
    uint64_t address;
    uint64_t size;
};

/// Messages of one block of a header, and the blocks that they name.
struct Reading {
    File& file;
    Messages messages{};
    std::vector<Block> blocks{};

    /// Keeps a message, or goes on where it says.
    Found<void> add(uint64_t type, uint64_t flags, std::string_view body) {
        constexpr uint64_t is_shared = 2;
        constexpr uint64_t must_be_known = 0x80;
        if (type == 0) return {};
        if (type > static_cast<uint64_t>(MessageType::attribute_info) + 1 && (flags & must_be_known) != 0)
            return wrong("has a message of the unknown kind " + std::to_string(type));
        const auto known = static_cast<MessageType>(type);
        if (known != MessageType::continuation) {
            messages.push_back({known, (flags & is_shared) != 0, body});
            return {};
        }
        Cursor cursor(body);
        const uint64_t address = file.offset(cursor);
        const uint64_t size = file.length(cursor);
        if (!cursor.ok()) return wrong("a continuation of its header is cut off");
        blocks.push_back({address, size});
        return {};
    }
};

Found<void> read_old_block(Reading& reading, std::string_view block) {
    Cursor cursor(block);
    while (cursor.left() >= 8) {
        const uint64_t type = cursor.number(2);
        const uint64_t size = cursor.number(2);
        const uint64_t flags = cursor.number(1);
        cursor.skip(3);
        const std::string_view body = cursor.take(size);
        if (!cursor.ok()) return wrong("a message of its header is cut off");
        if (auto added = reading.add(type, flags, body); !added) return added;
    }
    return {};
}

Found<void> read_new_block(Reading& reading, std::string_view block, bool has_order) {
    const size_t head = has_order ? 6 : 4;
    Cursor cursor(block);
    while (cursor.left() >= head) {
        const uint64_t type = cursor.number(1);
        const uint64_t size = cursor.number(2);
        const uint64_t flags = cursor.number(1);
        if (has_order) cursor.skip(2);
        const std::string_view body = cursor.take(size);
        if (!cursor.ok()) return wrong("a message of its header is cut off");
        if (auto added = reading.add(type, flags, body); !added) return added;
    }
    return {};
}

/// Blocks are read in the order in which they are named. None has bytes of another, which ends cycles.
template <class ReadBlock>
Found<Messages> read_blocks(Reading& reading, Block first, const ReadBlock& read_block) {
    reading.blocks.push_back(first);
    for (size_t at = 0; at < reading.blocks.size(); ++at) {
        const Block block = reading.blocks[at];
        auto bytes = reading.file.structure(block.address, block.size, what);
        if (!bytes) return wrong(std::move(bytes.error()));
        if (block.size == 0) return wrong("a continuation of its header is empty");
        if (auto read = read_block(*bytes, at == 0); !read) return wrong(std::move(read.error()));
    }
    return std::move(reading.messages);
}

Found<Messages> old_header(File& file, uint64_t address) {
    constexpr uint64_t head_size = 16;
    auto head = file.structure(address, head_size, what);
    if (!head) return wrong(std::move(head.error()));
    Cursor cursor(*head);
    cursor.skip(8);
    const uint64_t size = cursor.number(4);
    if (size == 0) return Messages{};
    Reading reading{file};
    return read_blocks(reading, {address + head_size, size},
                       [&](std::string_view block, bool) { return read_old_block(reading, block); });
}

Found<Messages> new_header(File& file, uint64_t address) {
    auto head = file.structure(address, 6, what);
    if (!head) return wrong(std::move(head.error()));
    Cursor cursor(*head);
    cursor.skip(4);
    const uint64_t version = cursor.number(1);
    const uint64_t flags = cursor.number(1);
    if (version != 2) return wrong("has a header of version " + std::to_string(version) + "; known are 1 and 2");
    const size_t sizes = size_t{1} << (flags & 3);
    const size_t times = (flags & 0x20) != 0 ? 16 : 0;
    const size_t limits = (flags & 0x10) != 0 ? 4 : 0;
    auto more = file.structure(address + head->size(), times + limits + sizes, what);
    if (!more) return wrong(std::move(more.error()));
    Cursor rest(*more);
    rest.skip(times + limits);
    const uint64_t size = rest.number(sizes);
    if (size == 0) return Messages{};
    Reading reading{file};
    const auto read_block = [&](std::string_view block, bool is_first) -> Found<void> {
        constexpr size_t around = 8;  // the name of a block, and its checksum
        if (!is_first) {
            if (block.size() < around || !block.starts_with("OCHK")) return wrong("a continuation is not there");
            block = block.substr(4, block.size() - around);
        }
        return read_new_block(reading, block, (flags & 4) != 0);
    };
    return read_blocks(reading, {address + head->size() + more->size(), size}, read_block);
}

}  // namespace

Found<Messages> object_header(File& file, uint64_t address) {
    if (file.is_nowhere(address)) return wrong("is nowhere");
    auto start = file.peek(address, 4);
    if (start == "OHDR") return new_header(file, address);
    if (start.empty() || start[0] != 1) return wrong("has no header of a known version");
    return old_header(file, address);
}

}  // namespace dal::importer::hdf5
