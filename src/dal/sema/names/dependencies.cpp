#include "dal/sema/names/dependencies.hpp"

#include <vector>

#include "dal/support/overloaded.hpp"

namespace dal::sema {
namespace {

/// The names in some expressions. Local names are among them: that only replays a declaration more.
class Mentioned {
  public:
    explicit Mentioned(const Ast& ast) : ast_(ast) {}

    void add(ast::ExprId id) {
        if (id != ast::ExprId::none) pending_.push_back(id);
    }
    void add(const std::optional<ast::Type>& type) {
        if (!type) return;
        add(type->element);
        for (const ast::ExprId extent : type->extents) add(extent);
    }
    void add(const std::vector<ast::Parameter>& parameters) {
        for (const ast::Parameter& parameter : parameters) {
            add(parameter.type);
            add(parameter.default_value);
        }
    }
    /// All of them, with their parts.
    std::set<std::string> names() {
        while (!pending_.empty()) {
            const ast::Expr& expr = ast_[pending_.back()];
            pending_.pop_back();
            if (const auto* identifier = std::get_if<ast::Identifier>(&expr.kind)) names_.insert(identifier->name);
            if (const auto* block = std::get_if<ast::Block>(&expr.kind))
                for (const ast::Let& let : block->lets) add(let.type);
            for (const ast::ExprId part : ast::parts(ast_, expr)) add(part);
        }
        return std::move(names_);
    }

  private:
    const Ast& ast_;
    std::vector<ast::ExprId> pending_;
    std::set<std::string> names_;
};

}  // namespace

std::set<std::string> mentioned_names(const Ast& ast, const ast::Declaration& declaration) {
    Mentioned mentioned(ast);
    std::visit(Overloaded{
                   [](const ast::Use&) {},
                   [](const ast::Test&) {},
                   [](const ast::With&) {},
                   [&](const ast::Input& d) { mentioned.add(std::optional(d.type)); },
                   [&](const ast::Fn& d) {
                       mentioned.add(d.parameters);
                       mentioned.add(d.result);
                       mentioned.add(d.body);
                   },
                   [&](const ast::Table& d) {
                       mentioned.add(d.parameters);
                       mentioned.add(d.result);
                       mentioned.add(d.body);
                   },
                   [&](const auto& d) {
                       mentioned.add(d.type);
                       mentioned.add(d.value);
                   },
               },
               declaration.kind);
    return mentioned.names();
}

std::set<std::string> needed_names(const Module& module, const std::string& name) {
    std::set<std::string> result;
    std::vector<std::string> pending{name};
    while (!pending.empty()) {
        const std::string at = std::move(pending.back());
        pending.pop_back();
        const auto declaration = module.declarations.find(at);
        if (declaration == module.declarations.end() || !result.insert(at).second) continue;
        for (const std::string& other : mentioned_names(*module.ast, *declaration->second)) pending.push_back(other);
    }
    return result;
}

}  // namespace dal::sema
