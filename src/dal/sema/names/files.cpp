// What comes from other files: arrays, archives, modules.
#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "dal/array/npy.hpp"
#include "dal/sema/elaborator.hpp"
#include "dal/support/codes/constant_codes.hpp"
#include "dal/support/codes/file_codes.hpp"
#include "dal/support/codes/limit_codes.hpp"
#include "dal/support/codes/program_codes.hpp"
#include "dal/support/codes/size_codes.hpp"
#include "dal/support/file.hpp"
#include "dal/syntax/parse.hpp"

namespace dal::sema {
namespace {

constexpr size_t max_module_depth = 32;

std::filesystem::path key_of(const std::filesystem::path& path) {
    std::error_code ignored;  // a path that cannot be resolved is its own key, and fails when it is read
    const auto canonical = std::filesystem::weakly_canonical(path, ignored);
    return canonical.empty() ? path : canonical;
}

bool is_file(const std::filesystem::path& path) {
    std::error_code ignored;
    return std::filesystem::is_regular_file(path, ignored);
}

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

Value Elaborator::array_value(const Array& array, const std::string& what, const Span& span) {
    for (const int64_t extent : array.shape())
        if (extent == 0)
            return report(error(code::bad_extent, span, what + " has shape " + to_string(array.shape()))
                              .with_rule("extents are positive integers"));
    if (!check_size(array.shape(), span) || !charge(array.size(), span)) return Poison{};
    auto constant = from_array(array);
    if (constant) return std::move(*constant);
    const std::string position = index_text(array.shape(), first_non_number(array));
    return report(
        error(code::bad_constant, span, what + " is not a finite number" + (position.empty() ? "" : " at " + position))
            .with_rule("constants are finite numbers"));
}

Value Elaborator::load(const Placed& file, const Module& module, const Span& span) {
    const auto* text = std::get_if<Text>(&file.value);
    if (!text) return wrong_kind(file, "a file name in quotes");
    const std::filesystem::path path = module.directory / text->text;
    const std::filesystem::path key = key_of(path);
    if (const auto known = arrays_.find(key); known != arrays_.end()) return known->second;
    Value& value = arrays_[key];
    const auto replaced = options_.replaced.find(key);
    const std::filesystem::path& from = replaced == options_.replaced.end() ? path : replaced->second;
    if (written_) written_->file(path);
    if (path.extension() == ".npz") {
        auto content = NpzFile::open(from, file.span);
        if (!content) return report(with_neighbours(std::move(content.error()), text->text, path));
        auto& archive = archives_[key] = std::make_unique<Archive>();
        archive->file = text->text;
        archive->path = path;
        archive->content = std::move(*content);
        return value = archive.get();
    }
    if (path.extension() == ".npy") {
        const auto array = read_npy(from, {.elements = options_.max_elements}, file.span);
        if (!array) return report(with_neighbours(array.error(), text->text, path));
        value = array_value(*array, "`" + text->text + "`", span);
        if (const auto* constant = std::get_if<Constant>(&value); written_ && constant)
            written_->array(*constant, path, "", span);
        return value;
    }
    return report(error(code::cannot_read, file.span, "`" + text->text + "` is neither .npy nor .npz")
                      .with_rule("`load` reads NumPy's .npy (an array) and .npz (an archive of arrays)"));
}

Value Elaborator::use(const ast::Name& name, const Module& from) {
    std::filesystem::path path = from.directory / (name.text + ".da");
    for (const auto& directory : options_.module_directories) {
        if (is_file(path)) break;
        path = directory / (name.text + ".da");
    }
    if (!is_file(path)) {
        Diagnostic d = error(code::module_not_found, name.span, "there is no module `" + name.text + "`");
        d.rules.push_back("`" + name.text + ".da` is looked for beside this file, then in the standard library");
        return report(std::move(d));
    }
    const std::filesystem::path key = key_of(path);
    if (const auto known = modules_.find(key); known != modules_.end()) return known->second.get();
    for (const auto& [loading, place] : loading_) {
        if (loading != key) continue;
        Diagnostic d = error(code::module_cycle, name.span, "`" + name.text + "` is being read when it is used here")
                           .with_rule("modules cannot use each other");
        for (size_t j = loading_.size(); j-- > 0 && loading_[j].first != key;)
            d.secondary.push_back({loading_[j].second, "used here"});
        return report(std::move(d));
    }
    if (loading_.size() >= max_module_depth)
        return report(error(code::program_too_large, name.span,
                            "modules use each other " + std::to_string(loading_.size()) + " deep"));
    const auto replaced = options_.replaced.find(key);
    auto text = read_file(replaced == options_.replaced.end() ? path : replaced->second, name.span);
    if (!text) return report(std::move(text.error()));
    if (written_) written_->file(path);
    const FileId file = sources_.add(path.lexically_normal().string(), std::move(*text));
    const auto& libraries = options_.module_directories;
    if (std::find(libraries.begin(), libraries.end(), path.parent_path()) != libraries.end()) library_.insert(file);
    auto parsed = parse(sources_, file);
    const bool broken = !parsed.diagnostics.empty();
    report(std::move(parsed.diagnostics));
    auto module = std::make_unique<Module>();
    module->name = name.text;
    module->directory = path.parent_path();
    module->ast = std::make_shared<const Ast>(std::move(parsed.ast));
    loading_.emplace_back(key, name.span);
    auto places = std::exchange(places_, {});  // a module is the same wherever it is used
    declarations(*module);
    places_ = std::move(places);
    loading_.pop_back();
    const Module* result = (modules_[key] = std::move(module)).get();
    if (broken && result->names.empty()) return Poison{};
    return result;
}

}  // namespace dal::sema
