// Names: scopes, and what to say when there is no such name.
#include <algorithm>

#include "dal/sema/coverage.hpp"
#include "dal/sema/expressions/evaluator.hpp"
#include "dal/sema/names/foreign_names.hpp"
#include "dal/sema/names/suggestion.hpp"
#include "dal/support/codes/name_codes.hpp"

namespace dal::sema {
namespace {

/// What other languages call a name of this one: "float", "int8"; else empty.
std::string translated(const std::string& name) {
    if (name == "float" || name == "double" || name == "float32" || name == "float64")
        return "any number comes in as `real`, and is quantized before arithmetic";
    for (const std::string prefix : {"uint", "int"}) {
        const std::string bits = name.substr(std::min(prefix.size(), name.size()));
        const bool digits =
            !bits.empty() && bits.size() < 4 && bits.find_first_not_of("0123456789") == std::string::npos;
        if (name.compare(0, prefix.size(), prefix) == 0 && digits) return "write `" + prefix + "(" + bits + ")`";
    }
    return "";
}

bool is_module(const std::string& name, const std::vector<std::filesystem::path>& directories) {
    return std::any_of(directories.begin(), directories.end(), [&](const std::filesystem::path& directory) {
        std::error_code ignored;
        return std::filesystem::is_regular_file(directory / (name + ".da"), ignored);
    });
}

}  // namespace

const Value* Evaluator::find_declared(const std::string& name, const Scope& scope, Span* declared) {
    for (const Scope* at = &scope; at; at = at->outer)
        if (const auto found = at->names.find(name); found != at->names.end()) {
            if (declared) *declared = found->second.span;
            return &found->second.value;
        }
    if (const auto found = scope.module->names.find(name);
        found != scope.module->names.end() && found->second.index < scope.visible) {
        if (declared) *declared = found->second.span;
        return &found->second.value;
    }
    return nullptr;
}

const Value* Evaluator::find(const std::string& name, const Scope& scope) {
    const Value* value = find_declared(name, scope);
    return value ? value : find_builtin(name);
}

void Evaluator::record_use(const std::string& name, const Scope& scope) {
    for (const Scope* at = &scope; at; at = at->outer)
        if (at->names.contains(name)) return;
    const auto found = scope.module->names.find(name);
    if (found != scope.module->names.end() && found->second.index < scope.visible)
        coverage()->used(*scope.module->ast, found->second.index);
}

Value Evaluator::name(const std::string& name, const Span& span, const Scope& scope, std::string_view rule) {
    if (const Value* value = find(name, scope)) {
        if (coverage()) record_use(name, scope);
        // A test has a graph of its own: tensors of the program are none of it.
        if (in_test() && scope.module == modules_.main.get() && std::holds_alternative<Variable>(*value)) {
            const auto bound = modules_.main->names.find(name);
            if (bound != modules_.main->names.end() && &bound->second.value == value) return Dependent{name};
        }
        return *value;
    }
    if (const auto later = scope.module->declared.find(name); later != scope.module->declared.end()) {
        const bool itself = !reports().frames().empty() && reports().frames().back().function == name;
        const bool own =
            scope.module->names.find(name) == scope.module->names.end() && later->second.begin < span.begin;
        Diagnostic d =
            error(code::used_before_declaration, span,
                  itself || own ? "`" + name + "` is used in its own declaration"
                                : "`" + name + "` is used before it is declared")
                .with_place(later->second, "declared here")
                .with_rule(itself || own ? "a declaration sees the names above it only: there is no recursion"
                                         : "a name is declared above its use");
        if (itself)
            d.help.emplace_back("a loop carries a value from step to step: `fold acc = start for v in values => …`");
        return report(std::move(d));
    }
    std::vector<std::string> candidates = builtin_names();
    for (const Scope* at = &scope; at; at = at->outer)
        for (const auto& [known, value] : at->names) candidates.push_back(known);
    for (const auto& [known, binding] : scope.module->names)
        if (binding.index < scope.visible) candidates.push_back(known);
    Diagnostic d = error(code::unknown_name, span, "unknown name `" + name + "`");
    if (!rule.empty()) d.rules.emplace_back(rule);
    if (auto known = foreign_name(*this, name, span, scope)) {
        d.rules.push_back(std::move(known->rule));
        d.help = std::move(known->help);
    } else if (const std::string help = translated(name); !help.empty())
        d.help.push_back(help);
    else if (const std::string near = suggestion(name, std::move(candidates)); !near.empty())
        d.help.push_back(near);
    else if (is_module(name, options().module_directories))
        d.help.push_back("it is a module; above: `use " + name + "`");
    return report(std::move(d));
}

}  // namespace dal::sema
