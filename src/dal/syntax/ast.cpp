#include "dal/syntax/ast.hpp"

#include "dal/support/check.hpp"
#include "dal/support/overloaded.hpp"

namespace dal::ast {

std::string_view to_string(BinaryOp op) noexcept {
    switch (op) {
        case BinaryOp::add: return "+";
        case BinaryOp::sub: return "-";
        case BinaryOp::mul: return "*";
        case BinaryOp::div: return "/";
        case BinaryOp::mod: return "%";
        case BinaryOp::matmul: return "@";
        case BinaryOp::shift_left: return "<<";
        case BinaryOp::shift_right: return ">>";
        case BinaryOp::bit_and: return "&";
        case BinaryOp::bit_or: return "|";
        case BinaryOp::bit_xor: return "^";
        case BinaryOp::eq: return "==";
        case BinaryOp::ne: return "!=";
        case BinaryOp::lt: return "<";
        case BinaryOp::le: return "<=";
        case BinaryOp::gt: return ">";
        case BinaryOp::ge: return ">=";
        case BinaryOp::range: return "..";
    }
    return "";
}

std::string_view to_string(UnaryOp op) noexcept {
    switch (op) {
        case UnaryOp::negate: return "-";
        case UnaryOp::logic_not: return "!";
        case UnaryOp::complement: return "~";
    }
    return "";
}

ExprId left_part(const Expr& expr) {
    return std::visit(Overloaded{
                          [](const Number&) { return ExprId::none; },
                          [](const String&) { return ExprId::none; },
                          [](const Identifier&) { return ExprId::none; },
                          [](const ArrayLiteral&) { return ExprId::none; },
                          [](const List&) { return ExprId::none; },
                          [](const Unary& e) { return e.operand; },
                          [](const Binary& e) { return e.left; },
                          [](const Pipe& e) { return e.value; },
                          [](const Call& e) { return e.callee; },
                          [](const Member& e) { return e.object; },
                          [](const Index& e) { return e.object; },
                          [](const If&) { return ExprId::none; },
                          [](const Comprehension&) { return ExprId::none; },
                          [](const Fold&) { return ExprId::none; },
                          [](const Block&) { return ExprId::none; },
                      },
                      expr.kind);
}

namespace {

void append_clauses(std::vector<ExprId>& parts, const std::vector<Clause>& clauses) {
    for (const Clause& clause : clauses) parts.push_back(clause.over);
}

}  // namespace

std::vector<ExprId> parts(const Ast& ast, const Expr& expr) {
    std::vector<ExprId> result;
    const auto add = [&](ExprId id) {
        if (id != ExprId::none) result.push_back(id);
    };
    add(left_part(expr));
    const auto arguments = [&](const Call& call) {
        for (const Argument& argument : call.arguments) add(argument.value);
    };
    std::visit(Overloaded{
                   [](const Number&) {},
                   [](const String&) {},
                   [](const Identifier&) {},
                   [](const ArrayLiteral&) {},
                   [](const Unary&) {},
                   [](const Member&) {},
                   [&](const List& e) { result = e.items; },
                   [&](const Binary& e) { add(e.right); },
                   [&](const Pipe& e) {
                       const auto* call = std::get_if<Call>(&ast[e.function].kind);
                       add(call ? call->callee : e.function);
                       if (call) arguments(*call);
                   },
                   [&](const Call& e) { arguments(e); },
                   [&](const Index& e) {
                       for (const Subscript& subscript : e.subscripts)
                           for (const ExprId part : {subscript.first, subscript.last, subscript.step}) add(part);
                   },
                   [&](const If& e) { result = {e.condition, e.if_true, e.if_false}; },
                   [&](const Comprehension& e) {
                       append_clauses(result, e.clauses);
                       add(e.value);
                   },
                   [&](const Fold& e) {
                       add(e.start);
                       append_clauses(result, e.clauses);
                       add(e.value);
                   },
                   [&](const Block& e) {
                       for (const Let& let : e.lets) add(let.value);
                       add(e.result);
                   },
               },
               expr.kind);
    return result;
}

const Name* declared_name(const Declaration& declaration) {
    return std::visit(Overloaded{
                          [](const Test&) -> const Name* { return nullptr; },
                          [](const With&) -> const Name* { return nullptr; },
                          [](const auto& d) -> const Name* { return &d.name; },
                      },
                      declaration.kind);
}

}  // namespace dal::ast

namespace dal {

ast::ExprId Ast::add(ast::Expr expr) {
    DAL_CHECK(exprs_.size() < UINT32_MAX, "too many expressions");
    exprs_.push_back(std::move(expr));
    return static_cast<ast::ExprId>(exprs_.size() - 1);
}

}  // namespace dal
