// Expressions to values. Chains (sums, pipes, calls of calls) are walked with a loop; recursion follows brackets and
// function calls only, and both are bounded.
#include "dal/sema/coverage.hpp"
#include "dal/sema/expressions/evaluator.hpp"
#include "dal/support/check.hpp"
#include "dal/support/codes/limit_codes.hpp"
#include "dal/support/codes/name_codes.hpp"
#include "dal/support/overloaded.hpp"

namespace dal::sema {
namespace {

constexpr int max_depth = 600;
constexpr int64_t step_work = 2;  // what the evaluation of one part of an expression costs, in elements

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

}  // namespace

Value Evaluator::eval(ast::ExprId id, const Scope& scope) {
    if (exhausted()) return Poison{};
    const Depth guard(depth_);
    const Ast& ast = *scope.module->ast;
    if (depth_ > max_depth)
        return report(error(code::calls_too_deep, ast[id].span,
                            "expressions and calls are nested " + std::to_string(depth_) + " deep")
                          .with_help("name inner parts with `let`"));
    std::vector<const ast::Expr*> spine;
    for (ast::ExprId at = id; at != ast::ExprId::none; at = ast::left_part(ast[at])) {
        spine.push_back(&ast[at]);
        if (coverage()) coverage()->evaluated(ast, at);
    }
    Placed value;
    for (; !spine.empty() && charge(step_work, spine.back()->span); spine.pop_back()) {
        value.value = step(*spine.back(), value, scope);
        value.span = spine.back()->span;
    }
    return exhausted() ? Poison{} : std::move(value.value);
}

Placed Evaluator::placed(ast::ExprId id, const Scope& scope) {
    return {eval(id, scope), (*scope.module->ast)[id].span};
}

Value Evaluator::step(const ast::Expr& expr, const Placed& left, const Scope& scope) {
    const Ast& ast = *scope.module->ast;
    const Span& span = expr.span;
    return std::visit(
        Overloaded{
            [&](const ast::Number& e) -> Value {
                Constant constant = Constant::scalar(e.value);
                if (written()) written()->literal(constant, span);
                return constant;
            },
            [&](const ast::String& e) -> Value { return Text{e.text}; },
            [&](const ast::Identifier& e) -> Value { return name(e.name, span, scope); },
            [&](const ast::ArrayLiteral& e) -> Value {
                Constant constant{e.shape, e.values};
                if (!check_size(constant.shape, span)) return Poison{};
                if (written()) written()->literal(constant, span);
                return constant;
            },
            [&](const ast::List& e) -> Value { return list(e, scope, span); },
            [&](const ast::Unary& e) -> Value {
                Value value = unary(e.op, left, span);
                const auto* constant = std::get_if<Constant>(&value);
                if (written() && constant && e.op == ast::UnaryOp::negate &&
                    std::holds_alternative<ast::Number>(ast[e.operand].kind))
                    written()->literal(*constant, span);
                return value;
            },
            [&](const ast::Binary& e) -> Value { return binary(e.op, left, placed(e.right, scope), span); },
            [&](const ast::Pipe& e) -> Value {
                if (const auto* call = std::get_if<ast::Call>(&ast[e.function].kind))
                    return this->call(placed(call->callee, scope), {left}, call, scope, span);
                return this->call(placed(e.function, scope), {left}, nullptr, scope, span);
            },
            [&](const ast::Call& e) -> Value { return call(left, {}, &e, scope, span); },
            [&](const ast::Member& e) -> Value { return member(left, e.member); },
            [&](const ast::Index& e) -> Value { return index(e, left, scope, span); },
            [&](const ast::If& e) -> Value { return branch(e, scope, span); },
            [&](const ast::Comprehension& e) -> Value { return comprehension(e, scope, span); },
            [&](const ast::Fold& e) -> Value { return fold(e, scope); },
            [&](const ast::Block& e) -> Value { return block(e, scope); },
        },
        expr.kind);
}

Value Evaluator::branch(const ast::If& choice, const Scope& scope, const Span& span) {
    const Placed condition = placed(choice.condition, scope);
    if (is_poison(condition.value)) return Poison{};
    if (coverage()) record_arms(choice, condition.value, *scope.module->ast);
    if (const auto* constant = std::get_if<Constant>(&condition.value); constant && constant->is_scalar())
        return eval(constant->at(0).is_zero() ? choice.if_false : choice.if_true, scope);
    const Placed if_true = placed(choice.if_true, scope);
    return select(condition, if_true, placed(choice.if_false, scope), span);
}

void Evaluator::record_arms(const ast::If& choice, const Value& condition, const Ast& ast) {
    const Coverage::Choice key{&ast, choice.condition};
    if (const auto* variable = std::get_if<Variable>(&condition)) coverage()->chosen_by(key, variable->node);
    if (const auto* constant = std::get_if<Constant>(&condition))
        for (int64_t element = 0; element < constant->size(); ++element)
            coverage()->chosen(key, !constant->at(element).is_zero());
}

Value Evaluator::block(const ast::Block& block, const Scope& scope) {
    Scope inner{scope.module, scope.visible, &scope, {}};
    for (const ast::Let& declaration : block.lets) {
        Value value = let(declaration, inner);
        const auto [at, is_new] = inner.names.try_emplace(declaration.name.text, Placed{value, declaration.name.span});
        if (!is_new)
            report(error(code::duplicate_name, declaration.name.span,
                         "`" + declaration.name.text + "` is declared twice in this block")
                       .with_place(at->second.span, "declared here first"));
    }
    return eval(block.result, inner);
}

Value Evaluator::let(const ast::Let& let, const Scope& scope) {
    std::optional<Type> type;
    if (let.type) type = this->type(*let.type, scope);
    Value value = eval(let.value, scope);
    if (let.type && !type) return Poison{};
    if (type && !conforms({value, (*scope.module->ast)[let.value].span}, *type, let.name.text)) return Poison{};
    if (std::holds_alternative<RealType>(value) || std::holds_alternative<AnyType>(value))
        return wrong_kind({value, (*scope.module->ast)[let.value].span}, "a value");
    return value;
}

}  // namespace dal::sema
