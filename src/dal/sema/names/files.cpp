#include "dal/sema/names/files.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "dal/array/npy.hpp"
#include "dal/sema/names/suggestion.hpp"
#include "dal/sema/tensor_ops.hpp"
#include "dal/support/codes/call_codes.hpp"
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
        for (const std::string& known : names)
            help.append(help.empty() ? "there is `" : ", `").append(folder).append(known).append("`");
    for (Diagnostic& d : diagnostics) {
        if (d.code != code::cannot_read) continue;
        d.rules.emplace_back("paths are relative to the folder of the program's file");
        if (!help.empty()) d.help.push_back(help);
    }
    return diagnostics;
}

/// The folder of a file after all links; as it is written if there are none.
std::filesystem::path folder_of(const std::filesystem::path& path) {
    const std::filesystem::path written = path.lexically_normal();
    std::error_code failed;
    const auto absolute = std::filesystem::absolute(written, failed);
    const auto resolved = std::filesystem::weakly_canonical(absolute, failed);
    const bool has_links = failed || resolved != absolute.lexically_normal();
    const std::filesystem::path folder = (has_links ? resolved : written).parent_path();
    return folder.empty() ? "." : folder;
}

}  // namespace

std::filesystem::path key_of(const std::filesystem::path& path) {
    std::error_code ignored;  // a path that cannot be resolved is its own key, and fails when it is read
    const auto canonical = std::filesystem::weakly_canonical(path, ignored);
    return canonical.empty() ? path : canonical;
}

UnsaidType element_type(TensorOps& e, const Placed& type) {
    const auto* text = std::get_if<Text>(&type.value);
    if (!text) {
        e.wrong_kind(type, "the name of a type in quotes");
        return std::nullopt;
    }
    const UnsaidType found = unsaid_type(text->text);
    if (found) return found;
    Diagnostic d = error(code::bad_arguments, type.span, "there is no element type `" + text->text + "`")
                       .with_rule("the types that files do not say are " + listed_names(unsaid_type_names()));
    if (std::string help = suggestion(text->text, unsaid_type_names()); !help.empty())
        d.help.push_back(std::move(help));
    e.report(std::move(d));
    return std::nullopt;
}

Result<Array> read_array(const std::filesystem::path& path, const ReadLimit& limit, const ast::Name& name,
                         const UnsaidType& unsaid) {
    auto array = read_npy(path, limit, name.span, unsaid);
    if (!array || !unsaid || array->type() == *unsaid) return array;
    return failure(error(code::bad_array_file, name.span,
                         "`" + name.text + "` has elements of " + std::string(to_string(array->type())) + ", not of " +
                             std::string(to_string(*unsaid)))
                       .with_rule("`type` says what elements are where the file does not"));
}

bool Files::may_read(TensorOps& e, const std::filesystem::path& path, const Module& from, const ast::Name& name) const {
    const auto inside = [&](const std::filesystem::path& folder) { return is_inside(path, folder); };
    const ElaborateOptions& options = e.options();
    if (from.reads_anywhere || std::any_of(folders_.begin(), folders_.end(), inside) ||
        std::any_of(options.module_directories.begin(), options.module_directories.end(), inside) ||
        std::any_of(options.allowed_folders.begin(), options.allowed_folders.end(), inside))
        return true;
    e.report(
        error(code::outside_folder, name.span, "`" + name.text + "` is outside of the program's folder")
            .with_rule("a program reads files below its own folder and in the library; links count where they lead")
            .with_help("allow the folder: `--allow " + folder_of(path).string() + "`"));
    return false;
}

ReadLimit Files::member_limit(int64_t most) const {
    return {.elements = std::min(most, most + archive_bytes_ * unpacked_elements_per_byte - unpacked_)};
}

Value Files::load(TensorOps& e, const Placed& file, const std::optional<Placed>& type, const Module& from_module,
                  const Span& span) {
    const auto* text = std::get_if<Text>(&file.value);
    if (!text) return e.wrong_kind(file, "a file name in quotes");
    UnsaidType unsaid;
    if (type) {
        unsaid = element_type(e, *type);
        if (!unsaid) return Poison{};
    }
    const std::filesystem::path path = from_module.directory / text->text;
    if (!may_read(e, path, from_module, {text->text, file.span})) return Poison{};
    const Key key{key_of(path), unsaid};
    if (const auto known = arrays_.find(key); known != arrays_.end()) return known->second;
    Value& value = arrays_[key];
    const auto replaced = e.options().replaced.find(key.first);
    const std::filesystem::path& from = replaced == e.options().replaced.end() ? path : replaced->second;
    if (e.written()) e.written()->file(path);
    if (path.extension() == ".npz") {
        auto content = NpzFile::open(from, file.span);
        if (!content) return e.report(with_neighbours(std::move(content.error()), text->text, path));
        auto& archive = archives_[key] = std::make_unique<Archive>();
        archive->file = text->text;
        archive->path = path;
        archive->content = std::move(*content);
        archive->unsaid = unsaid;
        archive_bytes_ += static_cast<int64_t>(archive->content.bytes());
        return value = Members{archive.get()};
    }
    if (path.extension() == ".npy") {
        const auto array = read_array(from, {.elements = e.options().max_elements}, {text->text, file.span}, unsaid);
        if (!array) return e.report(with_neighbours(array.error(), text->text, path));
        value = e.array_value(*array, "`" + text->text + "`", span);
        // Numbers of types that a file does not say are not written back.
        if (const auto* constant = std::get_if<Constant>(&value); e.written() && constant && !unsaid)
            e.written()->array(*constant, path, "", span);
        return value;
    }
    return e.report(error(code::cannot_read, file.span, "`" + text->text + "` is neither .npy nor .npz")
                        .with_rule("`load` reads NumPy's .npy (an array) and .npz (an archive of arrays)"));
}

}  // namespace dal::sema
