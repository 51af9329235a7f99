// What the tests of a program reach, as elaboration records it.
#include "dal/sema/coverage.hpp"

#include "compile.hpp"

using namespace dal;
using dal::test::Compiled;

namespace {

struct Covered {
    explicit Covered(const std::string& text) : compiled(text, {}, wanted(coverage)) {
        REQUIRE_MESSAGE(compiled.program.has_value(), compiled.messages());
    }
    static ElaborateOptions wanted(Coverage& coverage) {
        ElaborateOptions options;
        options.tests = true;
        options.needs_output = false;
        options.coverage = &coverage;
        return options;
    }
    /// Whether a test reaches an expression, given by its text.
    [[nodiscard]] bool reaches(size_t test, const std::string& expr) const {
        const Coverage::Reached reached = coverage.reached(test);
        const Ast& ast = *coverage.files().front();
        bool found = false;
        for (size_t id = 0; id < ast.size(); ++id) {
            if (compiled.sources.text(ast[static_cast<ast::ExprId>(id)].span) != expr) continue;
            found = true;
            const auto exprs = reached.expressions.find(&ast);
            if (exprs != reached.expressions.end() && exprs->second.contains(static_cast<uint32_t>(id))) return true;
        }
        CHECK_MESSAGE(found, "no expression `" << expr << "`");
        return false;
    }
    [[nodiscard]] std::vector<Coverage::Arms> arms(size_t test) const {
        std::vector<Coverage::Arms> result;
        for (const auto& [choice, arms] : coverage.reached(test).arms) result.push_back(arms);
        return result;
    }

    Coverage coverage;
    Compiled compiled;
};

}  // namespace

TEST_CASE("a test reaches what it evaluates, through functions and through names of constants") {
    const Covered c(
        "fn double(v) = v * 2\n"
        "fn triple(v, by = 1 + 2) = v * by\n"
        "let four = double(4 - 2)\n"
        "let other = 7 - 1\n"
        "test \"a name\" { expect four == 4 }\n"
        "test \"a default\" { expect triple(5) == 15 }\n"
        "test \"no default\" { expect triple(5, 1) == 5 }\n");
    CHECK(c.reaches(0, "4 - 2"));
    CHECK(c.reaches(0, "v * 2"));
    CHECK_FALSE(c.reaches(0, "v * by"));
    CHECK_FALSE(c.reaches(0, "7 - 1"));
    CHECK(c.reaches(1, "v * by"));
    CHECK(c.reaches(1, "1 + 2"));
    CHECK_FALSE(c.reaches(2, "1 + 2"));
    CHECK_FALSE(c.reaches(1, "4 - 2"));
}

TEST_CASE("what depends on an input is reached when it is called with inputs") {
    const Covered c(
        "input x: int(4)[2]\n"
        "let h = x + 1\n"
        "let g = x + 3\n"
        "output y = h * 2\n"
        "test \"y\" { expect y(x: [1, 2]) == [4, 6] }\n");
    CHECK(c.reaches(0, "x + 1"));
    CHECK(c.reaches(0, "h * 2"));
    CHECK_FALSE(c.reaches(0, "x + 3"));
}

TEST_CASE("formats of `with` are used by what is inside of it") {
    const Covered c(
        "let narrow = fixed(1, 1 + 1, 0)\n"
        "let wide = fixed(1, 2 + 2, 0)\n"
        "with data: narrow, weight: wide { let k = quantize(5) }\n"
        "test \"k\" { expect k == -3 }\n"
        "test \"nothing\" { expect 1 == 1 }\n");
    CHECK(c.reaches(0, "1 + 1"));
    CHECK_FALSE(c.reaches(1, "1 + 1"));
}

TEST_CASE("one arm of a constant choice is evaluated; arms of others are chosen by values") {
    const Covered c(
        "fn pick(c, v) = if c then v + 1 else v - 1\n"
        "test \"then\" { expect pick(1, 2) == 3 }\n"
        "test \"by element\" { expect pick([1, 1], 2) == 3 }\n"
        "property \"by value\" (a: bool) { expect pick(a, 2) > 0 }\n");
    CHECK(c.reaches(0, "v + 1"));
    CHECK_FALSE(c.reaches(0, "v - 1"));
    REQUIRE(c.arms(0).size() == 1);
    CHECK(c.arms(0)[0] == Coverage::Arms{true, false});
    CHECK(c.reaches(1, "v - 1"));
    CHECK(c.arms(1)[0] == Coverage::Arms{true, false});
    CHECK(c.arms(2).empty());
    CHECK(c.coverage.reached(2).choices.size() == 1);
}

TEST_CASE("entries that constants read are known at once, others by whoever runs the property") {
    const Covered c(
        "table half(v: int(3)) = v >> 1\n"
        "table both(a: bool, b: uint(2)) = a + b\n"
        "test \"constants\" { expect half([-4, 3]) == [-2, 1.5]; expect both(1, 2) == 3 }\n"
        "property \"values\" (a: int(2)) { expect half(a) <= 1 }\n");
    REQUIRE(c.coverage.tables().size() == 2);
    const auto constants = c.coverage.reached(0);
    CHECK(constants.read.at(c.coverage.tables()[0].table) ==
          std::vector<bool>{true, false, false, false, false, false, false, true});
    CHECK(constants.read.at(c.coverage.tables()[1].table) ==
          std::vector<bool>{false, false, false, false, false, false, true, false});
    const auto values = c.coverage.reached(1);
    CHECK(values.read.empty());
    REQUIRE(values.tables.size() == 1);
    CHECK(values.tables[0].table == c.coverage.tables()[0].table);
    CHECK(std::holds_alternative<op::Table>((*c.compiled).tests[1].graph[values.tables[0].node].operation));
}
