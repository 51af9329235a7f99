#include "dal/support/diagnostic.hpp"

#include <doctest/doctest.h>

#include <set>

#include "dal/support/check.hpp"
#include "dal/support/codes/file_codes.hpp"
#include "dal/support/codes/name_codes.hpp"
#include "dal/support/codes/real_codes.hpp"
#include "dal/support/codes/shape_codes.hpp"
#include "dal/support/codes/syntax_codes.hpp"

namespace dal {
namespace {

/// The first occurrence of `what` in a file.
Span find(const SourceMap& sources, FileId file, std::string_view what) {
    const size_t at = sources.file(file).text().find(what);
    REQUIRE(at != std::string_view::npos);
    return {file, static_cast<uint32_t>(at), static_cast<uint32_t>(at + what.size())};
}

TEST_CASE("a diagnostic shows its place, rule and help") {
    SourceMap sources;
    const FileId file = sources.add("net.da", "input x: real[4]\n\noutput y = x + 1\n");
    const Diagnostic d = error(code::real_in_arithmetic, find(sources, file, "x + 1"), "`+` on a real value")
                             .with_label("`x` is not quantized")
                             .with_place(find(sources, file, "real[4]"), "declared here")
                             .with_rule("arithmetic needs a format")
                             .with_help("`quantize(x, fixed(1, 3, 4))`");
    CHECK(render(d, sources, false) == R"(error[E0301]: `+` on a real value
 --> net.da:3:12
  |
1 | input x: real[4]
  |          ------- declared here
 ...
3 | output y = x + 1
  |            ^^^^^ `x` is not quantized
  |
  = rule: arithmetic needs a format
  = help: `quantize(x, fixed(1, 3, 4))`
)");
}

TEST_CASE("a diagnostic without a place has no snippet") {
    const Diagnostic d =
        error(code::cannot_read, {}, "cannot read `x.npy`: no such file").with_help("`dal run net.da --input y.npy`");
    CHECK(render(d, SourceMap(), false) ==
          "error[E0401]: cannot read `x.npy`: no such file\n  = help: `dal run net.da --input y.npy`\n");
}

TEST_CASE("several places in one line share it") {
    SourceMap sources;
    const FileId file = sources.add("a.da", "let a = b + c");
    const Diagnostic d = error(code::bad_shape, find(sources, file, "+"), "shapes differ")
                             .with_place(find(sources, file, "b"), "[2]")
                             .with_place(find(sources, file, "c"), "[3]");
    CHECK(render(d, sources, false) == R"(error[E0203]: shapes differ
 --> a.da:1:11
  |
1 | let a = b + c
  |           ^
  |         - [2]
  |             - [3]
  |
)");
}

TEST_CASE("places in other files follow, with a margin that fits") {
    SourceMap sources;
    const FileId net = sources.add("net.da", "output y = f(x)\n");
    const FileId lib = sources.add("lib.da", "\n\n\n\n\n\n\n\n\n\n\nfn f(x) = x + nothing\n");
    const Diagnostic d = error(code::unknown_name, find(sources, net, "f(x)"), "a call fails")
                             .with_place(find(sources, lib, "nothing"), "not declared");
    CHECK(render(d, sources, false) == R"(error[E0201]: a call fails
 --> net.da:1:12
  |
1 | output y = f(x)
  |            ^^^^
  |
  --> lib.da:12:15
   |
12 | fn f(x) = x + nothing
   |               ------- not declared
   |
)");
}

TEST_CASE("carets count characters, not bytes, and tabs are one") {
    SourceMap sources;
    const FileId file = sources.add("utf8.da", "\tlet größe = \"µ→∞\" + fehlt");
    CHECK(render(error(code::unknown_name, find(sources, file, "fehlt"), "unknown name `fehlt`"), sources, false) ==
          "error[E0201]: unknown name `fehlt`\n"
          " --> utf8.da:1:29\n"
          "  |\n"
          "1 |  let größe = \"µ→∞\" + fehlt\n"
          "  |                      ^^^^^\n"
          "  |\n");
}

TEST_CASE("nothing raw reaches a terminal") {
    SourceMap sources;
    const FileId file = sources.add("a\x1b[31m.da", "x \x1b[2J \xC2\x9B \xFF y");
    const Span y = find(sources, file, "y");
    const std::string text = render(error(code::unknown_name, y, "bad \x1b]0;title\x07"), sources, false);
    CHECK(text ==
          "error[E0201]: bad  ]0;title \n"
          " --> a [31m.da:1:13\n"
          "  |\n"
          "1 | x  [2J   \xEF\xBF\xBD y\n"
          "  |            ^\n"
          "  |\n");
}

TEST_CASE("a long line is cut to a window around the place") {
    SourceMap sources;
    std::string line = "let w = [";
    for (int j = 100; j < 1000; ++j) line += std::to_string(j) + ", ";
    const FileId file = sources.add("long.da", line + "1]");
    const Span middle = find(sources, file, "500");
    const std::string text = render(
        error(code::syntax_error, middle, "here").with_place(find(sources, file, "let"), "and here"), sources, false);
    CHECK(
        text ==
        "error[E0101]: here\n"
        " --> long.da:1:2010\n"
        "  |\n"
        "1 | ...490, 491, 492, 493, 494, 495, 496, 497, 498, 499, 500, 501, 502, 503, 504, 505, 506, 507, 508, 509, "
        "...\n"
        "  |                                                      ^^^\n"
        "1 | let w = [100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112, 113, 114, 115, 116, 117, 1...\n"
        "  | --- and here\n"
        "  |\n");
}

TEST_CASE("a window never splits a character") {
    SourceMap sources;
    std::string line;
    for (int j = 0; j < 200; ++j) line += "→";
    const FileId file = sources.add("arrows.da", line + "x" + line);
    const std::string text = render(error(code::syntax_error, find(sources, file, "x"), "here"), sources, false);
    CHECK(text.find("\xEF\xBF\xBD") == std::string::npos);
    CHECK(text.find("→x→") != std::string::npos);
}

TEST_CASE("places at the end of a text, or past it, have one caret") {
    SourceMap sources;
    const FileId empty = sources.add("empty.da", "");
    CHECK(render(error(code::syntax_error, {empty, 0, 0}, "nothing"), sources, false) ==
          "error[E0101]: nothing\n --> empty.da:1:1\n  |\n1 | \n  | ^\n  |\n");
    const FileId file = sources.add("a.da", "let a =\r\n");
    CHECK(render(error(code::syntax_error, {file, 7, 400}, "no value"), sources, false) ==
          "error[E0101]: no value\n --> a.da:1:8\n  |\n1 | let a =\n  |        ^\n  |\n");
    CHECK(render(error(code::syntax_error, {file, 9, 9}, "end"), sources, false) ==
          "error[E0101]: end\n --> a.da:2:1\n  |\n2 | \n  | ^\n  |\n");
}

TEST_CASE("a place over several lines is marked in its first") {
    SourceMap sources;
    const FileId file = sources.add("a.da", "f(1,\n  2)\n");
    CHECK(render(error(code::bad_shape, {file, 0, 9}, "bad call"), sources, false) ==
          "error[E0203]: bad call\n --> a.da:1:1\n  |\n1 | f(1,\n  | ^^^^\n  |\n");
}

TEST_CASE("colour adds escapes and changes nothing else") {
    SourceMap sources;
    const FileId file = sources.add("a.da", "let a = b");
    Diagnostic d = error(code::unknown_name, find(sources, file, "b"), "unknown name `b`").with_help("`a`");
    const std::string text = render(d, sources, true);
    CHECK(text.starts_with("\x1b[1;31merror[E0201]\x1b[0m\x1b[1m: unknown name `b`\x1b[0m\n"));
    std::string bare;
    for (size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '\x1b')
            at = text.find('m', at);
        else
            bare += text[at];
    }
    CHECK(bare == render(d, sources, false));
    d.severity = Severity::warning;
    CHECK(render(d, sources, true).starts_with("\x1b[1;33mwarning[E0201]"));
    CHECK(render(d, sources, false).starts_with("warning[E0201]"));
}

TEST_CASE("codes are unique, ordered and titled") {
    std::set<std::string_view> seen;
    std::string_view before;
    for (const Code code : all_codes()) {
        const std::string_view text = code_text(code);
        CHECK_MESSAGE((text.size() == 5 && text[0] == 'E'), text);
        CHECK_MESSAGE(seen.insert(text).second, text);
        CHECK_MESSAGE(before < text, text);
        CHECK_FALSE(code_title(code).empty());
        before = text;
    }
}

TEST_CASE("names that are near are found, others are not") {
    const std::vector<std::string> names{"quantize", "relu", "einsum", "ab", "x"};
    CHECK(nearest("quantise", names) == "quantize");
    CHECK(nearest("qunatize", names) == "quantize");  // a transposition is one mistake
    CHECK(nearest("rleu", names) == "relu");
    CHECK(nearest("relus", names) == "relu");
    CHECK(nearest("einsm", names) == "einsum");
    CHECK(nearest("aa", names) == "ab");
    CHECK(nearest("y", names).empty());  // one letter is like any other
    CHECK(nearest("tanh", names).empty());
    CHECK(nearest("", names).empty());
    CHECK(nearest(std::string(100'000, 'r'), names).empty());
    CHECK(nearest("relu", {}).empty());
}

TEST_CASE("spans join, and sources know their lines") {
    SourceMap sources;
    const FileId file = sources.add("a.da", "one\ntwo\r\nthree");
    const Span two = find(sources, file, "two");
    const Span three = find(sources, file, "three");
    CHECK(sources.text(Span::join(two, three)) == "two\r\nthree");
    CHECK(Span::join({}, two) == two);
    CHECK(Span::join(two, {}) == two);
    CHECK(sources.describe(three) == "a.da:3:1");
    CHECK(sources.describe({}).empty());
    CHECK(sources.file(file).line(2) == "two");
    CHECK_THROWS_AS((void)sources.file(static_cast<FileId>(9)), InternalError);
}

TEST_CASE("a broken invariant names itself") {
    try {
        DAL_CHECK(1 > 2, "one is " + std::to_string(1));
        FAIL("not thrown");
    } catch (const InternalError& e) {
        CHECK(std::string(e.what()).starts_with("one is 1 [1 > 2, "));
    }
}

}  // namespace
}  // namespace dal
