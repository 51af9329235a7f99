// Members: what is written behind a point. Those of archives are in archive_members.cpp.
#include <algorithm>

#include "dal/sema/coverage.hpp"
#include "dal/sema/names/foreign_names.hpp"
#include "dal/sema/names/suggestion.hpp"
#include "dal/sema/tensor_ops.hpp"
#include "dal/support/codes/kind_codes.hpp"
#include "dal/support/codes/name_codes.hpp"

namespace dal::sema {
namespace {

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

Diagnostic unknown_member(const std::string& owner, const ast::Name& member, std::vector<std::string> names) {
    std::sort(names.begin(), names.end());
    Diagnostic d = error(code::unknown_member, member.span, owner + " has no member `" + member.text + "`");
    d.rules.push_back(names.empty() ? "it has no members" : "its members are " + listed_names(names));
    if (const std::string help = suggestion(member.text, std::move(names)); !help.empty()) d.help.push_back(help);
    return d;
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

Value TensorOps::member(const Placed& object, const ast::Name& member) {
    if (is_poison(object.value)) return Poison{};
    if (const auto* module = std::get_if<const Module*>(&object.value)) {
        if (const auto found = (*module)->names.find(member.text); found != (*module)->names.end()) {
            if (coverage()) coverage()->used(*(*module)->ast, found->second.index);
            return found->second.value;
        }
        std::vector<std::string> names;
        names.reserve((*module)->names.size());
        for (const auto& [known, binding] : (*module)->names) names.push_back(known);
        return report(with_translation(reports_.sources(), member.span,
                                       unknown_member("module `" + (*module)->name + "`", member, std::move(names))));
    }
    if (const auto* formats = std::get_if<Formats>(&object.value)) {
        const auto part = format_part(*formats, member.text);
        if (part) return *part;
        return report(unknown_member("a format", member, {"k", "i", "f", "width", "min", "max", "step"}));
    }
    if (const auto* members = std::get_if<Members>(&object.value))
        return this->member(*members, member.text, member.span);
    if (is_tensor(object.value) || is_real(object.value)) {
        Diagnostic d = error(code::wrong_kind, member.span,
                             "`" + source_text(object.span) + "` is " + std::string(kind_of(object.value)));
        if (std::string help = as_function(source_text(object.span), member.text); !help.empty())
            d.help.push_back(std::move(help));
        d = with_translation(reports_.sources(), member.span, std::move(d));
        if (d.rules.empty()) d.rules.emplace_back("a tensor has no members; functions take it as their argument");
        if (!d.help.empty()) return report(std::move(d));
    }
    return wrong_kind(object, "a module, an archive or a format, to have a member");
}

}  // namespace dal::sema
