// `use`: another file of the language, as a module.
#include "dal/sema/names/modules.hpp"

#include <algorithm>
#include <utility>

#include "dal/sema/declarations.hpp"
#include "dal/support/codes/limit_codes.hpp"
#include "dal/support/codes/program_codes.hpp"
#include "dal/support/file.hpp"
#include "dal/syntax/parse.hpp"

namespace dal::sema {
namespace {

constexpr size_t max_module_depth = 32;

bool is_file(const std::filesystem::path& path) {
    std::error_code ignored;
    return std::filesystem::is_regular_file(path, ignored);
}

}  // namespace

Value Declarations::use(const ast::Name& name, const Module& from) {
    Modules& modules = e_.modules();
    std::filesystem::path path = from.directory / (name.text + ".da");
    for (const auto& directory : e_.options().module_directories) {
        if (is_file(path)) break;
        path = directory / (name.text + ".da");
    }
    if (!is_file(path)) {
        Diagnostic d = error(code::module_not_found, name.span, "there is no module `" + name.text + "`");
        d.rules.push_back("`" + name.text + ".da` is looked for beside this file, then in the standard library");
        return e_.report(std::move(d));
    }
    if (!e_.files().may_read(e_, path, from, name)) return Poison{};
    if (from.reads_anywhere) e_.files().allow(path.parent_path());
    const std::filesystem::path key = key_of(path);
    if (const auto known = modules.used.find(key); known != modules.used.end()) return known->second.get();
    for (const auto& [loading, place] : modules.loading) {
        if (loading != key) continue;
        Diagnostic d = error(code::module_cycle, name.span, "`" + name.text + "` is being read when it is used here")
                           .with_rule("modules cannot use each other");
        for (size_t j = modules.loading.size(); j-- > 0 && modules.loading[j].first != key;)
            d.secondary.push_back({modules.loading[j].second, "used here"});
        return e_.report(std::move(d));
    }
    if (modules.loading.size() >= max_module_depth)
        return e_.report(error(code::program_too_large, name.span,
                               "modules use each other " + std::to_string(modules.loading.size()) + " deep"));
    const auto replaced = e_.options().replaced.find(key);
    auto text = read_program(replaced == e_.options().replaced.end() ? path : replaced->second, name.span);
    if (!text) return e_.report(std::move(text.error()));
    if (e_.written()) e_.written()->file(path);
    const FileId file = e_.reports().sources().add(path.lexically_normal().string(), std::move(*text));
    const auto& libraries = e_.options().module_directories;
    const bool is_library = std::find(libraries.begin(), libraries.end(), path.parent_path()) != libraries.end();
    if (is_library) e_.reports().add_library(file);
    auto parsed = is_library && modules.mentioned
                      ? parse(only_mentioned(e_.reports().sources().file(file).text(), *modules.mentioned), file)
                      : parse(e_.reports().sources(), file);
    const bool broken = !parsed.diagnostics.empty();
    e_.report(std::move(parsed.diagnostics));
    auto module = std::make_unique<Module>();
    module->name = name.text;
    module->directory = path.parent_path();
    module->ast = std::make_shared<const Ast>(std::move(parsed.ast));
    modules.loading.emplace_back(key, name.span);
    auto places = std::exchange(e_.places(), {});  // a module is the same wherever it is used
    all(*module);
    e_.places() = std::move(places);
    modules.loading.pop_back();
    const Module* result = (modules.used[key] = std::move(module)).get();
    if (broken && result->names.empty()) return Poison{};
    return result;
}

}  // namespace dal::sema
