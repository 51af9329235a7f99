// Tables in programs: their entries, their calls, and what goes wrong.
#include "compile.hpp"

namespace dal {
namespace {

using test::Compiled;

std::string constant(const std::string& declarations, const std::string& expression) {
    const Compiled program(declarations + "\nlet a = " + expression + "\noutput y = a\n");
    return program.program ? program.constant("a") : program.code();
}
std::string code(const std::string& declarations, const std::string& expression) {
    return Compiled(declarations + "\noutput y = " + expression + "\n").code();
}
/// The only table of a program.
op::Table table_of(const Compiled& program) {
    for (const Node& node : program.graph().nodes())
        if (const auto* table = std::get_if<op::Table>(&node.operation)) return *table;
    FAIL("no table");
    return {};
}

TEST_CASE("a table of a formula holds rounded values in ascending order of the argument") {
    const Compiled program(
        "table squash(v: fixed(1, 1, 2)) -> fixed(0, 0, 8, round: rnd_conv, overflow: sat) = 1 / (1 + exp(-v))\n"
        "input x: fixed(1, 1, 2)[4]\noutput y = squash(x)\n");
    const op::Table table = table_of(program);
    CHECK(table.first == Int(-8));
    CHECK(table.f == 2);
    CHECK(table.size == 16);
    REQUIRE(table.entries->size() == 16);
    CHECK(table.entry(0, 0) == Dyadic(31, -8));    // sigmoid(-2) · 256 = 30.52
    CHECK(table.entry(0, 8) == Dyadic(1, -1));     // sigmoid(0)
    CHECK(table.entry(0, 15) == Dyadic(218, -8));  // sigmoid(1.75) · 256 = 218.2
}

TEST_CASE("constants are looked up at once") {
    const std::string square = "table square(v: int(4)) = v * v";
    CHECK(constant(square, "square([-8, 0, 7])") == "64 0 49");
    CHECK(constant(square, "square(3)") == "9");
    CHECK(code(square, "square(8)") == "E0313");
    CHECK(code(square, "square(0.5)") == "E0313");
    CHECK(code(square, "square(1, 2)") == "E0206");
}

TEST_CASE("several parameters: the first is slowest, and they broadcast") {
    const std::string pair = "table pair(a: uint(2), b: int(2)) = a * 10 + b";
    CHECK(constant(pair, "pair(3, -2)") == "28");
    CHECK(constant(pair, "pair([0, 1, 2, 3], 1)") == "1 11 21 31");
    CHECK(constant(pair, "pair([[0], [3]], [-2, 1])") == "-2 1 28 31");
    const std::string data = "table data(a: uint(1), b: uint(2)) = [[1, 2, 3, 4], [5, 6, 7, 8]]";
    CHECK(constant(data, "data([0, 0, 1, 1], [0, 3, 0, 3])") == "1 4 5 8");
    CHECK(constant("table majority(a: bool, b: bool, c: bool) = [0, 0, 0, 1, 0, 1, 1, 1]",
                   "majority([0, 1, 1], 1, [0, 0, 1])") == "0 1 1");
}

TEST_CASE("a call with several variables packs their codes into one index") {
    const Compiled program(
        "table pair(a: fixed(1, 1, 1), b: uint(2)) = a + b\ninput a: fixed(1, 1, 1)\ninput b: uint(2)[3]\n"
        "output y = pair(a, b)\n");
    const op::Table table = table_of(program);
    CHECK(table.first == Int(-16));
    CHECK(table.f == 0);
    CHECK(table.size == 32);
    CHECK(table.entry(0, 0) == Dyadic(-2));
    CHECK(table.entry(0, 31) == Dyadic(9, -1));
    CHECK((*program).declared.size() == 2);
    CHECK(program.graph()[program.graph().outputs().front().node].shape == Shape{3});
}

TEST_CASE("formats of entries: written, from the place `table`, or none") {
    const std::string third = "= 1 / (v + 3)";
    CHECK(constant("table f(v: uint(1)) -> fixed(0, 0, 4) " + third, "f(0)") == "0.3125");
    CHECK(constant("with table: fixed(0, 0, 2) { table f(v: uint(1)) " + third + " }", "f(0)") == "0.25");
    CHECK(constant("with table: fixed(0, 0, 2) { table f(v: uint(1)) -> fixed(0, 0, 4) " + third + " }", "f(0)") ==
          "0.3125");
    CHECK(code("table f(v: uint(1)) " + third, "f(0)") == "E0308");
    CHECK(code("table f(v: uint(1)) = exp(v)", "f(0)") == "E0311");
}

TEST_CASE("entries are exact at any width") {
    CHECK(constant("table f(v: uint(2)) = v * 1267650600228229401496703205377 / 1024", "f([1, 3])") ==
          Rational(Dyadic(Int::pow2(100) + 1, -10)).to_string() + " " +
              Rational(Dyadic((Int::pow2(100) + 1) * 3, -10)).to_string());
    CHECK(constant("table f(v: uint(2)) -> fixed(0, 2, 300) = v / 3", "f(3)") == "1");
}

TEST_CASE("large tables, and tables that are too large") {
    const Compiled program(
        "table f(v: int(16)) -> fixed(0, 0, 16, overflow: sat) = sigmoid(v / 4096)\ninput x: int(16)\noutput y = "
        "f(x)\n");
    CHECK(table_of(program).size == 65536);
    CHECK(code("table f(v: int(21)) = v", "f(0)") == "E0210");
    CHECK(code("table f(v: int(11), w: int(10)) = v", "f(0, 0)") == "E0210");
    CHECK(code("table f(v: int(4096)) = v", "f(0)") == "E0210");
}

TEST_CASE("zero-width and one-bit parameters") {
    CHECK(constant("table f(v: uint(0)) = v + 5", "f(0)") == "5");
    CHECK(constant("table f(v: int(1)) = v + 5", "f([0, -1])") == "5 4");
    CHECK(constant("table f(v: uint(0), w: uint(1)) = v + 5 + w", "f(0, 1)") == "6");
}

TEST_CASE("what is wrong with a table is said once, where it is declared") {
    CHECK(code("table f(v: real) = v", "1") == "E0207");
    CHECK(code("table f(v: int(2)[3]) = v", "1") == "E0207");
    CHECK(code("table f(v: int(2)) = [1, 2, 3]", "f(0)") == "E0203");
    CHECK(code("input x: int(3)\ntable f(v: int(2)) = v + x", "f(0)") == "E0305");
    CHECK(code("table f(v: int(2)) -> fixed(0, 2, 4) = sqrt(v)", "f(0)") == "E0309");
    CHECK(code("table f(v: int(2)) = v\ninput x: real", "f(x)") == "E0301");
}

TEST_CASE("lookup: tables as values, one for each channel") {
    CHECK(constant("", "lookup([0, 3, 1], [10, 20, 30, 40], uint(2))") == "10 40 20");
    CHECK(constant("", "lookup([0, 3], [[10, 20, 30, 40], [1, 2, 3, 4]], uint(2))") == "10 4");
    CHECK(constant("", "lookup([[0, 3], [1, 2]], [[10, 20, 30, 40], [1, 2, 3, 4]], uint(2))") == "10 4 20 3");
    CHECK(constant("", "lookup(2, [[10, 20, 30, 40], [1, 2, 3, 4]], uint(2))") == "30 3");
    CHECK(constant("", "lookup([-2, 1], [10, 20, 30, 40], int(2))") == "10 40");
    CHECK(code("", "lookup(4, [10, 20, 30, 40], uint(2))") == "E0313");
    CHECK(code("", "lookup(0, [10, 20, 30], uint(2))") == "E0203");
    const Compiled program("input x: uint(1)[2, 3]\noutput y = lookup(x, [[1, 2], [3, 4], [5, 6]], uint(1))\n");
    const op::Table table = table_of(program);
    CHECK(table.size == 2);
    CHECK(table.which == std::vector<uint32_t>{0, 1, 2, 0, 1, 2});
    CHECK(table.entry(4, 1) == Dyadic(4));
}

TEST_CASE("entries that do not matter take the value below, else above") {
    CHECK(constant("", "lookup([0, 1, 2, 3], [9, 20, 9, 40], uint(2), care: [0, 1, 0, 1])") == "20 20 20 40");
    CHECK(constant("", "lookup([0, 1, 2, 3], [10, 9, 9, 9], uint(2), care: [1, 0, 0, 0])") == "10 10 10 10");
    CHECK(constant("", "lookup([0, 1], [9, 9], uint(1), care: 0)") == "0 0");
    CHECK(constant("", "lookup([0, 1], [[9, 2], [3, 9]], uint(1), care: [[0, 1], [1, 0]])") == "2 3");
}

TEST_CASE("thresholds count the levels that are reached") {
    CHECK(constant("", "thresholds([-5, 0, 1, 7], [0, 1, 4])") == "0 1 2 3");
    CHECK(constant("", "thresholds([-5, 0, 1, 7], [0, 1, 4], base: -3, step: 2)") == "-3 -1 1 3");
    CHECK(constant("", "thresholds([-5, 0, 1, 7], [0, 1, 4], below: 1)") == "3 3 2 0");
    CHECK(constant("", "thresholds([1, 1], [[0, 1], [2, 3]])") == "2 0");
    CHECK(constant("", "thresholds([3, 4], [sqrt(10)])") == "0 1");
    CHECK(constant("", "thresholds(2, [1, 2, 3])") == "2");
    const Compiled program("input x: int(4)[2, 3]\noutput y = thresholds(x, [[-1, 0], [2, 3], [1, 5]])\n");
    CHECK(program.graph()[program.graph().outputs().front().node].shape == Shape{2, 3});
    CHECK(code("input x: int(4)", "thresholds(x, 3)") == "E0203");
}

}  // namespace
}  // namespace dal
