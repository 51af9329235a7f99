#include "dal/import/hdf5.hpp"

#include <unordered_set>

#include "dal/import/hdf5/object.hpp"
#include "dal/import/problem.hpp"

namespace dal::importer {
namespace {

using hdf5::Found;
using hdf5::wrong;

constexpr size_t most_objects = 1'000'000;
constexpr size_t most_levels = 64;

/// Goes through the groups without recursion. No object has two names, so there are no cycles.
class Walk {
  public:
    explicit Walk(hdf5::File& file) : file_(file) {}

    Found<Hdf5Group> all() {
        Hdf5Group root;
        if (auto read = enter(root, file_.root()); !read) return wrong(std::move(read.error()));
        while (!open_.empty()) {
            Level& level = open_.back();
            if (level.next == level.links.size()) {
                open_.pop_back();
                continue;
            }
            const hdf5::Link& link = level.links[level.next++];
            if (auto read = enter_linked(*level.group, link); !read) return wrong(std::move(read.error()));
        }
        return root;
    }

    /// Of what was read last: "/layers/dense".
    [[nodiscard]] std::string path() const {
        std::string path;
        for (const Level& level : open_)
            if (level.next > 0) path += "/" + level.links[level.next - 1].name;
        return path.empty() ? "/" : path;
    }

  private:
    struct Level {
        Hdf5Group* group;
        std::vector<hdf5::Link> links;
        size_t next = 0;
    };

    Found<hdf5::Messages> header(uint64_t address) {
        if (!seen_.insert(address).second) return wrong("has two names, or contains itself");
        if (seen_.size() > most_objects) return wrong("is one object too many: at most are 10^6");
        return hdf5::object_header(file_, address);
    }

    Found<void> enter(Hdf5Group& group, uint64_t address) {
        auto messages = header(address);
        if (!messages) return wrong(std::move(messages.error()));
        if (!hdf5::is_group(*messages)) return wrong("is no group");
        return open(group, *messages);
    }

    Found<void> enter_linked(Hdf5Group& parent, const hdf5::Link& link) {
        auto messages = header(link.address);
        if (!messages) return wrong(std::move(messages.error()));
        if (hdf5::is_group(*messages)) return open(parent.groups[link.name], *messages);
        auto dataset = hdf5::dataset(file_, *messages);
        if (!dataset) return wrong(std::move(dataset.error()));
        parent.datasets.emplace(link.name, std::move(*dataset));
        return {};
    }

    Found<void> open(Hdf5Group& group, const hdf5::Messages& messages) {
        if (open_.size() >= most_levels) return wrong("lies in more than 64 groups");
        auto attributes = hdf5::attributes(file_, messages);
        if (!attributes) return wrong(std::move(attributes.error()));
        group.attributes = std::move(*attributes);
        auto links = hdf5::links(file_, messages);
        if (!links) return wrong(std::move(links.error()));
        open_.push_back({&group, std::move(*links)});
        return {};
    }

    hdf5::File& file_;
    std::vector<Level> open_;
    std::unordered_set<uint64_t> seen_;
};

/// The group that contains what a path names, and the last name; null where a group is not there.
std::pair<const Hdf5Group*, std::string_view> follow(const Hdf5Group& from, std::string_view path) {
    const Hdf5Group* group = &from;
    for (;;) {
        const size_t slash = path.find('/');
        if (slash == std::string_view::npos) return {group, path};
        const auto below = group->groups.find(std::string(path.substr(0, slash)));
        if (below == group->groups.end()) return {nullptr, path};
        group = &below->second;
        path.remove_prefix(slash + 1);
    }
}

}  // namespace

std::optional<std::string_view> Hdf5Value::string() const {
    const auto* strings = std::get_if<std::vector<std::string>>(&content);
    if (strings == nullptr || strings->size() != 1) return std::nullopt;
    return strings->front();
}

const Hdf5Group* Hdf5Group::group(std::string_view path) const {
    const auto [parent, name] = follow(*this, path);
    if (parent == nullptr) return nullptr;
    if (name.empty()) return parent;
    const auto found = parent->groups.find(std::string(name));
    return found == parent->groups.end() ? nullptr : &found->second;
}

const Hdf5Value* Hdf5Group::dataset(std::string_view path) const {
    const auto [parent, name] = follow(*this, path);
    if (parent == nullptr) return nullptr;
    const auto found = parent->datasets.find(std::string(name));
    return found == parent->datasets.end() ? nullptr : &found->second;
}

bool is_hdf5(std::string_view bytes) noexcept { return hdf5::has_signature(bytes); }

Result<Hdf5Group> read_hdf5(std::string_view bytes, std::string_view file, std::string_view where) {
    const std::string prefix = where.empty() ? "" : std::string(where) + ": ";
    auto opened = hdf5::File::open(bytes);
    if (!opened) return failure(bad_model_file(file, where, opened.error()));
    Walk walk(*opened);
    auto root = walk.all();
    if (!root) return failure(bad_model_file(file, prefix + "`" + walk.path() + "`", root.error()));
    return std::move(*root);
}

}  // namespace dal::importer
