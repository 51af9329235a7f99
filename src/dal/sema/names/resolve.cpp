// Unknown names in bodies, found where the bodies are written: a function that nobody calls is checked too.
#include "dal/sema/expressions/evaluator.hpp"
#include "dal/support/codes/name_codes.hpp"
#include "dal/support/overloaded.hpp"

namespace dal::sema {
namespace {

/// Walks a body with the names it will see; their values do not matter yet.
class Resolver {
  public:
    Resolver(Evaluator& evaluator, const Ast& ast) : evaluator_(evaluator), ast_(ast) {}

    void type(const ast::Type& type, Scope& scope, bool binds) {
        visit(type.element, scope);
        for (const ast::ExprId extent : type.extents) {
            const auto* identifier = std::get_if<ast::Identifier>(&ast_[extent].kind);
            if (binds && identifier && !Evaluator::find_declared(identifier->name, scope)) {
                bind({identifier->name, ast_[extent].span}, scope);
                continue;
            }
            if (binds) rule_ = "a shape variable stands alone before it stands in an expression: `_[n, 2 * n]`";
            visit(extent, scope);
            rule_ = {};
        }
    }

    void visit(ast::ExprId id, const Scope& scope) {
        if (depth_ == max_depth) return;  // eval reports what is nested so deep
        ++depth_;
        for (; id != ast::ExprId::none; id = ast::left_part(ast_[id])) {
            const ast::Expr& expr = ast_[id];
            std::visit(Overloaded{
                           [](const ast::Number&) {},
                           [](const ast::String&) {},
                           [&](const ast::Identifier& e) {
                               if (Evaluator::find(e.name, scope)) return;
                               evaluator_.name(e.name, expr.span, scope, rule_);
                               complete = false;
                           },
                           [](const ast::ArrayLiteral&) {},
                           [&](const ast::List& e) {
                               for (const ast::ExprId item : e.items) visit(item, scope);
                           },
                           [](const ast::Unary&) {},
                           [&](const ast::Binary& e) { visit(e.right, scope); },
                           [&](const ast::Pipe& e) { visit(e.function, scope); },
                           [&](const ast::Call& e) {
                               for (const ast::Argument& argument : e.arguments) visit(argument.value, scope);
                           },
                           [](const ast::Member&) {},
                           [&](const ast::Index& e) {
                               for (const ast::Subscript& subscript : e.subscripts)
                                   for (const ast::ExprId part : {subscript.first, subscript.last, subscript.step})
                                       visit(part, scope);
                           },
                           [&](const ast::If& e) {
                               visit(e.condition, scope);
                               visit(e.if_true, scope);
                               visit(e.if_false, scope);
                           },
                           [&](const ast::Comprehension& e) { loop(e.clauses, e.value, scope); },
                           [&](const ast::Fold& e) {
                               visit(e.start, scope);
                               Scope inner{scope.module, scope.visible, &scope, {}};
                               bind(e.accumulator, inner);
                               loop(e.clauses, e.value, inner);
                           },
                           [&](const ast::Block& e) { block(e, scope); },
                       },
                       expr.kind);
        }
        --depth_;
    }

    void let(const ast::Let& let, Scope& scope) {
        if (let.type) type(*let.type, scope, false);
        visit(let.value, scope);
        bind(let.name, scope);
    }

    bool complete = true;

  private:
    static void bind(const ast::Name& name, Scope& scope) {
        scope.names.try_emplace(name.text, Placed{Poison{}, name.span});
    }
    void loop(const std::vector<ast::Clause>& clauses, ast::ExprId value, const Scope& scope) {
        Scope inner{scope.module, scope.visible, &scope, {}};
        for (const ast::Clause& clause : clauses) {
            visit(clause.over, inner);
            bind(clause.name, inner);
        }
        visit(value, inner);
    }
    void block(const ast::Block& block, const Scope& scope) {
        Scope inner{scope.module, scope.visible, &scope, {}};
        for (const ast::Let& declaration : block.lets) let(declaration, inner);
        visit(block.result, inner);
    }

    static constexpr int max_depth = 2000;
    Evaluator& evaluator_;
    const Ast& ast_;
    int depth_ = 0;
    std::string_view rule_;  ///< that a name breaks if it is unknown
};

}  // namespace

bool Evaluator::resolve(const Module& module, const std::string& name, const std::vector<ast::Parameter>& parameters,
                        const std::optional<ast::Type>& result, ast::ExprId body, size_t index) {
    Scope scope{&module, index, nullptr, {}};
    Resolver resolver(*this, *module.ast);
    reports().enter({{}, name});
    for (const ast::Parameter& parameter : parameters) {
        const auto [at, is_new] = scope.names.try_emplace(parameter.name.text, Placed{Poison{}, parameter.name.span});
        if (is_new) continue;
        report(error(code::duplicate_name, parameter.name.span,
                     "parameter `" + parameter.name.text + "` is declared twice")
                   .with_place(at->second.span, "declared here first"));
        resolver.complete = false;
    }
    for (const ast::Parameter& parameter : parameters) {
        if (parameter.type) resolver.type(*parameter.type, scope, true);
        if (parameter.default_value != ast::ExprId::none) resolver.visit(parameter.default_value, scope);
    }
    if (result) resolver.type(*result, scope, false);
    resolver.visit(body, scope);
    reports().leave();
    return resolver.complete;
}

bool Evaluator::resolve(const Module& module, const ast::Test& test, size_t index) {
    Scope scope{&module, index, nullptr, {}};
    Resolver resolver(*this, *module.ast);
    for (const ast::Parameter& parameter : test.parameters) {
        if (parameter.type) resolver.type(*parameter.type, scope, false);
        scope.names.try_emplace(parameter.name.text, Placed{Poison{}, parameter.name.span});
    }
    for (const auto& statement : test.statements) {
        if (const auto* let = std::get_if<ast::Let>(&statement))
            resolver.let(*let, scope);
        else
            resolver.visit(std::get<ast::Expect>(statement).condition, scope);
    }
    return resolver.complete;
}

}  // namespace dal::sema
