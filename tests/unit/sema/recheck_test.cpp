// One declaration of a program is replaced: the result is that of the whole program from scratch, and what does not
// depend on the declaration is not elaborated again.
#include "dal/sema/recheck.hpp"

#include "dal/graph/graph.hpp"
#include "unit/sema/compile.hpp"

using namespace dal;
using test::Compiled;

namespace {

using Names = std::vector<std::string>;

const std::vector<std::string> lines{
    "input x: fixed(1, 3, 4)[4]",
    "let c = [1, 2, 3, 4]",
    "fn scaled(v, n = 2) = v * n + c",
    "let a = x + c",
    "let b = scaled(x)",
    "let d = relu(a) + b",
    "table t(v: int(2)) = v * v",
    "output y = d + 1",
    "output z: fixed(1, 6, 4)[4] = x - c",
    "output b",
    "let count = len(x * 3)",  // the product stays in the graph, though nothing needs it
};

std::string joined(const std::vector<std::string>& texts) {
    std::string text;
    for (const std::string& line : texts) text += line + "\n";
    return text;
}

/// A program after edits, beside the same program from scratch.
struct Edited {
    SourceMap sources;
    ElaborateOptions options;
    std::vector<std::string> texts = lines;
    Recheck recheck{sources, options, {"test.da", joined(lines), {}}};

    /// Replaces line `at`; what was elaborated again.
    std::optional<Names> replace(size_t at, const std::string& text) {
        texts[at] = text;
        return recheck.replace(text);
    }
    void compare() const {
        const Compiled scratch(joined(texts));
        const auto program = recheck.result();
        REQUIRE(program.has_value() == scratch.program.has_value());
        if (!program) {
            REQUIRE(program.error().size() == scratch.program.error().size());
            for (size_t j = 0; j < program.error().size(); ++j) {
                CHECK(program.error()[j].message == scratch.program.error()[j].message);
                CHECK(program.error()[j].code == scratch.program.error()[j].code);
            }
            return;
        }
        CHECK(print(program->graph) == print(scratch.graph()));
        REQUIRE(program->values.size() == (*scratch).values.size());
        for (size_t j = 0; j < program->values.size(); ++j) {
            CHECK(program->values[j].name == (*scratch).values[j].name);
            CHECK(program->values[j].node == (*scratch).values[j].node);
        }
        REQUIRE(program->constants.size() == (*scratch).constants.size());
        REQUIRE(program->declared.size() == (*scratch).declared.size());
        for (size_t j = 0; j < program->declared.size(); ++j)
            CHECK(program->declared[j].node == (*scratch).declared[j].node);
    }
};

}  // namespace

TEST_CASE("what depends on a replaced declaration is elaborated again, and nothing else") {
    Edited edited;
    edited.compare();
    CHECK(edited.replace(3, "let a = x - 3") == Names{"a", "d", "y"});
    edited.compare();
    CHECK(edited.replace(2, "fn scaled(v, n = 3) = v * n - c") == Names{"scaled", "b", "d", "y", "b"});
    edited.compare();
    CHECK(edited.replace(8, "output z: fixed(1, 6, 4)[4] = x + a") == Names{"z"});
    edited.compare();
    CHECK(edited.replace(1, "let c = [5, 6, 7, 8]") == Names{"c", "scaled", "b", "d", "y", "b"});
    edited.compare();
    CHECK(edited.replace(3, "let a = c + x") == Names{"a", "d", "y", "z"});
    edited.compare();
}

TEST_CASE("faults come and go with the declaration that has them") {
    Edited edited;
    CHECK(edited.replace(3, "let a = x + unknown") == Names{"a", "d", "y"});
    CHECK_FALSE(edited.recheck.result());
    edited.compare();
    CHECK(edited.replace(3, "let a = d") == Names{"a", "d", "y"});
    edited.compare();
    CHECK(edited.replace(7, "output y = d + [1, 2]") == Names{"y"});
    CHECK(edited.replace(3, "let a = x + c") == Names{"a", "d", "y"});
    edited.compare();
    CHECK(edited.replace(7, "output y = d") == Names{"y"});
    CHECK(edited.recheck.result().has_value());
    edited.compare();
}

TEST_CASE("edits that need the whole program change nothing") {
    Edited edited;
    for (const std::string text :
         {"let new = x", "fn a(v) = v", "let a = ", "let a = x let b = x", "input x: int(4)[4]", "output a"})
        CHECK_FALSE(edited.recheck.replace(text).has_value());
    edited.compare();
    SourceMap sources;
    const ElaborateOptions options;
    Recheck open(sources, options,
                 {"test.da", "input x: int(4)\nparam w = 0.3\noutput y = quantize(w, int(3)) * x", {}});
    CHECK_FALSE(open.replace("output y = x").has_value());
    Recheck with(sources, options, {"test.da", "with data: int(4) { let a = 1 }\ninput x: int(4)\noutput y = x", {}});
    CHECK_FALSE(with.replace("output y = x + 1").has_value());
}
