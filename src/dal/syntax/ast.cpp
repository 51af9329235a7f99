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
        case BinaryOp::shift_left: return "<<";
        case BinaryOp::shift_right: return ">>";
    }
    return "";
}

ExprId left_part(const Expr& expr) {
    return std::visit(Overloaded{
                          [](const Number&) { return ExprId::none; },
                          [](const String&) { return ExprId::none; },
                          [](const Identifier&) { return ExprId::none; },
                          [](const ArrayLiteral&) { return ExprId::none; },
                          [](const Negate& e) { return e.operand; },
                          [](const Binary& e) { return e.left; },
                          [](const Pipe& e) { return e.value; },
                          [](const Call& e) { return e.callee; },
                          [](const Member& e) { return e.object; },
                          [](const Block&) { return ExprId::none; },
                      },
                      expr.kind);
}

const Name& declared_name(const Declaration& declaration) {
    return std::visit([](const auto& d) -> const Name& { return d.name; }, declaration.kind);
}

}  // namespace dal::ast

namespace dal {

ast::ExprId Ast::add(ast::Expr expr) {
    DAL_CHECK(exprs_.size() < UINT32_MAX, "too many expressions");
    exprs_.push_back(std::move(expr));
    return static_cast<ast::ExprId>(exprs_.size() - 1);
}

}  // namespace dal
