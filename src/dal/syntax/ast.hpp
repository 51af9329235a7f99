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

namespace dal {
class Ast;
}

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

enum class BinaryOp : uint8_t {
    add,
    sub,
    mul,
    div,
    mod,     ///< `%`, of constants
    matmul,  ///< `@`
    shift_left,
    shift_right,
    bit_and,
    bit_or,
    bit_xor,
    eq,
    ne,
    lt,
    le,
    gt,
    ge,
    range,  ///< `a..b`: the integers a, a + 1, …, b - 1
};
/// "+", "<<", …
std::string_view to_string(BinaryOp op) noexcept;

enum class UnaryOp : uint8_t {
    negate,      ///< `-x`
    logic_not,   ///< `!x`: 1 where x is 0, else 0
    complement,  ///< `~x`: -1 - x
};
std::string_view to_string(UnaryOp op) noexcept;

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
/// `[a, b + 1, c]` where not everything is a plain number: a stack of tensors, or an array of numbers.
struct List {
    std::vector<ExprId> items;
};
struct Unary {
    UnaryOp op;
    ExprId operand;
    Span op_span;
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
/// One index in `x[…]`: `3`, `1:5:2` (each part may be missing), `..` (all remaining axes) or `_` (a new axis).
struct Subscript {
    enum class Kind : uint8_t { at, slice, all, new_axis };
    Kind kind;
    ExprId first = ExprId::none;  ///< `at`: the position
    ExprId last = ExprId::none;
    ExprId step = ExprId::none;
    Span span;
};
struct Index {
    ExprId object;
    std::vector<Subscript> subscripts;
    Span list_span;  ///< the brackets
};
/// `if c then a else b`: one of the two where c is constant, else a selection element by element.
struct If {
    ExprId condition;
    ExprId if_true;
    ExprId if_false;
};
/// `i in 0..8`: the name takes each element of the first axis in turn.
struct Clause {
    Name name;
    ExprId over;
};
/// `[for i in 0..8, j in 0..i => expr]`: the values, stacked; one axis per clause.
struct Comprehension {
    std::vector<Clause> clauses;
    ExprId value;
};
/// `fold acc = start for i in 0..8 => expr`: `expr` again and again, with its last value as `acc`.
struct Fold {
    Name accumulator;
    ExprId start;
    std::vector<Clause> clauses;
    ExprId value;
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

using ExprKind = std::variant<Number, String, Identifier, ArrayLiteral, List, Unary, Binary, Pipe, Call, Member, Index,
                              If, Comprehension, Fold, Block>;

struct Expr {
    ExprKind kind;
    Span span;
};

/// The operand that starts the text of an expression: left of `+` and `|>`, callee, object of a member or an index,
/// operand of a unary operation. Chains of these may be 100,000 long: walk them with a loop. None for the others, whose
/// nesting is bounded by brackets.
ExprId left_part(const Expr& expr);
/// The expressions that an expression is made of, in the order of the text. Types in blocks are not among them, nor is
/// the call on the right of `|>`: its callee and arguments are.
std::vector<ExprId> parts(const Ast& ast, const Expr& expr);

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

/// `table squash(v: fixed(1, 2, 5)) -> fixed(0, 0, 8) = 1 / (1 + exp(-v))`. Every parameter has a type.
struct Table {
    Name name;
    std::vector<Parameter> parameters;
    std::optional<Type> result;
    ExprId body;
};
/// `expect a == b`.
struct Expect {
    ExprId condition;
    Span span;
};
/// `test "name" { let a = …; expect a == 1; }`, and `property "name" (a: int(6)) { … }`.
struct Test {
    bool is_property = false;
    std::string name;
    Span name_span;
    std::vector<Parameter> parameters;                  ///< of a property; each has a type
    std::vector<std::variant<Let, Expect>> statements;  ///< in the order of the text
};
struct Declaration;
/// `with weight: fixed(1, 0, 7), data: fixed(1, 3, 4) { … }`: formats by place, for the declarations inside. Names that
/// they declare are seen after the block too.
struct With {
    struct Place {
        Name name;
        ExprId format;
    };
    std::vector<Place> places;
    std::vector<Declaration> declarations;
};

using DeclarationKind = std::variant<Use, Param, Input, Let, Output, Fn, Table, Test, With>;

struct Declaration {
    DeclarationKind kind;
    Span span;
};
/// The name that a declaration is about, `output h` without a value included; null for tests and `with`.
const Name* declared_name(const Declaration& declaration);

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
