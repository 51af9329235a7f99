#include "dal/syntax/equal.hpp"

#include <algorithm>
#include <optional>

namespace dal {
namespace {

using namespace ast;

/// In a class, so that all of them see each other.
struct Comparison {
    // Expressions are numbered in the order of the text, so equal trees have equal ids: nothing is walked.
    static bool same(ExprId a, ExprId b) { return a == b; }
    static bool same(const Name& a, const Name& b) { return a.text == b.text; }
    static bool same(const Expect& a, const Expect& b) { return a.condition == b.condition; }

    template <class T>
    static bool same(const std::vector<T>& a, const std::vector<T>& b) {
        return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const T& x, const T& y) { return same(x, y); });
    }
    template <class T>
    static bool same(const std::optional<T>& a, const std::optional<T>& b) {
        return a && b ? same(*a, *b) : a.has_value() == b.has_value();
    }
    template <class... T>
    static bool same(const std::variant<T...>& a, const std::variant<T...>& b) {
        if (a.index() != b.index()) return false;
        return std::visit([&](const auto& part) { return same(part, std::get<std::decay_t<decltype(part)>>(b)); }, a);
    }

    static bool same(const Type& a, const Type& b) { return a.element == b.element && a.extents == b.extents; }
    static bool same(const Argument& a, const Argument& b) { return same(a.name, b.name) && a.value == b.value; }
    static bool same(const Clause& a, const Clause& b) { return same(a.name, b.name) && a.over == b.over; }
    static bool same(const Subscript& a, const Subscript& b) {
        return a.kind == b.kind && a.first == b.first && a.last == b.last && a.step == b.step;
    }
    static bool same(const Let& a, const Let& b) {
        return same(a.name, b.name) && same(a.type, b.type) && a.value == b.value;
    }

    static bool same(const Number& a, const Number& b) { return a.value == b.value; }
    static bool same(const String& a, const String& b) { return a.text == b.text; }
    static bool same(const Identifier& a, const Identifier& b) { return a.name == b.name; }
    static bool same(const ArrayLiteral& a, const ArrayLiteral& b) {
        return a.shape == b.shape && *a.values == *b.values;
    }
    static bool same(const List& a, const List& b) { return a.items == b.items; }
    static bool same(const Unary& a, const Unary& b) { return a.op == b.op && a.operand == b.operand; }
    static bool same(const Binary& a, const Binary& b) {
        return a.op == b.op && a.left == b.left && a.right == b.right;
    }
    static bool same(const Pipe& a, const Pipe& b) { return a.value == b.value && a.function == b.function; }
    static bool same(const Call& a, const Call& b) { return a.callee == b.callee && same(a.arguments, b.arguments); }
    static bool same(const Member& a, const Member& b) { return a.object == b.object && same(a.member, b.member); }
    static bool same(const Index& a, const Index& b) {
        return a.object == b.object && same(a.subscripts, b.subscripts);
    }
    static bool same(const If& a, const If& b) {
        return a.condition == b.condition && a.if_true == b.if_true && a.if_false == b.if_false;
    }
    static bool same(const Comprehension& a, const Comprehension& b) {
        return same(a.clauses, b.clauses) && a.value == b.value;
    }
    static bool same(const Fold& a, const Fold& b) {
        return same(a.accumulator, b.accumulator) && a.start == b.start && same(a.clauses, b.clauses) &&
               a.value == b.value;
    }
    static bool same(const Block& a, const Block& b) { return same(a.lets, b.lets) && a.result == b.result; }

    static bool same(const Parameter& a, const Parameter& b) {
        return same(a.name, b.name) && same(a.type, b.type) && a.default_value == b.default_value;
    }
    static bool same(const Use& a, const Use& b) { return same(a.name, b.name); }
    static bool same(const Param& a, const Param& b) {
        return same(a.name, b.name) && same(a.type, b.type) && a.value == b.value;
    }
    static bool same(const Input& a, const Input& b) { return same(a.name, b.name) && same(a.type, b.type); }
    static bool same(const Output& a, const Output& b) {
        return same(a.name, b.name) && same(a.type, b.type) && a.value == b.value;
    }
    static bool same(const Fn& a, const Fn& b) {
        return same(a.name, b.name) && same(a.parameters, b.parameters) && same(a.result, b.result) && a.body == b.body;
    }
    static bool same(const Table& a, const Table& b) {
        return same(a.name, b.name) && same(a.parameters, b.parameters) && same(a.result, b.result) && a.body == b.body;
    }
    static bool same(const Test& a, const Test& b) {
        return a.is_property == b.is_property && a.name == b.name && same(a.parameters, b.parameters) &&
               same(a.statements, b.statements);
    }
    static bool same(const With::Place& a, const With::Place& b) {
        return same(a.name, b.name) && a.format == b.format;
    }
    static bool same(const With& a, const With& b) {
        return same(a.places, b.places) && same(a.declarations, b.declarations);
    }
    static bool same(const Declaration& a, const Declaration& b) { return same(a.kind, b.kind); }
};

}  // namespace

bool equal_up_to_places(const Ast& a, const Ast& b) {
    if (a.size() != b.size() || !Comparison::same(a.declarations, b.declarations)) return false;
    for (size_t j = 0; j < a.size(); ++j)
        if (!Comparison::same(a[static_cast<ExprId>(j)].kind, b[static_cast<ExprId>(j)].kind)) return false;
    return true;
}

}  // namespace dal
