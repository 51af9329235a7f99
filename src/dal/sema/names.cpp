// Names: scopes, members, and what to say when there is no such name.
#include <algorithm>

#include "dal/sema/elaborator.hpp"
#include "dal/support/overloaded.hpp"

namespace dal::sema {
namespace {

std::string suggestion(const std::string& name, std::vector<std::string> candidates) {
    std::sort(candidates.begin(), candidates.end());
    const std::string_view best = nearest(name, candidates);
    return best.empty() ? "" : "did you mean `" + std::string(best) + "`?";
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
    Diagnostic d = error(Code::unknown_member, member.span, owner + " has no member `" + member.text + "`");
    d.rules.push_back(names.empty() ? "it has no members" : "its members are " + listed(names));
    if (const std::string help = suggestion(member.text, std::move(names)); !help.empty()) d.help.push_back(help);
    return d;
}

}  // namespace

const Value* Elaborator::find(const std::string& name, const Scope& scope, Span* declared) {
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
    return find_builtin(name);
}

Value Elaborator::name(const std::string& name, const Span& span, const Scope& scope) {
    if (const Value* value = find(name, scope)) return *value;
    if (const auto later = scope.module->declared.find(name); later != scope.module->declared.end()) {
        const bool itself = !frames_.empty() && frames_.back().function == name;
        const bool own =
            scope.module->names.find(name) == scope.module->names.end() && later->second.begin < span.begin;
        Diagnostic d =
            error(Code::used_before_declaration, span,
                  itself || own ? "`" + name + "` is used in its own declaration"
                                : "`" + name + "` is used before it is declared")
                .with_place(later->second, "declared here")
                .with_rule(itself || own ? "a declaration sees the names above it only: there is no recursion"
                                         : "a name is declared above its use");
        return report(std::move(d));
    }
    std::vector<std::string> candidates = builtin_names();
    for (const Scope* at = &scope; at; at = at->outer)
        for (const auto& [known, value] : at->names) candidates.push_back(known);
    for (const auto& [known, binding] : scope.module->names)
        if (binding.index < scope.visible) candidates.push_back(known);
    Diagnostic d = error(Code::unknown_name, span, "unknown name `" + name + "`");
    if (const std::string help = suggestion(name, std::move(candidates)); !help.empty()) d.help.push_back(help);
    return report(std::move(d));
}

Value Elaborator::member(const Placed& object, const ast::Name& member) {
    if (is_poison(object.value)) return Poison{};
    if (const auto* module = std::get_if<const Module*>(&object.value)) {
        if (const auto found = (*module)->names.find(member.text); found != (*module)->names.end())
            return found->second.value;
        std::vector<std::string> names;
        names.reserve((*module)->names.size());
        for (const auto& [known, binding] : (*module)->names) names.push_back(known);
        return report(unknown_member("module `" + (*module)->name + "`", member, std::move(names)));
    }
    auto* const* archive = std::get_if<Archive*>(&object.value);
    if (!archive) return wrong_kind(object, "a module or an archive, to have a member");
    auto& values = (*archive)->values;
    if (const auto known = values.find(member.text); known != values.end()) return known->second;
    const auto found = (*archive)->members.find(member.text);
    if (found == (*archive)->members.end()) {
        std::vector<std::string> names;
        names.reserve((*archive)->members.size());
        for (const auto& [known, array] : (*archive)->members) names.push_back(known);
        return report(unknown_member("`" + (*archive)->file + "`", member, std::move(names)));
    }
    return values[member.text] =
               array_value(found->second, "`" + member.text + "` of `" + (*archive)->file + "`", member.span);
}

namespace {

/// Walks a function's body with the names it will see; their values do not matter yet.
class Resolver {
  public:
    Resolver(Elaborator& elaborator, const Ast& ast) : elaborator_(elaborator), ast_(ast) {}

    void type(const ast::Type& type, Scope& scope, bool binds) {
        visit(type.element, scope);
        for (const ast::ExprId extent : type.extents) {
            const auto* identifier = std::get_if<ast::Identifier>(&ast_[extent].kind);
            if (binds && identifier && !Elaborator::find(identifier->name, scope))
                scope.names.try_emplace(identifier->name, Placed{Poison{}, ast_[extent].span});
            else
                visit(extent, scope);
        }
    }

    void visit(ast::ExprId id, const Scope& scope) {
        for (; id != ast::ExprId::none; id = ast::left_part(ast_[id])) {
            const ast::Expr& expr = ast_[id];
            std::visit(Overloaded{
                           [](const ast::Number&) {},
                           [](const ast::String&) {},
                           [&](const ast::Identifier& e) {
                               if (Elaborator::find(e.name, scope)) return;
                               elaborator_.name(e.name, expr.span, scope);
                               complete = false;
                           },
                           [](const ast::ArrayLiteral&) {},
                           [](const ast::Negate&) {},
                           [&](const ast::Binary& e) { visit(e.right, scope); },
                           [&](const ast::Pipe& e) { visit(e.function, scope); },
                           [&](const ast::Call& e) {
                               for (const ast::Argument& argument : e.arguments) visit(argument.value, scope);
                           },
                           [](const ast::Member&) {},
                           [&](const ast::Block& e) { block(e, scope); },
                       },
                       expr.kind);
        }
    }

    bool complete = true;

  private:
    void block(const ast::Block& block, const Scope& scope) {
        Scope inner{scope.module, scope.visible, &scope, {}};
        for (const ast::Let& let : block.lets) {
            if (let.type) type(*let.type, inner, false);
            visit(let.value, inner);
            inner.names.try_emplace(let.name.text, Placed{Poison{}, let.name.span});
        }
        visit(block.result, inner);
    }

    Elaborator& elaborator_;
    const Ast& ast_;
};

}  // namespace

bool Elaborator::resolve(const Module& module, const ast::Fn& fn, size_t index) {
    Scope scope{&module, index, nullptr, {}};
    Resolver resolver(*this, module.ast);
    frames_.push_back({{}, fn.name.text, &fn});
    for (const ast::Parameter& parameter : fn.parameters) {
        const auto [at, is_new] = scope.names.try_emplace(parameter.name.text, Placed{Poison{}, parameter.name.span});
        if (is_new) continue;
        report(error(Code::duplicate_name, parameter.name.span,
                     "parameter `" + parameter.name.text + "` is declared twice")
                   .with_place(at->second.span, "declared here first"));
        resolver.complete = false;
    }
    for (const ast::Parameter& parameter : fn.parameters) {
        if (parameter.type) resolver.type(*parameter.type, scope, true);
        if (parameter.default_value != ast::ExprId::none) resolver.visit(parameter.default_value, scope);
    }
    if (fn.result) resolver.type(*fn.result, scope, false);
    resolver.visit(fn.body, scope);
    frames_.pop_back();
    return resolver.complete;
}

}  // namespace dal::sema
