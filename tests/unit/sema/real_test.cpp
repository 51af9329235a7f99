// Real constants in programs.
#include "compile.hpp"

namespace dal {
namespace {

using test::Compiled;

std::string constant(const std::string& expression, const std::string& before = "") {
    const Compiled program(before + "\nlet a = " + expression + "\noutput y = a\n");
    return program.program ? program.constant("a") : program.code();
}

TEST_CASE("real constants are quantized with correct rounding") {
    CHECK(constant("quantize(exp(1), fixed(0, 2, 6))") == "2.703125");  // 2.71828 · 64 = 173.97
    CHECK(constant("quantize(exp(1), fixed(0, 2, 6, round: rnd))") == "2.71875");
    CHECK(constant("quantize(pi, fixed(0, 2, 0))") == "3");
    CHECK(constant("quantize(-pi, fixed(1, 2, 0))") == "-4");
    CHECK(constant("quantize(e - exp(1), fixed(0, 2, 6))") == "0");
    CHECK(constant("quantize([0.5, 1] * log(2), fixed(0, 0, 4))") == "0.3125 0.6875");
    CHECK(constant("quantize(exp(10000), fixed(1, 3, 0, overflow: sat))") == "7");
    CHECK(constant("quantize(pi << 4, fixed(0, 8, 0))") == "50");
    CHECK(constant("quantize(pi >> 1, fixed(0, 8, 2))") == "1.5");
}

TEST_CASE("rational results are plain constants") {
    CHECK(constant("sqrt(4)") == "2");
    CHECK(constant("sqrt([4, 9, 0.25])") == "2 3 0.5");
    CHECK(constant("exp(0) + log2(8)") == "4");
    CHECK(constant("pow(2, 10)") == "1024");
    CHECK(constant("pow(2, -3)") == "0.125");
    CHECK(constant("sqrt(2) * sqrt(2)") == "2");
    CHECK(constant("sin(pi / 6)") == "0.5");
    CHECK(constant("atan2(1, 1) / pi") == "0.25");
    CHECK(constant("sigmoid(0)") == "0.5");
}

TEST_CASE("real constants are compared") {
    CHECK(constant("pi < 3.14159265358979323846264338327950288") == "0");
    CHECK(constant("pi < 3.14159265358979323846264338327950289") == "1");
    CHECK(constant("pi > 3.14159265358979323846264338327950288") == "1");
    CHECK(constant("exp(1) >= 2.5") == "1");
    CHECK(constant("exp([0, 1]) != 1") == "0 1");
    CHECK(constant("max(pi, 4)") == "4");
    CHECK(constant("quantize(min(pi, 4), fixed(0, 3, 0))") == "3");
    CHECK(constant("abs(-sqrt(2)) == sqrt(2)") == "1");
}

TEST_CASE("real constants do not meet variables") {
    const auto code = [](const std::string& expression) {
        return Compiled("input x: int(8)\noutput y = " + expression + "\n").code();
    };
    CHECK(code("x * exp(1)") == "E0311");
    CHECK(code("pi - x") == "E0311");
    CHECK(code("min(x, pi)") == "E0311");
    CHECK(code("x < pi") == "none");
    CHECK(code("pi") == "E0311");
    CHECK(code("exp(x)") == "E0305");
    CHECK(code("pow(x, 2)") == "E0305");
    CHECK(code("x * quantize(exp(1), fixed(0, 2, 6))") == "none");
    CHECK(code("log(0)") == "E0309");
    CHECK(code("pow(0, -1)") == "E0306");
    CHECK(code("quantize(log(6) - log(2) - log(3), int(8))") == "E0310");
}

TEST_CASE("the help for a function of a variable works when it is pasted") {
    const Compiled wrong("input x: fixed(1, 2, 5)\noutput y = tanh(x)\n");
    REQUIRE(!wrong.program);
    const auto& help = wrong.program.error().front().help;
    REQUIRE(help.size() == 2);
    const auto pasted = [](const std::string& text) {
        const size_t first = text.find('`') + 1;
        return text.substr(first, text.rfind('`') - first);
    };
    const Compiled right(pasted(help[0]) + "\ninput x: fixed(1, 2, 5)\noutput y = " + pasted(help[1]) + "\n");
    CHECK(right.code() == "none");
}

}  // namespace
}  // namespace dal
