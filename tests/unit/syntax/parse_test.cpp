#include "dal/syntax/parse.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <thread>

#include "dal/support/codes/syntax_codes.hpp"

using namespace dal;

namespace {

struct Case {
    SourceMap sources;
    Parsed parsed;
    std::string text;

    explicit Case(std::string source) : text(std::move(source)) {
        parsed = parse(sources, sources.add("test.da", text));
    }
    [[nodiscard]] std::string at(const Span& span) const { return text.substr(span.begin, span.end - span.begin); }
    template <class Kind>
    [[nodiscard]] const Kind& declaration(size_t index) const {
        return std::get<Kind>(parsed.ast.declarations.at(index).kind);
    }
    template <class Kind>
    [[nodiscard]] const Kind& expr(ast::ExprId id) const {
        return std::get<Kind>(parsed.ast[id].kind);
    }
    [[nodiscard]] const ast::Expr& value() const { return parsed.ast[declaration<ast::Let>(0).value]; }
};

std::string shown(const Ast& ast, ast::ExprId id);

std::string shown(const Ast& ast, const ast::Index& index) {
    std::string text;
    for (const ast::Subscript& part : index.subscripts) {
        if (!text.empty()) text += ", ";
        const auto optional = [&](ast::ExprId id) { return id == ast::ExprId::none ? "" : shown(ast, id); };
        switch (part.kind) {
            case ast::Subscript::Kind::at: text += shown(ast, part.first); break;
            case ast::Subscript::Kind::slice:
                text += optional(part.first) + ":" + optional(part.last) + ":" + optional(part.step);
                break;
            case ast::Subscript::Kind::all: text += ".."; break;
            case ast::Subscript::Kind::new_axis: text += "_"; break;
        }
    }
    return text;
}

std::string shown(const Ast& ast, const std::vector<ast::Clause>& clauses) {
    std::string text;
    for (const ast::Clause& clause : clauses)
        text += (text.empty() ? "" : ", ") + clause.name.text + " in " + shown(ast, clause.over);
    return text;
}

/// The expression with all parentheses written out.
std::string shown(const Ast& ast, ast::ExprId id) {
    const ast::ExprKind& kind = ast[id].kind;
    if (const auto* e = std::get_if<ast::Number>(&kind)) return e->value.to_string();
    if (const auto* e = std::get_if<ast::Identifier>(&kind)) return e->name;
    if (const auto* e = std::get_if<ast::Unary>(&kind))
        return "(" + std::string(to_string(e->op)) + shown(ast, e->operand) + ")";
    if (const auto* e = std::get_if<ast::List>(&kind)) {
        std::string text = "[";
        for (const ast::ExprId item : e->items) text += (text.size() > 1 ? ", " : "") + shown(ast, item);
        return text + "]";
    }
    if (const auto* e = std::get_if<ast::Index>(&kind)) return shown(ast, e->object) + "[" + shown(ast, *e) + "]";
    if (const auto* e = std::get_if<ast::If>(&kind))
        return "(if " + shown(ast, e->condition) + " then " + shown(ast, e->if_true) + " else " +
               shown(ast, e->if_false) + ")";
    if (const auto* e = std::get_if<ast::Comprehension>(&kind))
        return "[for " + shown(ast, e->clauses) + " => " + shown(ast, e->value) + "]";
    if (const auto* e = std::get_if<ast::Fold>(&kind))
        return "(fold " + e->accumulator.text + " = " + shown(ast, e->start) + " for " + shown(ast, e->clauses) +
               " => " + shown(ast, e->value) + ")";
    if (const auto* e = std::get_if<ast::ArrayLiteral>(&kind)) {
        std::string text = "#";
        for (const Rational& value : *e->values) text += " " + value.to_string();
        return text;
    }
    if (const auto* e = std::get_if<ast::Binary>(&kind))
        return "(" + shown(ast, e->left) + " " + std::string(to_string(e->op)) + " " + shown(ast, e->right) + ")";
    if (const auto* e = std::get_if<ast::Pipe>(&kind))
        return "(" + shown(ast, e->value) + " |> " + shown(ast, e->function) + ")";
    if (const auto* e = std::get_if<ast::Member>(&kind)) return shown(ast, e->object) + "." + e->member.text;
    if (const auto* e = std::get_if<ast::Call>(&kind)) {
        std::string text = shown(ast, e->callee) + "(";
        for (const ast::Argument& argument : e->arguments)
            text += (text.back() == '(' ? "" : ", ") + (argument.name ? argument.name->text + ": " : "") +
                    shown(ast, argument.value);
        return text + ")";
    }
    if (const auto* e = std::get_if<ast::Block>(&kind)) {
        std::string text = "{";
        for (const ast::Let& let : e->lets) text += let.name.text + " = " + shown(ast, let.value) + "; ";
        return text + shown(ast, e->result) + "}";
    }
    return "?";
}

std::string shown(const std::string& expression) {
    const Case c("let a = " + expression);
    REQUIRE_MESSAGE(c.parsed.diagnostics.empty(), expression);
    return shown(c.parsed.ast, c.declaration<ast::Let>(0).value);
}

std::string repeated(const std::string& text, size_t count) {
    std::string result;
    result.reserve(text.size() * count);
    for (size_t j = 0; j < count; ++j) result += text;
    return result;
}

bool refused_as(const Case& c, Code code) {
    return !c.parsed.diagnostics.empty() && c.parsed.diagnostics[0].code == code;
}

}  // namespace

TEST_CASE("operators bind as the table of the language says") {
    CHECK(shown("1 + 2 * 3") == "(1 + (2 * 3))");
    CHECK(shown("1 * 2 + 3") == "((1 * 2) + 3)");
    CHECK(shown("1 - 2 - 3") == "((1 - 2) - 3)");
    CHECK(shown("8 / 4 / 2") == "((8 / 4) / 2)");
    CHECK(shown("1 - (2 - 3)") == "(1 - (2 - 3))");
    CHECK(shown("a << 1 + 2") == "(a << (1 + 2))");
    CHECK(shown("a << 1 >> 2") == "((a << 1) >> 2)");
    CHECK(shown("a + b |> f |> g(c)") == "(((a + b) |> f) |> g(c))");
    CHECK(shown("a << 1 |> f") == "((a << 1) |> f)");
    CHECK(shown("-a * b") == "((-a) * b)");
    CHECK(shown("a - -b") == "(a - (-b))");
    CHECK(shown("--a") == "(-(-a))");
    CHECK(shown("-f(a).b") == "(-f(a).b)");
    CHECK(shown("f(a, n: 3)(b)") == "f(a, n: 3)(b)");
    CHECK(shown("{ let t = a; let u = t + 1; t * u }") == "{t = a; u = (t + 1); (t * u)}");
}

TEST_CASE("the new operators bind from shifts to ranges") {
    CHECK(shown("a % b @ c * d") == "(((a % b) @ c) * d)");
    CHECK(shown("a & b << c") == "(a & (b << c))");
    CHECK(shown("a ^ b & c") == "(a ^ (b & c))");
    CHECK(shown("a | b ^ c") == "(a | (b ^ c))");
    CHECK(shown("a | b |> f == c") == "(((a | b) |> f) == c)");
    CHECK(shown("a + 1 <= b - 1") == "((a + 1) <= (b - 1))");
    CHECK(shown("0..n + 1") == "(0 .. (n + 1))");
    CHECK(shown("0..8") == "(0 .. 8)");
    CHECK(shown("1.5..2e3") == "(1.5 .. 2000)");
    CHECK(shown("(a < b) < c") == "((a < b) < c)");
    CHECK(shown("!a & ~b") == "((!a) & (~b))");
    CHECK(shown("-!~a[0].b") == "(-(!(~a[0].b)))");
}

TEST_CASE("indices are numbers, slices, all, new axes and arrays") {
    CHECK(shown("x[3]") == "x[3]");
    CHECK(shown("x[-1, 2]") == "x[-1, 2]");
    CHECK(shown("x[1:5]") == "x[1:5:]");
    CHECK(shown("x[1:]") == "x[1::]");
    CHECK(shown("x[:]") == "x[::]");
    CHECK(shown("x[::2]") == "x[::2]");
    CHECK(shown("x[::-1]") == "x[::(-1)]");
    CHECK(shown("x[n:-1:2]") == "x[n:(-1):2]");
    CHECK(shown("x[.., 0]") == "x[.., 0]");
    CHECK(shown("x[.., _]") == "x[.., _]");
    CHECK(shown("x[0..4]") == "x[(0 .. 4)]");
    CHECK(shown("x[[1, 2]]") == "x[# 1 2]");
    CHECK(shown("x[[1, 2], 0]") == "x[# 1 2, 0]");
    CHECK(shown("x[0, [1, 2], i]") == "x[0, # 1 2, i]");
    CHECK(shown("x[0](1)[i].m") == "x[0](1)[i].m");
    CHECK(shown("[1, 2][0]") == "# 1 2[0]");
    CHECK(shown("[[1, 2][0], x[1]]") == "[# 1 2[0], x[1]]");
}

TEST_CASE("prefix forms extend as far as possible") {
    CHECK(shown("if a then b else c + 1") == "(if a then b else (c + 1))");
    CHECK(shown("if a == 1 then b else if c then d else e") == "(if (a == 1) then b else (if c then d else e))");
    CHECK(shown("(if a then b else c) + 1") == "((if a then b else c) + 1)");
    CHECK(shown("fold s = 0 for i in 0..8, j in x => s + i * j") ==
          "(fold s = 0 for i in (0 .. 8), j in x => (s + (i * j)))");
    CHECK(shown("[for i in 0..4, j in 0..i => x[i] + j]") == "[for i in (0 .. 4), j in (0 .. i) => (x[i] + j)]");
    CHECK(shown("f(if a then b else c, [for i in y => i])") == "f((if a then b else c), [for i in y => i])");
    CHECK(shown("quantize(x, table)") == "quantize(x, table)");
}

TEST_CASE("tables, tests and properties keep their parts") {
    const Case c(
        "table t(v: int(4), w: fixed(1, 2, 5)) -> int(8) = v * w\n"
        "table u(v: int(4)) = [1, 2]\n"
        "test \"one\" { let a = y(x: 1); expect a == 1; expect a < 2 }\n"
        "property \"two\" (a: int(6), b: uint(3)[4]) { expect a == a; }");
    REQUIRE(c.parsed.diagnostics.empty());
    REQUIRE(c.parsed.ast.declarations.size() == 4);
    CHECK(c.declaration<ast::Table>(0).parameters.size() == 2);
    CHECK(c.declaration<ast::Table>(0).result.has_value());
    CHECK_FALSE(c.declaration<ast::Table>(1).result.has_value());
    const auto& test = c.declaration<ast::Test>(2);
    CHECK(test.name == "one");
    CHECK(c.at(test.name_span) == "\"one\"");
    REQUIRE(test.statements.size() == 3);
    CHECK(std::holds_alternative<ast::Let>(test.statements[0]));
    CHECK(c.at(std::get<ast::Expect>(test.statements[2]).span) == "expect a < 2");
    const auto& property = c.declaration<ast::Test>(3);
    CHECK(property.is_property);
    REQUIRE(property.parameters.size() == 2);
    CHECK(property.parameters[1].type->extents.size() == 1);
}

TEST_CASE("declarations nest in `with`, and survive errors beside them") {
    const Case c(
        "with weight: int(8), table: { let q = 1; f(q) } {\n"
        "  let a = { let b = 1; b }\n"
        "  with data: int(4) { let c = quantize(x) output c }\n"
        "  fn f(x) = x\n"
        "}\n"
        "let d = 1");
    REQUIRE(c.parsed.diagnostics.empty());
    REQUIRE(c.parsed.ast.declarations.size() == 2);
    const auto& with = c.declaration<ast::With>(0);
    CHECK(with.places.size() == 2);
    REQUIRE(with.declarations.size() == 3);
    CHECK(std::get<ast::With>(with.declarations[1].kind).declarations.size() == 2);
    CHECK(c.at(with.declarations[2].span) == "fn f(x) = x");
    CHECK(c.at(c.parsed.ast.declarations[0].span).ends_with("fn f(x) = x\n}"));

    const Case inner("with data: int(8) {\n let a = (1\n let b = 2\n let c = +\n}\nlet d = 3");
    CHECK(inner.parsed.diagnostics.size() == 2);
    REQUIRE(inner.parsed.ast.declarations.size() == 2);
    CHECK(inner.declaration<ast::With>(0).declarations.size() == 1);

    const Case head("with data int(8) {\n let a = 1\n}\nlet d = 3");
    CHECK(head.parsed.diagnostics.size() == 1);
    CHECK(head.parsed.ast.declarations.size() == 1);
    REQUIRE(head.parsed.ast.broken.size() == 1);
    CHECK(head.parsed.ast.broken[0].text == "a");

    for (const char* text :
         {"with data: int(8) { let a = (1 }", "with data: int(8) { let a = 1", "with data: int(8) { 3 }",
          "with data: int(8) { } }", "with data: int(8)", "with { let a = 1 }"}) {
        const Case broken(std::string(text) + "\nlet d = 3");
        CHECK_MESSAGE(broken.parsed.diagnostics.size() == 1, text);
    }
}

TEST_CASE("numbers are exact decimals") {
    CHECK(shown("0.1") == "1/10");
    CHECK(shown("1_000") == "1000");
    CHECK(shown("2.5e-3") == "1/400");
    CHECK(shown("1e20") == "100000000000000000000");
}

TEST_CASE("a malformed number is one token, and not a member of a number") {
    for (const char* text : {"3E+2.x", "3e2.x", "1.x", "12abc", "1.", "1.5.2", "1.5.2..3", "[3E+2.x]", "x[3E+2.x]"}) {
        const Case c(std::string("let a = ") + text);
        REQUIRE_MESSAGE(c.parsed.diagnostics.size() == 1, text);
        CHECK_MESSAGE(c.parsed.diagnostics[0].code == code::bad_literal, text);
    }
    CHECK(shown("3E+2 .x") == "300.x");
}

TEST_CASE("declarations keep their parts and places") {
    const Case c(
        "use nn // comment\n"
        "param w = load(\"a.npz\")\n"
        "input x: fixed(1, 3, 4)[16, n]\n"
        "let a: _[2] = x\n"
        "fn f(a: _[i], b, c = 2) -> _[i] = a\n"
        "output y: int(8) = x output a");
    REQUIRE(c.parsed.diagnostics.empty());
    REQUIRE(c.parsed.ast.declarations.size() == 7);
    CHECK(c.declaration<ast::Use>(0).name.text == "nn");
    CHECK(c.at(c.declaration<ast::Param>(1).name.span) == "w");
    const auto& input = c.declaration<ast::Input>(2);
    CHECK(c.at(input.type.span) == "fixed(1, 3, 4)[16, n]");
    REQUIRE(input.type.extents.size() == 2);
    CHECK(c.at(c.parsed.ast[input.type.extents[0]].span) == "16");
    CHECK(c.declaration<ast::Let>(3).type->extents.size() == 1);
    const auto& fn = c.declaration<ast::Fn>(4);
    REQUIRE(fn.parameters.size() == 3);
    CHECK(fn.parameters[0].type.has_value());
    CHECK_FALSE(fn.parameters[1].type.has_value());
    CHECK(fn.parameters[1].default_value == ast::ExprId::none);
    CHECK(fn.parameters[2].default_value != ast::ExprId::none);
    CHECK(fn.result.has_value());
    CHECK(c.declaration<ast::Output>(5).value != ast::ExprId::none);
    CHECK(c.declaration<ast::Output>(6).value == ast::ExprId::none);
    CHECK(c.at(c.parsed.ast.declarations[6].span) == "output a");
    REQUIRE(c.parsed.ast.comments.size() == 1);
    CHECK(c.at(c.parsed.ast.comments[0]) == "// comment");
}

TEST_CASE("shapes of plain numbers keep a place for each extent") {
    const Case c("input x: real[ 16, // rows\n 4 ]");
    REQUIRE(c.parsed.diagnostics.empty());
    const auto& extents = c.declaration<ast::Input>(0).type.extents;
    REQUIRE(extents.size() == 2);
    CHECK(c.at(c.parsed.ast[extents[1]].span) == "4");
    CHECK(c.expr<ast::Number>(extents[1]).value == Rational(4));
}

TEST_CASE("array literals are decoded with signs, comments and nesting") {
    const Case c("let a = [[1, - 2.5], // 9, [9]\n [-3e-1, - // 7\n 1_0]]");
    REQUIRE(c.parsed.diagnostics.empty());
    const auto& array = std::get<ast::ArrayLiteral>(c.value().kind);
    CHECK(array.shape == Shape{2, 2});
    CHECK((*array.values)[0] == Rational(1));
    CHECK((*array.values)[1] == -*Rational::from_decimal("2.5"));
    CHECK((*array.values)[2] == -*Rational::from_decimal("0.3"));
    CHECK((*array.values)[3] == Rational(-10));
}

TEST_CASE("a large integer in an array is exact") {
    const Case c("let a = [123456789012345678901234567890, -99999999999999999999]");
    const auto& array = std::get<ast::ArrayLiteral>(c.value().kind);
    CHECK((*array.values)[0].to_string() == "123456789012345678901234567890");
    CHECK((*array.values)[1].to_string() == "-99999999999999999999");
}

TEST_CASE("brackets with anything but numbers are no array literals") {
    for (const char* text :
         {"[1 - 2]", "[a]", "[1, f(2)]", "[(1)]", "[\"1\"]", "[- - 1]", "[[1, 2], [x, 3]]", "[]", "[[]]"}) {
        const Case c(std::string("let a = ") + text);
        REQUIRE_MESSAGE(c.parsed.diagnostics.empty(), text);
        CHECK_MESSAGE(std::holds_alternative<ast::List>(c.value().kind), text);
    }
    for (const char* text : {"[1 2]", "[1,]", "[,]", "[,1]", "[for i in []]"}) {
        const Case c(std::string("let a = ") + text);
        CHECK_MESSAGE(!c.parsed.diagnostics.empty(), text);
    }
}

TEST_CASE("each bad declaration is reported once and the others survive") {
    const Case c("let a = \nlet b = 1\nlet c = (2\nlet d = 3\nfn f( = 4\noutput b");
    CHECK(c.parsed.diagnostics.size() == 3);
    CHECK(c.parsed.ast.declarations.size() == 3);
    REQUIRE(c.parsed.ast.broken.size() == 3);
    CHECK(std::any_of(c.parsed.ast.broken.begin(), c.parsed.ast.broken.end(),
                      [](const ast::Name& name) { return name.text == "c"; }));
}

TEST_CASE("malformed UTF-8 is found at its byte") {
    const auto bad_at = [](const std::string& bytes) -> std::optional<uint32_t> {
        const Case c("// " + bytes);
        if (c.parsed.diagnostics.empty()) return std::nullopt;
        CHECK(c.parsed.diagnostics[0].code == code::not_utf8);
        return c.parsed.diagnostics[0].span.begin - 3;
    };
    CHECK_FALSE(bad_at("\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80 \xF4\x8F\xBF\xBF \xEF\xBF\xBD"));
    CHECK(bad_at("a\x80") == 1);
    CHECK(bad_at("\xC0\xAF") == 0);          // overlong
    CHECK(bad_at("\xC1\xBF") == 0);          // overlong
    CHECK(bad_at("\xE0\x9F\xBF") == 0);      // overlong
    CHECK(bad_at("\xF0\x8F\xBF\xBF") == 0);  // overlong
    CHECK(bad_at("\xED\xA0\x80") == 0);      // surrogate
    CHECK(bad_at("\xF4\x90\x80\x80") == 0);  // past U+10FFFF
    CHECK(bad_at("\xF5\x80\x80\x80") == 0);
    CHECK(bad_at("ab\xE2\x82") == 2);  // cut short by the end of the file
    CHECK(bad_at("\xFF") == 0);
}

TEST_CASE("nesting is limited, and the limit itself works") {
    CHECK(Case("let a = " + repeated("(", 256) + "1" + repeated(")", 256)).parsed.diagnostics.empty());
    CHECK(Case("let a = " + repeated("(1-", 256) + "1" + repeated(")", 256)).parsed.diagnostics.empty());
    CHECK(Case("let a = " + repeated("{let b = f(", 128) + "1" + repeated("); b}", 128)).parsed.diagnostics.empty());
    const Case c("let a = " + repeated("(", 257) + "1" + repeated(")", 257));
    REQUIRE(c.parsed.diagnostics.size() == 1);
    CHECK(c.parsed.diagnostics[0].code == code::nesting_too_deep);
}

TEST_CASE("long chains neither overflow the stack nor take long") {
    constexpr size_t count = 100'000;
    for (const char* link : {" + 1", " * a", " - b.c", " |> f", " |> f(1)"}) {
        const Case c("let a = x" + repeated(link, count));
        CHECK_MESSAGE(c.parsed.diagnostics.empty(), link);
    }
    CHECK(Case("let a = x" + repeated(".m", count)).parsed.diagnostics.empty());
    CHECK(Case("let a = x" + repeated("()", count)).parsed.diagnostics.empty());
    CHECK(Case("let a = " + repeated("-!~", count) + "x").parsed.diagnostics.empty());
    CHECK(Case("let a = x" + repeated("[i]", count)).parsed.diagnostics.empty());
    CHECK(Case("let a = x" + repeated("[1, 2]", count)).parsed.diagnostics.empty());
    CHECK(Case("let a = [x" + repeated(", x", count) + "]").parsed.diagnostics.empty());
    CHECK(Case("let a = x[0" + repeated(", i", count) + "]").parsed.diagnostics.empty());
    CHECK(Case("let a = [for i in y" + repeated(", i in y", count) + " => 1]").parsed.diagnostics.empty());
    CHECK(Case("with data: f {" + repeated("let a = 1 ", count) + "}").parsed.ast.declarations.size() == 1);
    CHECK(Case("test \"a\" {" + repeated("expect 1;", count) + "}").parsed.diagnostics.empty());
    CHECK(Case("let a = x" + repeated(" & x", count) + " == 1").parsed.diagnostics.empty());
    CHECK(refused_as(Case("let a = x" + repeated(" < x", 1000)), code::syntax_error));
    CHECK(refused_as(Case("let a = " + repeated("if c then ", count) + "x"), code::nesting_too_deep));
    CHECK(refused_as(Case("let a = " + repeated("if c then a else ", count) + "x"), code::nesting_too_deep));
    CHECK(refused_as(Case("let a = " + repeated("if ", count)), code::nesting_too_deep));
    CHECK(refused_as(Case("let a = " + repeated("fold a = 0 for i in x => ", count) + "x"), code::nesting_too_deep));
    CHECK(refused_as(Case(repeated("with data: f {", count)), code::nesting_too_deep));
    CHECK(Case("let a = " + repeated("if c then a else ", 256) + "x").parsed.diagnostics.empty());
    CHECK(Case("let a = f(" + repeated("if c then a else b, ", count) + "x)").parsed.diagnostics.empty());
    CHECK(Case("let a = f(" + repeated("(fold a = 0 for i in x, j in y => a + i), ", 1000) + "x)")
              .parsed.diagnostics.empty());
    CHECK(Case("let a = f(0" + repeated(", 1", count) + ")").parsed.diagnostics.empty());
    CHECK(Case(repeated("let a = 1\n", count)).parsed.ast.declarations.size() == count);
    CHECK(Case("let a = {" + repeated("let a = 1; ", count) + "a}").parsed.diagnostics.empty());
}

namespace {

constexpr size_t ten_megabytes = 10'000'000;

bool refused(const std::string& text) { return !Case(text).parsed.diagnostics.empty(); }
bool refused_ten_megabytes_of(const std::string& text) { return refused(repeated(text, ten_megabytes / text.size())); }

}  // namespace

TEST_CASE("ten megabytes of brackets are refused quickly") {
    for (const char* text : {"(", "[", "{", "[1,", "[[1],", ")", "let a = [", "let (", "{let"})
        CHECK_MESSAGE(refused_ten_megabytes_of(text), text);
    CHECK(refused("let a = " + repeated("[", 250) + repeated("1,", ten_megabytes / 2) + "x"));
}

TEST_CASE("ten megabytes of small tokens are refused quickly") {
    for (const char* text : {"\"", "let ", "x ", "\xFF", "="}) CHECK_MESSAGE(refused_ten_megabytes_of(text), text);
    CHECK(refused("let a = " + repeated("x+", ten_megabytes / 2) + "x"));
}

TEST_CASE("ten megabytes of one token are refused quickly") {
    CHECK(refused("let a = [" + repeated("1e9999,", ten_megabytes / 7) + "1]"));
    CHECK(refused("let a = " + repeated("9", ten_megabytes)));
    CHECK(refused("let a = \"" + repeated("\\", ten_megabytes)));
}

TEST_CASE("ten megabytes of nothing are accepted quickly") {
    CHECK(Case(repeated("// comment\n", ten_megabytes / 11)).parsed.diagnostics.empty());
    CHECK(Case(repeated(" ", ten_megabytes)).parsed.diagnostics.empty());
}

TEST_CASE("ten megabytes of array literal are one token") {
    constexpr size_t count = 2'000'000;
    const Case c("let a = [" + repeated("-12, ", count) + "0.5]");
    REQUIRE(c.parsed.diagnostics.empty());
    CHECK(std::get<ast::ArrayLiteral>(c.value().kind).shape == Shape{count + 1});
}

TEST_CASE("the parser runs in several threads") {
    std::vector<std::thread> threads;
    std::vector<size_t> found(8);
    for (size_t j = 0; j < found.size(); ++j)
        threads.emplace_back([&found, j] {
            for (size_t k = 0; k < 20; ++k)
                found[j] += Case("input x: int(8)\nlet a = x + 1 |> relu\noutput a").parsed.ast.declarations.size();
        });
    for (std::thread& thread : threads) thread.join();
    for (const size_t count : found) CHECK(count == 60);
}
