#include "dal/syntax/format.hpp"

#include <doctest/doctest.h>

#include <ctime>
#include <filesystem>

#include "dal/support/file.hpp"
#include "dal/syntax/equal.hpp"
#include "dal/syntax/parse.hpp"
#include "unit/source_tree.hpp"
#include "unit/syntax/random_program.hpp"

using namespace dal;

namespace {

std::string formatted(const std::string& text) {
    SourceMap sources;
    auto result = format(sources, sources.add("test.da", text));
    if (result) return *result;
    std::string message;
    for (const Diagnostic& diagnostic : result.error()) message += render(diagnostic, sources, false);
    FAIL(message << "in\n" << text);
    return {};
}

Ast parsed(const std::string& text) {
    SourceMap sources;
    Parsed result = parse(sources, sources.add("test.da", text));
    REQUIRE(result.diagnostics.empty());
    return std::move(result.ast);
}

/// All comments in order, without the white space at their ends; found without the lexer.
std::vector<std::string> comments(const std::string& text) {
    std::vector<std::string> result;
    bool in_string = false;
    for (size_t at = 0; at < text.size(); ++at) {
        if (in_string && text[at] == '\\') {
            ++at;
        } else if (text[at] == '"') {
            in_string = !in_string;
        } else if (!in_string && text.compare(at, 2, "//") == 0) {
            const size_t end = std::min(text.find_first_of("\r\n", at), text.size());
            std::string comment = text.substr(at, end - at);
            comment.erase(comment.find_last_not_of(" \t") + 1);
            result.push_back(std::move(comment));
            at = end;
        }
    }
    return result;
}

/// The text without white space and comments: what may not change.
std::string essence(const std::string& text) {
    std::string result;
    bool in_string = false;
    for (size_t at = 0; at < text.size(); ++at) {
        if (!in_string && text.compare(at, 2, "//") == 0) {
            at = std::min(text.find_first_of("\r\n", at), text.size());
            continue;
        }
        if (in_string && text[at] == '\\') result += text[at++];
        if (text[at] == '"') in_string = !in_string;
        if (in_string || std::string_view(" \t\r\n").find(text[at]) == std::string_view::npos) result += text[at];
    }
    return result;
}

void check_formatting(const std::string& text) {
    CAPTURE(text);
    const std::string once = formatted(text);
    CHECK(formatted(once) == once);
    CHECK(equal_up_to_places(parsed(text), parsed(once)));
    CHECK(comments(once) == comments(text));
    const size_t mark = text.starts_with("\xEF\xBB\xBF") ? 3 : 0;  // a byte order mark goes
    CHECK(essence(once) == essence(text.substr(mark)));
    for (const char* ugly : {" \n", "\t\n", "\r", "\n\n\n"}) CHECK(once.find(ugly) == std::string::npos);
}

}  // namespace

TEST_CASE("spaces stand where they belong") {
    CHECK(formatted("let a=x+1*-y<<2|>relu|>f( b ,n:3 )") == "let a = x + 1 * -y << 2 |> relu |> f(b, n: 3)\n");
    CHECK(formatted("let a = x [ :: -1, 1 : n + 1, _, .. , [ 1,2 ] ]") == "let a = x[::-1, 1:n + 1, _, .., [1, 2]]\n");
    CHECK(formatted("fn f(a:_[ i,o ],fmt,n=2)->_[ o ]=a") == "fn f(a: _[i, o], fmt, n = 2) -> _[o] = a\n");
    CHECK(formatted("let a={let b=1;b}let c=2") == "let a = { let b = 1; b }\nlet c = 2\n");
    CHECK(formatted("test \"t\"{expect !a&~b==1}") == "test \"t\" { expect !a & ~b == 1 }\n");
    CHECK(formatted("let a=fold s=0 for i in 0 .. 8,j in x=>s+i") ==
          "let a = fold s = 0 for i in 0..8, j in x => s + i\n");
    CHECK(formatted("with data:int( 8 ){let a=1}") == "with data: int(8) {\n  let a = 1\n}\n");
    CHECK(formatted("") == "");
    CHECK(formatted("\n\n// only\n\n\n// comments") == "// only\n\n// comments\n");
}

TEST_CASE("what is too long is broken at its outermost level") {
    const std::string name(40, 'a');
    CHECK(formatted("let a = " + name + " |> f(" + name + ") |> g(" + name + ")") ==
          "let a = " + name + "\n  |> f(" + name + ")\n  |> g(" + name + ")\n");
    CHECK(formatted("let a = f(" + name + ", g(" + name + ", 1), x)[2]") ==
          "let a = f(\n  " + name + ",\n  g(" + name + ", 1),\n  x\n)[2]\n");
    CHECK(formatted("let a = " + name + " * " + name + " + " + name) ==
          "let a =\n  " + name + " * " + name + "\n    + " + name + "\n");
    CHECK(formatted("let a = if " + name + " then " + name + " else " + name) ==
          "let a =\n  if " + name + "\n  then " + name + "\n  else " + name + "\n");
    const std::string exact(100 - 8, 'a');
    CHECK(formatted("let a = " + exact.substr(0, 46) + "+" + exact.substr(0, 43)).find('\n') == 100);
    CHECK(formatted("let a = " + exact.substr(0, 46) + "+" + exact.substr(0, 44)).find('\n') == 7);
}

TEST_CASE("matrices that stand on several lines have aligned columns") {
    CHECK(formatted("let a = [\n[1,-2.5],\n[100,3]]") == "let a = [\n  [  1, -2.5],\n  [100,    3]\n]\n");
    CHECK(formatted("let a = [[1,-2.5],\n[100,3]]") == "let a = [[1, -2.5], [100, 3]]\n");
    CHECK(formatted("let a = [ // why\n[1,2], // first\n// own\n[30,4] // last\n]") ==
          "let a = [  // why\n  [ 1, 2],  // first\n  // own\n  [30, 4]  // last\n]\n");
}

TEST_CASE("comments stay beside what they are about") {
    CHECK(formatted("let a = f(// c0\nx, // c1\n// c2\ny // c3\n) // c4") ==
          "let a = f(  // c0\n  x,  // c1\n  // c2\n  y  // c3\n)  // c4\n");
    CHECK(formatted("let a = x // c1\n // c2\n |> f") == "let a = x  // c1\n  // c2\n  |> f\n");
    CHECK(formatted("with data: f { // c1\n\n // c2\nlet a = 1\n// c3\n} // c4") ==
          "with data: f {  // c1\n  // c2\n  let a = 1\n  // c3\n}  // c4\n");
    CHECK(formatted("let a = 1\n\n\n// c1\n\nlet b = 2 // c2\n// c3\nlet c = 3") ==
          "let a = 1\n\n// c1\n\nlet b = 2  // c2\n// c3\nlet c = 3\n");
}

TEST_CASE("syntax errors are reported") {
    SourceMap sources;
    const auto result = format(sources, sources.add("test.da", "let a = (1\nlet b = +"));
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().size() == 2);
}

TEST_CASE("trees that differ in anything but places are told apart") {
    const std::vector<std::string> programs = {"let a = 1",
                                               "let b = 1",
                                               "let a = 2",
                                               "let a: int(8) = 1",
                                               "let a: int(8)[1] = 1",
                                               "param a = 1",
                                               "output a = 1",
                                               "output a",
                                               "let a = [1]",
                                               "let a = [[1]]",
                                               "let a = [2]",
                                               "let a = [x]",
                                               "let a = [x, x]",
                                               "let a = -x",
                                               "let a = ~x",
                                               "let a = x.y",
                                               "let a = x.z",
                                               "let a = x(y)",
                                               "let a = x(n: y)",
                                               "let a = x(m: y)",
                                               "let a = x |> y",
                                               "let a = x + y",
                                               "let a = x - y",
                                               "let a = y - x",
                                               "let a = x[1:]",
                                               "let a = x[:1]",
                                               "let a = x[::1]",
                                               "let a = x[1]",
                                               "let a = x[..]",
                                               "let a = x[_]",
                                               "let a = \"x\"",
                                               "let a = x",
                                               "let a = if x then y else z",
                                               "let a = if x then z else y",
                                               "let a = [for i in x => i]",
                                               "let a = [for j in x => i]",
                                               "let a = [for i in x, i in x => i]",
                                               "let a = fold i = x for i in x => i",
                                               "let a = { let b = x; b }",
                                               "let a = { let c = x; b }",
                                               "fn a() = x",
                                               "fn a(b) = x",
                                               "fn a(b = 1) = x",
                                               "fn a() -> y = x",
                                               "table a(b: y) = x",
                                               "test \"a\" { expect x }",
                                               "test \"b\" { expect x }",
                                               "test \"a\" { let x = x }",
                                               "property \"a\" () { expect x }",
                                               "property \"a\" (b: y) { expect x }",
                                               "with data: f { let a = 1 }",
                                               "with bias: f { let a = 1 }",
                                               "with data: f { }",
                                               "with data: f { } let a = 1",
                                               "use a",
                                               "use b",
                                               "input a: x",
                                               "input a: y"};
    for (const std::string& a : programs)
        for (const std::string& b : programs)
            CHECK_MESSAGE(equal_up_to_places(parsed(a), parsed(" // comment\n" + b)) == (a == b), a, " | ", b);
}

TEST_CASE("every program of the repository can be formatted") {
    size_t count = 0;
    for (const char* folder : {"tests/golden", "examples", "stdlib"}) {
        for (const auto& entry : std::filesystem::recursive_directory_iterator(test::source_tree() / folder)) {
            const std::string name = entry.path().filename().string();
            if (entry.path().extension() != ".da") continue;
            if (name.starts_with("fail_") || name == "module_syntax.da") continue;
            CAPTURE(name);
            check_formatting(*read_file(entry.path()));
            ++count;
        }
    }
    CHECK(count > 10);
}

TEST_CASE("random programs with comments anywhere") {
    constexpr uint32_t rounds = 1000;
    size_t found = 0;
    for (uint32_t seed = 0; seed < rounds; ++seed) {
        CAPTURE(seed);
        const std::string text = test::RandomProgram(seed).text();
        check_formatting(text);
        found += comments(text).size();
    }
    CHECK(found > 5 * rounds);
}

TEST_CASE("large array literals take no more than their share") {
    std::string text = "let a = [";
    for (int j = 0; j < 2'000'000; ++j) text += (j > 0 ? "," : "") + std::to_string(j % 999 - 500);
    text += "]";
    const std::clock_t start = std::clock();  // of the processor, so that other programs do not count
    const std::string result = formatted(text);
    CHECK((std::clock() - start) / CLOCKS_PER_SEC < 30);
    CHECK(result.size() < 2 * text.size());
    std::string rows = "let a = [";
    for (int j = 0; j < 100'000; ++j) rows += "[1,2,-3,4000],";
    CHECK(formatted(rows + "[1,2,3,4]]").find("\n  [1, 2, -3, 4000],\n") != std::string::npos);
}

TEST_CASE("long chains and deep nesting do not overflow the stack of the formatter") {
    const auto repeated = [](const std::string& text, size_t count) {
        std::string result;
        for (size_t j = 0; j < count; ++j) result += text;
        return result;
    };
    for (const char* link : {" + x", " |> f(1)", "[i]", ".m", "()"})
        CHECK_FALSE(formatted("let a = x" + repeated(link, 100'000)).empty());
    check_formatting("let a = " + repeated("(x + f[", 128) + "1" + repeated("])", 128));
    check_formatting("let a = " + repeated("if c then a else ", 256) + "x");
    check_formatting(repeated("with data: f {\n", 256) + "let a = 1" + repeated("}", 256));
}
