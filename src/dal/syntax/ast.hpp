// The abstract syntax tree of one file, as the parser makes it: expressions in one flat arena, addressed by
// ids, each with its place in the text. Nothing is resolved: names are text, types are expressions. Built
// by parse.hpp, read by sema (and by a formatter, for which comments are kept).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "dal/array/array.hpp"
#include "dal/support/number.hpp"
#include "dal/support/source.hpp"

namespace dal::ast {

/// Index of an expression in its Ast. Parts of an expression have smaller ids than the whole.
enum class ExprId : uint32_t { none = UINT32_MAX };

struct Name {
    std::string text;
    Span span;
};

/// `fixed(1, 3, 4)[64]`, `_[i, o]`: an element type (an expression; the name `_` for any) and a shape.
struct Type {
    ExprId element;
    std::vector<ExprId> extents;  ///< empty: a scalar
    Span span;
};

struct Argument {
    std::optional<Name> name;
    ExprId value;
};

enum class BinaryOp : uint8_t { add, sub, mul, div, shift_left, shift_right };
/// "+", "<<", …
std::string_view to_string(BinaryOp op) noexcept;

struct Number {
    Rational value;
};
struct String {
    std::string text;  ///< without quotes and escapes
};
struct Identifier {
    std::string name;
};
/// `[[1, 2.5], [0, -3]]`, row-major. Shared, so that a large literal is never copied.
struct ArrayLiteral {
    Shape shape;
    std::shared_ptr<const std::vector<Rational>> values;
};
struct Negate {
    ExprId operand;
};
struct Binary {
    BinaryOp op;
    ExprId left;
    ExprId right;
    Span op_span;
};
/// `value |> function`, where `function` is a name, a member or a call.
struct Pipe {
    ExprId value;
    ExprId function;
};
struct Call {
    ExprId callee;
    std::vector<Argument> arguments;
    Span list_span;  ///< the parentheses
};
struct Member {
    ExprId object;
    Name member;
};
struct Let {
    Name name;
    std::optional<Type> type;
    ExprId value;
};
struct Block {
    std::vector<Let> lets;
    ExprId result;
};

using ExprKind = std::variant<Number, String, Identifier, ArrayLiteral, Negate, Binary, Pipe, Call, Member, Block>;

struct Expr {
    ExprKind kind;
    Span span;
};

/// The operand that starts the text of an expression: left of `+` and `|>`, callee, object of a member, operand
/// of a negation. Chains of these may be 100,000 long: walk them with a loop. None for the others, whose
/// nesting is bounded by brackets.
ExprId left_part(const Expr& expr);

struct Use {
    Name name;
};
struct Param {
    Name name;
    std::optional<Type> type;
    ExprId value;
};
struct Input {
    Name name;
    Type type;
};
struct Output {
    Name name;
    std::optional<Type> type;
    ExprId value;  ///< none: the existing value `name`
};
struct Parameter {
    Name name;
    std::optional<Type> type;
    ExprId default_value;  ///< none: must be given
};
struct Fn {
    Name name;
    std::vector<Parameter> parameters;
    std::optional<Type> result;
    ExprId body;
};

using DeclarationKind = std::variant<Use, Param, Input, Let, Output, Fn>;

struct Declaration {
    DeclarationKind kind;
    Span span;
};
/// The name that a declaration is about; `output h` without a value included.
const Name& declared_name(const Declaration& declaration);

}  // namespace dal::ast

namespace dal {

/// One parsed file.
class Ast {
  public:
    [[nodiscard]] const ast::Expr& operator[](ast::ExprId id) const { return exprs_[static_cast<size_t>(id)]; }
    [[nodiscard]] size_t size() const noexcept { return exprs_.size(); }
    ast::ExprId add(ast::Expr expr);
    /// Makes the place of an expression include the parentheses around it.
    void widen(ast::ExprId id, const Span& span) { exprs_[static_cast<size_t>(id)].span = span; }

    FileId file = FileId::none;
    std::vector<ast::Declaration> declarations;  ///< in the order of the text
    std::vector<ast::Name> broken;               ///< names whose declarations have syntax errors
    std::vector<Span> comments;                  ///< in the order of the text

  private:
    std::vector<ast::Expr> exprs_;
};

}  // namespace dal
