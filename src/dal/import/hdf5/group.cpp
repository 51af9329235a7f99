// What groups contain: symbol tables (a tree of nodes, with names in a heap) and messages that are links.
#include <algorithm>
#include <set>

#include "dal/import/hdf5/object.hpp"

namespace dal::importer::hdf5 {
namespace {

/// The names of a symbol table. None overlaps another.
class Names {
  public:
    static Found<Names> at(File& file, uint64_t address) {
        constexpr std::string_view what = "the heap of a group's names";
        auto head = file.structure(address, 8 + 2 * file.length_size() + file.offset_size(), what);
        if (!head) return wrong(std::move(head.error()));
        Cursor cursor(*head);
        if (cursor.take(4) != "HEAP" || cursor.number(1) != 0) return wrong(std::string(what) + " is not there");
        cursor.skip(3);
        const uint64_t size = file.length(cursor);
        file.length(cursor);  // where free space starts
        auto bytes = file.structure(file.offset(cursor), size, what);
        if (!bytes) return wrong(std::move(bytes.error()));
        Names names;
        names.bytes_ = *bytes;
        return names;
    }

    Found<std::string> name(uint64_t offset) {
        const size_t end = offset < bytes_.size() ? bytes_.find('\0', offset) : std::string_view::npos;
        if (end == std::string_view::npos) return wrong("a name lies past the end of its heap");
        used_ += end - offset;
        if (used_ > bytes_.size()) return wrong("names share bytes");
        return std::string(bytes_.substr(offset, end - offset));
    }

  private:
    std::string_view bytes_;
    uint64_t used_ = 0;
};

Found<void> read_symbols(File& file, uint64_t address, Names& names, std::vector<Link>& links) {
    constexpr std::string_view what = "a list of a group's objects";
    constexpr uint64_t soft = 2;
    auto head = file.structure(address, 8, what);
    if (!head) return wrong(std::move(head.error()));
    Cursor cursor(*head);
    if (cursor.take(4) != "SNOD" || cursor.number(1) != 1) return wrong(std::string(what) + " is not there");
    cursor.skip(1);
    const uint64_t count = cursor.number(2);
    auto entries = file.structure(address + 8, count * (2 * file.offset_size() + 24), what);
    if (!entries) return wrong(std::move(entries.error()));
    Cursor entry(*entries);
    for (uint64_t at = 0; at < count; ++at) {
        auto name = names.name(file.offset(entry));
        if (!name) return wrong(std::move(name.error()));
        const uint64_t object = file.offset(entry);
        const bool is_soft = entry.number(4) == soft;
        entry.skip(20);
        if (is_soft) return wrong("`" + *name + "` is a soft link; these are not read");
        links.push_back({std::move(*name), object});
    }
    return {};
}

struct Node {
    uint64_t address;
    int level;  ///< that it is to have; -1: any, as the first
};

Found<void> read_node(File& file, Node node, Names& names, std::vector<Node>& open, std::vector<Link>& links) {
    constexpr std::string_view what = "a tree of a group's objects";
    const size_t head_size = 8 + 2 * file.offset_size();
    auto head = file.structure(node.address, head_size, what);
    if (!head) return wrong(std::move(head.error()));
    Cursor cursor(*head);
    if (cursor.take(4) != "TREE" || cursor.number(1) != 0) return wrong(std::string(what) + " is not there");
    const auto level = static_cast<int>(cursor.number(1));
    const uint64_t count = cursor.number(2);
    if (node.level >= 0 && level != node.level) return wrong(std::string(what) + " has a node of a wrong level");
    auto children = file.structure(node.address + head_size, count * (file.length_size() + file.offset_size()), what);
    if (!children) return wrong(std::move(children.error()));
    Cursor child(*children);
    std::vector<Node> below;
    for (uint64_t at = 0; at < count; ++at) {
        file.length(child);  // the first name below
        const uint64_t address = file.offset(child);
        if (level > 0) {
            below.push_back({address, level - 1});
        } else if (auto read = read_symbols(file, address, names, links); !read) {
            return read;
        }
    }
    open.insert(open.end(), below.rbegin(), below.rend());
    return {};
}

Found<void> read_symbol_table(File& file, std::string_view message, std::vector<Link>& links) {
    Cursor cursor(message);
    const uint64_t tree = file.offset(cursor);
    const uint64_t heap = file.offset(cursor);
    if (!cursor.ok()) return wrong("its symbol table is cut off");
    auto names = Names::at(file, heap);
    if (!names) return wrong(std::move(names.error()));
    std::vector<Node> open{{tree, -1}};
    while (!open.empty()) {
        const Node node = open.back();
        open.pop_back();
        if (auto read = read_node(file, node, *names, open, links); !read) return read;
    }
    return {};
}

Found<Link> read_link(const File& file, std::string_view message) {
    Cursor cursor(message);
    const uint64_t version = cursor.number(1);
    const uint64_t flags = cursor.number(1);
    if (version != 1) return wrong("has a link of an unknown version");
    const uint64_t type = (flags & 8) != 0 ? cursor.number(1) : 0;
    if ((flags & 4) != 0) cursor.skip(8);   // its place in time
    if ((flags & 16) != 0) cursor.skip(1);  // ASCII or UTF-8
    const uint64_t size = cursor.number(size_t{1} << (flags & 3));
    Link link{.name = std::string(cursor.take(size)), .address = 0};
    if (!cursor.ok()) return wrong("a link is cut off");
    if (type == 1) return wrong("`" + link.name + "` is a soft link; these are not read");
    if (type == 64) return wrong("`" + link.name + "` is a link to another file; these are not followed");
    if (type != 0) return wrong("`" + link.name + "` is a link of an unknown kind");
    link.address = file.offset(cursor);
    if (!cursor.ok()) return wrong("a link is cut off");
    return link;
}

/// Links in a heap of their own, as groups of many have them.
Found<void> check_link_info(const File& file, std::string_view message) {
    Cursor cursor(message);
    cursor.skip(1);
    const uint64_t flags = cursor.number(1);
    if ((flags & 1) != 0) cursor.skip(8);
    const uint64_t heap = file.offset(cursor);
    if (!cursor.ok()) return wrong("is a group whose links are cut off");
    if (!file.is_nowhere(heap))
        return wrong(
            "is a dense group, with its links in a fractal heap; these are not read (write the file with h5py's "
            "libver=\"earliest\", its default)");
    return {};
}

Found<void> check_names(const std::vector<Link>& links) {
    std::set<std::string_view> names;
    for (const Link& link : links) {
        if (link.name.empty() || link.name.find('/') != std::string::npos || link.name.find('\0') != std::string::npos)
            return wrong("contains the name `" + link.name + "`, which no object can have");
        if (!names.insert(link.name).second) return wrong("contains `" + link.name + "` twice");
    }
    return {};
}

}  // namespace

bool is_group(const Messages& messages) {
    return std::ranges::any_of(messages, [](const Message& message) {
        return message.type == MessageType::symbol_table || message.type == MessageType::link_info ||
               message.type == MessageType::link || message.type == MessageType::group_info;
    });
}

Found<std::vector<Link>> links(File& file, const Messages& messages) {
    std::vector<Link> links;
    for (const Message& message : messages) {
        Found<void> read;
        if (message.type == MessageType::symbol_table) read = read_symbol_table(file, message.body, links);
        if (message.type == MessageType::link_info) read = check_link_info(file, message.body);
        if (message.type == MessageType::link) {
            auto link = read_link(file, message.body);
            if (!link) return wrong(std::move(link.error()));
            links.push_back(std::move(*link));
        }
        if (!read) return wrong(std::move(read.error()));
    }
    if (auto names = check_names(links); !names) return wrong(std::move(names.error()));
    return links;
}

}  // namespace dal::importer::hdf5
