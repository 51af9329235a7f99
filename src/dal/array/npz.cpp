#include "dal/array/npz.hpp"

#include "dal/array/npy_reader.hpp"
#include "dal/support/check.hpp"
#include "dal/support/file.hpp"

namespace dal {
namespace {

Fallible<std::map<std::string, ZipMember>> arrays_of(std::string_view file) {
    auto list = zip_members(file);
    if (!list) return tl::unexpected<Flaw>(std::move(list.error()));
    constexpr std::string_view suffix = ".npy";
    std::map<std::string, ZipMember> arrays;
    for (ZipMember& member : *list) {
        if (!member.name.ends_with(suffix) || member.name.size() == suffix.size())
            return flaw("member `" + member.name + "` is not an array", "each member of an .npz is named `NAME.npy`");
        std::string name = member.name.substr(0, member.name.size() - suffix.size());
        arrays.emplace(std::move(name), std::move(member));
    }
    return arrays;
}

/// Gives `use(reader, stream)` a reader that has read the member's header.
template <class Use>
auto with_reader(const ZipMember& member, const Use& use) -> std::invoke_result_t<Use, const NpyReader&, ZipStream&> {
    const auto in_member = [&](Flaw inner) {
        inner.fact = "member `" + member.name + "`: " + inner.fact;
        return tl::unexpected<Flaw>(std::move(inner));
    };
    ZipStream stream(member);
    const ByteSource source = [&](std::byte* to, size_t count) { return stream.read(to, count); };
    auto reader = NpyReader::open(source, member.size);
    if (!reader) return in_member(std::move(reader.error()));
    auto result = use(*reader, stream);
    if (!result) return in_member(std::move(result.error()));
    return result;
}

}  // namespace

Result<NpzFile> NpzFile::open(const std::filesystem::path& path, const Span& origin) {
    auto bytes = read_file(path, origin);
    if (!bytes) return failure(std::move(bytes.error()));
    return of(path, std::move(*bytes), origin);
}

Result<NpzFile> NpzFile::of(const std::filesystem::path& path, std::string bytes, const Span& origin) {
    NpzFile file;
    file.path_ = path;
    file.bytes_ = std::make_shared<const std::string>(std::move(bytes));
    auto members = read_about(path, origin, [&] { return arrays_of(*file.bytes_); });
    if (!members) return failure(std::move(members.error()));
    file.members_ = std::move(*members);
    return file;
}

Result<NpzFile::Info> NpzFile::info(const std::string& name, const Span& origin) const {
    const auto member = members_.find(name);
    DAL_CHECK(member != members_.end(), name);
    return read_about(path_, origin, [&] {
        return with_reader(member->second, [](const NpyReader& reader, ZipStream&) -> Fallible<Info> {
            return Info{reader.header().shape, reader.header().type};
        });
    });
}

Result<Array> NpzFile::read(const std::string& name, const ReadLimit& limit, const Span& origin,
                            const UnsaidType& unsaid) const {
    const auto member = members_.find(name);
    DAL_CHECK(member != members_.end(), name);
    return read_about(path_, origin, [&] {
        return with_reader(member->second, [&](const NpyReader& reader, ZipStream& stream) -> Fallible<Array> {
            auto array = reader.read(limit, unsaid);
            if (!array) return array;
            if (auto end = stream.finish(); !end) return tl::unexpected<Flaw>(std::move(end.error()));
            return array;
        });
    });
}

}  // namespace dal
