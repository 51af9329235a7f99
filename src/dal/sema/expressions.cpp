// Expressions to values. Chains (sums, pipes, calls of calls) are walked with a loop; recursion follows brackets and
// function calls only, and both are bounded.
#include "dal/sema/elaborator.hpp"
#include "dal/support/check.hpp"
#include "dal/support/overloaded.hpp"

namespace dal::sema {
namespace {

constexpr int max_depth = 600;

}  // namespace

/// Counts the nesting of eval().
class Depth {
  public:
    explicit Depth(int& depth) : depth_(++depth) {}
    Depth(const Depth&) = delete;
    Depth& operator=(const Depth&) = delete;
    ~Depth() { --depth_; }

  private:
    int& depth_;
};

Value Elaborator::eval(ast::ExprId id, const Scope& scope) {
    if (exhausted_) return Poison{};
    const Depth guard(depth_);
    const Ast& ast = scope.module->ast;
    if (depth_ > max_depth)
        return report(error(Code::calls_too_deep, ast[id].span,
                            "expressions and calls are nested " + std::to_string(depth_) + " deep")
                          .with_help("name inner parts with `let`"));
    std::vector<const ast::Expr*> spine;
    for (ast::ExprId at = id; at != ast::ExprId::none; at = ast::left_part(ast[at])) spine.push_back(&ast[at]);
    Placed value;
    for (; !spine.empty() && !exhausted_; spine.pop_back()) {
        value.value = step(*spine.back(), value, scope);
        value.span = spine.back()->span;
    }
    return exhausted_ ? Poison{} : std::move(value.value);
}

Value Elaborator::step(const ast::Expr& expr, const Placed& left, const Scope& scope) {
    const Ast& ast = scope.module->ast;
    const auto placed = [&](ast::ExprId id) { return Placed{eval(id, scope), ast[id].span}; };
    return std::visit(Overloaded{
                          [&](const ast::Number& e) -> Value { return Constant::scalar(e.value); },
                          [&](const ast::String& e) -> Value { return Text{e.text}; },
                          [&](const ast::Identifier& e) -> Value { return name(e.name, expr.span, scope); },
                          [&](const ast::ArrayLiteral& e) -> Value {
                              Constant constant{e.shape, e.values};
                              if (!check_size(constant.shape, expr.span)) return Poison{};
                              return constant;
                          },
                          [&](const ast::Negate&) -> Value { return negate(left, expr.span); },
                          [&](const ast::Binary& e) -> Value { return binary(e.op, left, placed(e.right), expr.span); },
                          [&](const ast::Pipe& e) -> Value {
                              if (const auto* call = std::get_if<ast::Call>(&ast[e.function].kind))
                                  return this->call(placed(call->callee), {left}, call, scope, expr.span);
                              return this->call(placed(e.function), {left}, nullptr, scope, expr.span);
                          },
                          [&](const ast::Call& e) -> Value { return call(left, {}, &e, scope, expr.span); },
                          [&](const ast::Member& e) -> Value { return member(left, e.member); },
                          [&](const ast::Block& e) -> Value { return block(e, scope); },
                      },
                      expr.kind);
}

Value Elaborator::block(const ast::Block& block, const Scope& scope) {
    Scope inner{scope.module, scope.visible, &scope, {}};
    for (const ast::Let& declaration : block.lets) {
        Value value = let(declaration, inner);
        const auto [at, is_new] = inner.names.try_emplace(declaration.name.text, Placed{value, declaration.name.span});
        if (!is_new)
            report(error(Code::duplicate_name, declaration.name.span,
                         "`" + declaration.name.text + "` is declared twice in this block")
                       .with_place(at->second.span, "declared here first"));
    }
    return eval(block.result, inner);
}

}  // namespace dal::sema
