// Names: scopes, members, and what to say when there is no such name.
#include <algorithm>

#include "dal/sema/coverage.hpp"
#include "dal/sema/elaborator.hpp"
#include "dal/support/codes/kind_codes.hpp"
#include "dal/support/codes/name_codes.hpp"

namespace dal::sema {
namespace {

std::string suggestion(const std::string& name, std::vector<std::string> candidates) {
    std::sort(candidates.begin(), candidates.end());
    const std::string_view best = nearest(name, candidates);
    return best.empty() ? "" : "did you mean `" + std::string(best) + "`?";
}

/// What other languages call a name of this one: "float", "int8", "nearest"; else empty.
std::string translated(const std::string& name) {
    if (name == "float" || name == "double" || name == "float32" || name == "float64")
        return "any number comes in as `real`, and is quantized before arithmetic";
    if (name == "nearest" || name == "round_half_even")
        return "to nearest: `rnd` (ties up) or `rnd_conv` (ties to even)";
    if (name == "saturate" || name == "clamp") return "as a mode of overflow: `sat`; of a value: `clip(x, lo, hi)`";
    for (const std::string prefix : {"uint", "int"}) {
        const std::string bits = name.substr(std::min(prefix.size(), name.size()));
        const bool digits =
            !bits.empty() && bits.size() < 4 && bits.find_first_not_of("0123456789") == std::string::npos;
        if (name.compare(0, prefix.size(), prefix) == 0 && digits) return "write `" + prefix + "(" + bits + ")`";
    }
    return "";
}

/// The call of a function that another language writes as a member of a tensor.
std::string as_function(const std::string& object, const std::string& member) {
    if (member == "T") return "`transpose(" + object + ")`";
    const Value* function = find_builtin(member);
    if (!function || !std::holds_alternative<const Builtin*>(*function)) return "";
    const auto& parameters = std::get<const Builtin*>(*function)->parameters;
    if (parameters.empty()) return "";
    const bool is_alone = parameters.size() == 1 || parameters[1].kind != Builtin::Parameter::Kind::required;
    return "`" + member + "(" + object + (is_alone ? ")`" : ", …)`");
}

/// "`a`, `b`, … (12 more)".
std::string listed(const std::vector<std::string>& names) {
    constexpr size_t most = 12;
    std::string text;
    for (size_t j = 0; j < std::min(most, names.size()); ++j) text += (j > 0 ? ", `" : "`") + names[j] + "`";
    if (names.size() > most) text += ", … (" + std::to_string(names.size() - most) + " more)";
    return text;
}

Diagnostic unknown_member(const std::string& owner, const ast::Name& member, std::vector<std::string> names) {
    std::sort(names.begin(), names.end());
    Diagnostic d = error(code::unknown_member, member.span, owner + " has no member `" + member.text + "`");
    d.rules.push_back(names.empty() ? "it has no members" : "its members are " + listed(names));
    if (const std::string help = suggestion(member.text, std::move(names)); !help.empty()) d.help.push_back(help);
    return d;
}

bool is_module(const std::string& name, const std::vector<std::filesystem::path>& directories) {
    return std::any_of(directories.begin(), directories.end(), [&](const std::filesystem::path& directory) {
        std::error_code ignored;
        return std::filesystem::is_regular_file(directory / (name + ".da"), ignored);
    });
}

/// `fmt.k` and the like, of each format.
std::optional<Constant> format_part(const Formats& formats, const std::string& part) {
    const auto of = [&](auto&& number) {
        std::vector<Rational> values;
        values.reserve(formats.formats->size());
        for (const Format& format : *formats.formats) values.emplace_back(number(format.kif));
        return Constant::of(formats.shape, std::move(values));
    };
    const auto integer = [](int value) { return Dyadic(Int(value)); };
    if (part == "k") return of([&](const Kif& kif) { return integer(static_cast<int>(kif.k)); });
    if (part == "i") return of([&](const Kif& kif) { return integer(kif.i); });
    if (part == "f") return of([&](const Kif& kif) { return integer(kif.f); });
    if (part == "width") return of([&](const Kif& kif) { return integer(kif.width()); });
    if (part == "min") return of([](const Kif& kif) { return Dyadic(kif.min_code(), -int64_t{kif.f}); });
    if (part == "max") return of([](const Kif& kif) { return Dyadic(kif.max_code(), -int64_t{kif.f}); });
    if (part == "step") return of([](const Kif& kif) { return Dyadic(Int(1), -int64_t{kif.f}); });
    return std::nullopt;
}

}  // namespace

const Value* Elaborator::find_declared(const std::string& name, const Scope& scope, Span* declared) {
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

const Value* Elaborator::find(const std::string& name, const Scope& scope) {
    const Value* value = find_declared(name, scope);
    return value ? value : find_builtin(name);
}

void Elaborator::record_use(const std::string& name, const Scope& scope) {
    for (const Scope* at = &scope; at; at = at->outer)
        if (at->names.contains(name)) return;
    const auto found = scope.module->names.find(name);
    if (found != scope.module->names.end() && found->second.index < scope.visible)
        coverage()->used(*scope.module->ast, found->second.index);
}

Value Elaborator::name(const std::string& name, const Span& span, const Scope& scope, std::string_view rule) {
    if (const Value* value = find(name, scope)) {
        if (coverage()) record_use(name, scope);
        // A test has a graph of its own: tensors of the program are none of it.
        if (in_test_ && scope.module == main_.get() && std::holds_alternative<Variable>(*value)) {
            const auto bound = main_->names.find(name);
            if (bound != main_->names.end() && &bound->second.value == value) return Dependent{name};
        }
        return *value;
    }
    if (const auto later = scope.module->declared.find(name); later != scope.module->declared.end()) {
        const bool itself = !frames_.empty() && frames_.back().function == name;
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
    if (const std::string help = translated(name); !help.empty())
        d.help.push_back(help);
    else if (const std::string near = suggestion(name, std::move(candidates)); !near.empty())
        d.help.push_back(near);
    else if (is_module(name, options_.module_directories))
        d.help.push_back("it is a module; above: `use " + name + "`");
    return report(std::move(d));
}

Value Elaborator::member(const Placed& object, const ast::Name& member) {
    if (is_poison(object.value)) return Poison{};
    if (const auto* module = std::get_if<const Module*>(&object.value)) {
        if (const auto found = (*module)->names.find(member.text); found != (*module)->names.end()) {
            if (coverage()) coverage()->used(*(*module)->ast, found->second.index);
            return found->second.value;
        }
        std::vector<std::string> names;
        names.reserve((*module)->names.size());
        for (const auto& [known, binding] : (*module)->names) names.push_back(known);
        return report(unknown_member("module `" + (*module)->name + "`", member, std::move(names)));
    }
    if (const auto* formats = std::get_if<Formats>(&object.value)) {
        const auto part = format_part(*formats, member.text);
        if (part) return *part;
        return report(unknown_member("a format", member, {"k", "i", "f", "width", "min", "max", "step"}));
    }
    auto* const* archive = std::get_if<Archive*>(&object.value);
    if (!archive && (is_tensor(object.value) || is_real(object.value)))
        if (const std::string help = as_function(source_text(object.span), member.text); !help.empty())
            return report(error(code::wrong_kind, member.span,
                                "`" + source_text(object.span) + "` is " + std::string(kind_of(object.value)))
                              .with_rule("a tensor has no members; functions take it as their argument")
                              .with_help(help));
    if (!archive) return wrong_kind(object, "a module, an archive or a format, to have a member");
    auto& values = (*archive)->values;
    if (const auto known = values.find(member.text); known != values.end()) return known->second;
    const NpzFile& content = (*archive)->content;
    if (!content.members().contains(member.text)) {
        std::vector<std::string> names;
        names.reserve(content.members().size());
        for (const auto& [known, packed] : content.members()) names.push_back(known);
        return report(unknown_member("`" + (*archive)->file + "`", member, std::move(names)));
    }
    Value& value = values[member.text];
    const auto array = content.read(member.text, {.elements = options_.max_elements}, member.span);
    if (!array) return value = report(array.error());
    value = array_value(*array, "`" + member.text + "` of `" + (*archive)->file + "`", member.span);
    if (const auto* constant = std::get_if<Constant>(&value); written_ && constant)
        written_->array(*constant, (*archive)->path, member.text, member.span);
    return value;
}

}  // namespace dal::sema
