#include "dal/sema/names/files.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "dal/array/npy.hpp"
#include "dal/sema/tensor_ops.hpp"
#include "dal/support/codes/file_codes.hpp"
#include "dal/support/file.hpp"

namespace dal::sema {
namespace {

/// Names of other files beside `path` that have its extension, in order.
std::vector<std::string> neighbours(const std::filesystem::path& path) {
    constexpr size_t most = 1000;
    const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
    std::vector<std::string> names;
    std::error_code error;
    for (auto at = std::filesystem::directory_iterator(folder, error);
         !error && at != std::filesystem::directory_iterator() && names.size() < most; at.increment(error))
        if (at->path().extension() == path.extension() && at->path().filename() != path.filename())
            names.push_back(at->path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

/// Says what else there is when `name`, which is `path`, could not be read.
Diagnostics with_neighbours(Diagnostics diagnostics, const std::string& name, const std::filesystem::path& path) {
    constexpr size_t few = 4;
    const std::vector<std::string> names = neighbours(path);
    const std::string folder = name.substr(0, name.size() - path.filename().string().size());
    std::string help;
    if (const std::string_view best = nearest(path.filename().string(), names); !best.empty())
        help = "did you mean `" + folder + std::string(best) + "`?";
    else if (names.size() <= few)
        for (const std::string& known : names) help += (help.empty() ? "there is `" : ", `") + folder + known + "`";
    for (Diagnostic& d : diagnostics) {
        if (d.code != code::cannot_read) continue;
        d.rules.emplace_back("paths are relative to the folder of the program's file");
        if (!help.empty()) d.help.push_back(help);
    }
    return diagnostics;
}

}  // namespace

std::filesystem::path key_of(const std::filesystem::path& path) {
    std::error_code ignored;  // a path that cannot be resolved is its own key, and fails when it is read
    const auto canonical = std::filesystem::weakly_canonical(path, ignored);
    return canonical.empty() ? path : canonical;
}

Value Files::load(TensorOps& e, const Placed& file, const std::filesystem::path& directory, const Span& span) {
    const auto* text = std::get_if<Text>(&file.value);
    if (!text) return e.wrong_kind(file, "a file name in quotes");
    const std::filesystem::path path = directory / text->text;
    const std::filesystem::path key = key_of(path);
    if (const auto known = arrays_.find(key); known != arrays_.end()) return known->second;
    Value& value = arrays_[key];
    const auto replaced = e.options().replaced.find(key);
    const std::filesystem::path& from = replaced == e.options().replaced.end() ? path : replaced->second;
    if (e.written()) e.written()->file(path);
    if (path.extension() == ".npz") {
        auto content = NpzFile::open(from, file.span);
        if (!content) return e.report(with_neighbours(std::move(content.error()), text->text, path));
        auto& archive = archives_[key] = std::make_unique<Archive>();
        archive->file = text->text;
        archive->path = path;
        archive->content = std::move(*content);
        return value = archive.get();
    }
    if (path.extension() == ".npy") {
        const auto array = read_npy(from, {.elements = e.options().max_elements}, file.span);
        if (!array) return e.report(with_neighbours(array.error(), text->text, path));
        value = e.array_value(*array, "`" + text->text + "`", span);
        if (const auto* constant = std::get_if<Constant>(&value); e.written() && constant)
            e.written()->array(*constant, path, "", span);
        return value;
    }
    return e.report(error(code::cannot_read, file.span, "`" + text->text + "` is neither .npy nor .npz")
                        .with_rule("`load` reads NumPy's .npy (an array) and .npz (an archive of arrays)"));
}

}  // namespace dal::sema
