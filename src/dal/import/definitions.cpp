// Layers of classes that nobody knows, computed by functions of the user's.
#include <algorithm>
#include <cctype>
#include <filesystem>

#include "dal/import/problem.hpp"
#include "dal/import/program.hpp"
#include "dal/support/file.hpp"
#include "dal/support/resources.hpp"
#include "dal/syntax/parse.hpp"

namespace dal::importer {

Result<std::optional<std::string>> Program::defined(const std::string& layer_class, const std::vector<Value>& operands,
                                                    const std::map<std::string, Tensor>& arrays,
                                                    const std::map<std::string, std::string>& values,
                                                    std::string_view layer) {
    const auto found = std::ranges::find(options_->definitions, layer_class, &Definition::layer_class);
    if (found == options_->definitions.end()) return std::nullopt;
    const std::string option = "--define " + layer_class + "=" + found->module + "." + found->function;
    const std::string file = found->module + ".da";
    const bool is_name =
        std::ranges::all_of(found->module, [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
    if (!is_name) return failure(bad_import_option(option, "`" + found->module + "` is no name of a module"));
    std::error_code none;
    if (found->module == "net" || found->module == "w" ||
        std::filesystem::exists(resource_directory("stdlib") / file, none))
        return failure(bad_import_option(option, "`" + found->module + "` means something else in imported programs",
                                         "rename `" + file + "`"));
    auto text = read_program(file);
    if (!text) return failure(std::move(text.error()));
    SourceMap sources;
    const Parsed parsed = parse(sources, sources.add(file, std::move(*text)));
    if (!parsed.diagnostics.empty())
        return failure(bad_import_option(option, "`" + file + "` does not parse", "`dal check " + file + "`"));
    const ast::Fn* function = nullptr;
    for (const ast::Declaration& each : parsed.ast.declarations)
        if (const auto* fn = std::get_if<ast::Fn>(&each.kind); fn != nullptr && fn->name.text == found->function)
            function = fn;
    if (function == nullptr)
        return failure(bad_import_option(option, "`" + file + "` has no function `" + found->function + "`"));
    std::string call = found->module + "." + found->function + "(";
    std::string separator;
    for (size_t at = 0; at < function->parameters.size(); ++at) {
        const std::string& parameter = function->parameters[at].name.text;
        call += separator;
        separator = ", ";
        if (at < operands.size()) {
            call += operands[at].text;
        } else if (const auto array = arrays.find(parameter); array != arrays.end()) {
            call += parameter + ": " + this->array(std::string(layer) + "_" + parameter, array->second);
        } else if (const auto value = values.find(parameter); value != values.end()) {
            call += parameter + ": " + value->second;
        } else {
            std::string known;
            for (const auto& [name, unused] : arrays) known += (known.empty() ? "`" : ", `") + name + "`";
            for (const auto& [name, unused] : values) known += (known.empty() ? "`" : ", `") + name + "`";
            return failure(bad_import_option(
                option, "layer `" + std::string(layer) + "` has nothing called `" + parameter + "`",
                known.empty() ? "" : "after its operands, parameters are named after what it has: " + known));
        }
    }
    modules_.insert(found->module);
    if (std::ranges::find(user_modules_, file) == user_modules_.end()) user_modules_.push_back(file);
    decide(layer, "`" + layer_class + "` is computed by " + found->module + "." + found->function);
    return call + ")";
}

}  // namespace dal::importer
