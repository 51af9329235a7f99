// `test` and `property`: programs of their own, in which what depends on an input is called with the inputs.
#include <algorithm>

#include "compile.hpp"
#include "dal/graph/graph.hpp"

using namespace dal;
using dal::test::Compiled;

namespace {

struct CompiledTests : Compiled {
    explicit CompiledTests(const std::string& text) : Compiled(text, {}, wanted()) {}
    static ElaborateOptions wanted() {
        ElaborateOptions options;
        options.tests = true;
        return options;
    }
    [[nodiscard]] const TestProgram& test(size_t index) const {
        REQUIRE((**this).tests.size() > index);
        return (**this).tests[index];
    }
    /// The only problem of the only test.
    [[nodiscard]] std::string problem() const {
        const Diagnostics& problems = test(0).problems;
        return problems.size() == 1 ? std::string(code_text(problems.front().code)) : std::to_string(problems.size());
    }
    /// The elements of a constant expectation, "variable" for others.
    [[nodiscard]] std::string outcome(size_t index, size_t expectation = 0) const {
        const TestProgram& one = test(index);
        REQUIRE(one.expects.size() > expectation);
        const Node& node = one.graph[one.expects[expectation].node];
        const auto* constant = std::get_if<op::Constant>(&node.operation);
        if (!constant) return "variable";
        std::string text;
        for (const Dyadic& value : constant->values) text += (text.empty() ? "" : " ") + value.to_string();
        return text;
    }
};

}  // namespace

TEST_CASE("a test computes the program with its inputs") {
    const CompiledTests c(
        "input x: real[2]\n"
        "let q = quantize(x, fixed(1, 3, 1))\n"
        "fn scaled(v) = v * 3 + q\n"
        "let h = scaled(q)\n"
        "output y = h + 1\n"
        "test \"one\" { let a = y(x: [0.6, -1]); expect a == [3, -3]; expect h(x: [0.6, -1]) + 1 == a; expect a[0] == "
        "4 }\n");
    REQUIRE((*c).tests.size() == 1);
    CHECK(c.test(0).name == "one");
    CHECK_FALSE(c.test(0).is_property);
    CHECK(c.test(0).graph.inputs().empty());
    CHECK(c.outcome(0, 0) == "1 1");
    CHECK(c.outcome(0, 1) == "1 1");
    CHECK(c.outcome(0, 2) == "0");
    CHECK(c.test(0).expects[2].text == "a[0] == 4");
    REQUIRE(c.test(0).expects[2].sides);
    CHECK(c.test(0).graph.outputs()[2].name == "expect2");
    // The graph of the program has nothing of it.
    CHECK(c.graph().outputs().size() == 1);
    CHECK(c.graph().size() ==
          Compiled("input x: real[2]\nlet q = quantize(x, fixed(1, 3, 1))\nfn scaled(v) = v * 3 + q\n"
                   "let h = scaled(q)\noutput y = h + 1\n")
              .graph()
              .size());
}

TEST_CASE("the parameters of a property are the inputs of its graph") {
    const CompiledTests c(
        "input x: int(4)[2]\noutput y = relu(x)\n"
        "property \"p\" (a: int(3)[2], b: uint(2)) { expect y(x: a) == relu(a); expect b >= 0; expect 1 == 1 }");
    const TestProgram& p = c.test(0);
    CHECK(p.is_property);
    REQUIRE(p.graph.inputs().size() == 2);
    CHECK(p.graph[p.graph.inputs()[0]].name == "a");
    CHECK(p.graph[p.graph.inputs()[0]].shape == Shape{2});
    CHECK(c.outcome(0, 0) == "variable");
    CHECK(c.outcome(0, 2) == "1");
    // The input of the program has a format, which inference compares with that of the parameter.
    REQUIRE(p.declared.size() == 1);
    CHECK(p.declared[0].name == "x");
    CHECK((*c).declared.empty());
}

TEST_CASE("tests without the option are only checked for names") {
    const std::string good = "input x: int(4)\noutput y = x\ntest \"t\" { expect y(z: 1) == y }";
    CHECK((*Compiled(good)).tests.empty());
    CHECK(CompiledTests(good).problem() == "E0206");
    CHECK(Compiled("output y = 1\ntest \"t\" { expect z == 1 }").code() == "E0201");
    CHECK(Compiled("output y = 1\ntest \"t\" { let a = 1; expect a == b }").code() == "E0201");
}

TEST_CASE("an error of a test is its own, unless the program has one") {
    const std::string text = "test \"t\" { expect z == 1 }\ntest \"u\" { expect 1 == 1 }";
    const CompiledTests tests("output y = 1\n" + text);
    CHECK(tests.problem() == "E0201");
    CHECK(tests.test(1).problems.empty());
    CHECK(tests.outcome(1) == "1");
    const CompiledTests both("output y = 1 / 0\n" + text);
    REQUIRE_FALSE(both.program.has_value());
    CHECK(both.program.error().size() == 2);
}

TEST_CASE("a library of functions and tests needs no output") {
    const std::string text = "fn f(v) = v + 1\ntest \"t\" { expect f(1) == 2 }";
    CHECK(Compiled(text).code() == "E0213");
    CHECK(CompiledTests(text).outcome(0) == "1");
}

TEST_CASE("wrong use of what depends on an input is explained") {
    const std::string program = "input x: int(4)\ninput z: int(4)\nlet h = x + z\noutput y = h + 1\n";
    CHECK(CompiledTests(program + "test \"t\" { expect y == 1 }").problem() == "E0207");
    CHECK(CompiledTests(program + "test \"t\" { expect y(x: 1) == 1 }").problem() == "E0206");
    CHECK(CompiledTests(program + "test \"t\" { expect y(x: 1, z: 2, w: 3) == 1 }").problem() == "E0206");
    CHECK(CompiledTests(program + "test \"t\" { expect y(x: 100, z: 2) == 1 }").problem() == "E0312");
    CHECK(CompiledTests(program + "test \"t\" { expect y(x: [1, 2], z: 2) == 1 }").problem() == "E0203");
    CHECK(CompiledTests(program + "test \"t\" { expect x(x: 1) == 1 }").outcome(0) == "1");
    CHECK(CompiledTests(program + "test \"t\" { let a = 1; let a = 2; expect a == 2 }").problem() == "E0204");
    CHECK(CompiledTests(program + "property \"t\" (a: real) { expect a == a }").problem() == "E0207");
}

TEST_CASE("only the inputs that a value needs are asked for") {
    const CompiledTests c(
        "input x: int(4)\ninput z: int(4)\nlet h = x + 1\nlet k = z + 1\noutput y = h * k\n"
        "test \"t\" { expect h(x: 2) == 3; expect y(2, 3) == 12 }");
    CHECK(c.outcome(0, 0) == "1");
    CHECK(c.outcome(0, 1) == "1");
}

TEST_CASE("a test sees the formats of the `with` around what it calls, not its own") {
    const CompiledTests c(
        "input x: real\nwith data: fixed(1, 3, 0) { let h = quantize(x) }\noutput h\n"
        "with data: fixed(1, 3, 2) { test \"t\" { expect h(x: 1.75) == 1; expect quantize(1.75) == 1.75 } }");
    CHECK(c.outcome(0, 0) == "1");
    CHECK(c.outcome(0, 1) == "1");
}
