// Small HDF5 files in memory, in both forms of the format: as h5py writes them by default (superblock 0, symbol tables)
// and the newer one (superblock 2, links as messages). One group in the root, one array of float32 in that, one text
// attribute.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace dal::test {

constexpr uint64_t nowhere = ~uint64_t{0};

/// `count` bytes of a number, little endian.
inline std::string number(uint64_t value, size_t count) {
    std::string bytes;
    for (size_t at = 0; at < count; ++at) bytes += static_cast<char>(at < 8 ? value >> 8 * at & 255 : 0);
    return bytes;
}

inline std::string padded(std::string bytes) {
    bytes.resize((bytes.size() + 7) / 8 * 8);
    return bytes;
}

inline std::string float32_type() {
    return number(0x11, 1) + number(0x1F20, 3) + number(4, 4) + number(0, 2) + number(32, 2) + number(23, 1) +
           number(8, 1) + number(0, 1) + number(23, 1) + number(127, 4);
}
inline std::string text_type(size_t size) { return number(0x13, 4) + number(size, 4); }

inline std::string simple_space(const std::vector<uint64_t>& shape) {
    std::string bytes = number(1, 1) + number(shape.size(), 1) + number(0, 6);
    for (const uint64_t extent : shape) bytes += number(extent, 8);
    return bytes;
}

inline std::string old_message(uint64_t type, const std::string& body, uint64_t flags = 0) {
    const std::string data = padded(body);
    return number(type, 2) + number(data.size(), 2) + number(flags, 1) + number(0, 3) + data;
}
inline std::string old_header(const std::vector<std::string>& messages) {
    std::string body;
    for (const std::string& message : messages) body += message;
    return number(1, 2) + number(messages.size(), 2) + number(1, 4) + number(body.size(), 4) + number(0, 4) + body;
}

inline std::string text_attribute(const std::string& name, const std::string& text) {
    const std::string named = name + std::string(1, '\0');
    return number(1, 2) + number(named.size(), 2) + number(8, 2) + number(8, 2) + padded(named) +
           text_type(text.size()) + simple_space({}) + text;
}

struct OldFile {
    std::string bytes = std::string(96, '\0');

    uint64_t append(const std::string& data) {
        const uint64_t at = bytes.size();
        bytes += padded(data);
        return at;
    }

    /// An array at the address of its header. `layout`: what stands there instead of its own.
    uint64_t dataset(const std::vector<uint64_t>& shape, const std::vector<float>& values,
                     const std::string& layout = {}) {
        std::string data(values.size() * 4, '\0');
        if (!values.empty()) std::memcpy(data.data(), values.data(), data.size());
        const uint64_t at = append(data);
        const std::string own = number(3, 1) + number(1, 1) + number(at, 8) + number(data.size(), 8);
        return append(old_header({old_message(1, simple_space(shape)), old_message(3, float32_type()),
                                  old_message(8, layout.empty() ? own : layout)}));
    }

    struct Member {
        std::string name;
        uint64_t address;
        uint64_t cache = 0;  ///< 2: a soft link
    };

    /// A group at the address of its header, with further messages in that.
    uint64_t group(const std::vector<Member>& members, std::vector<std::string> messages = {}) {
        std::string heap(8, '\0');
        std::string entries;
        for (const Member& member : members) {
            entries += number(heap.size(), 8) + number(member.address, 8) + number(member.cache, 8) + number(0, 16);
            heap += padded(member.name + std::string(1, '\0'));
        }
        const uint64_t segment = append(heap);
        const uint64_t heap_at =
            append("HEAP" + number(0, 4) + number(heap.size(), 8) + number(1, 8) + number(segment, 8));
        const uint64_t symbols = append("SNOD" + number(1, 2) + number(members.size(), 2) + entries);
        const uint64_t tree = append("TREE" + number(0, 2) + number(1, 2) + number(nowhere, 8) + number(nowhere, 8) +
                                     number(0, 8) + number(symbols, 8) + number(0, 8));
        messages.insert(messages.begin(), old_message(0x11, number(tree, 8) + number(heap_at, 8)));
        return append(old_header(messages));
    }

    std::string finish(uint64_t root) {
        const std::string start = "\x89HDF\r\n\x1a\n" + number(0, 5) + number(8, 1) + number(8, 1) + number(0, 1) +
                                  number(4, 2) + number(16, 2) + number(0, 4) + number(0, 8) + number(nowhere, 8) +
                                  number(bytes.size(), 8) + number(nowhere, 8) + number(0, 8) + number(root, 8);
        std::memcpy(bytes.data(), start.data(), start.size());
        return bytes;
    }
};

inline std::string old_hdf5() {
    OldFile file;
    const uint64_t kernel = file.dataset({2, 3}, {1, 2, 3, 4, 5, 6});
    const uint64_t dense = file.group({{"kernel:0", kernel}});
    return file.finish(file.group({{"dense", dense}}, {old_message(12, text_attribute("model_config", "{}"))}));
}

inline std::string new_message(uint64_t type, const std::string& body) {
    return number(type, 1) + number(body.size(), 2) + number(0, 1) + body;
}
inline std::string new_header(const std::vector<std::string>& messages) {
    std::string body;
    for (const std::string& message : messages) body += message;
    return "OHDR" + number(2, 1) + number(1, 1) + number(body.size(), 2) + body + number(0, 4);
}
inline std::string hard_link(const std::string& name, uint64_t address) {
    return number(1, 1) + number(0, 1) + number(name.size(), 1) + name + number(address, 8);
}
inline std::string link_info(uint64_t heap = nowhere) { return number(0, 2) + number(heap, 8) + number(nowhere, 8); }

/// `of_group`: messages of the group; by default links to the array, which has compact data.
inline std::string new_hdf5(const std::vector<std::string>& of_group = {}) {
    std::string bytes(48, '\0');
    const auto append = [&](const std::string& data) {
        const uint64_t at = bytes.size();
        bytes += padded(data);
        return at;
    };
    const std::vector<float> values{1, 2, 3, 4, 5, 6};
    std::string data(24, '\0');
    std::memcpy(data.data(), values.data(), data.size());
    const std::string space = number(2, 1) + number(2, 1) + number(0, 1) + number(1, 1) + number(2, 8) + number(3, 8);
    const uint64_t kernel = append(new_header({new_message(1, space), new_message(3, float32_type()),
                                               new_message(8, number(3, 1) + number(0, 1) + number(24, 2) + data)}));
    const uint64_t dense = append(new_header(
        of_group.empty() ? std::vector{new_message(2, link_info()), new_message(6, hard_link("kernel:0", kernel))}
                         : of_group));
    const std::string attribute = number(3, 1) + number(0, 1) + number(13, 2) + number(8, 2) + number(4, 2) +
                                  number(0, 1) + "model_config" + number(0, 1) + text_type(2) + number(2, 4) + "{}";
    const uint64_t root = append(new_header(
        {new_message(2, link_info()), new_message(6, hard_link("dense", dense)), new_message(12, attribute)}));
    const std::string start = "\x89HDF\r\n\x1a\n" + number(2, 1) + number(8, 1) + number(8, 1) + number(0, 1) +
                              number(0, 8) + number(nowhere, 8) + number(bytes.size(), 8) + number(root, 8);
    std::memcpy(bytes.data(), start.data(), start.size());
    return bytes;
}

}  // namespace dal::test
