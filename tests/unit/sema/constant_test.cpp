#include "dal/sema/values/constant.hpp"

#include "compile.hpp"

using namespace dal;
using dal::test::Compiled;

namespace {

std::string value(const std::string& expression) {
    return Compiled("let a = " + expression + "\noutput y = 1").constant("a");
}

}  // namespace

TEST_CASE("constants are exact") {
    CHECK(value("0.1 + 0.2") == "3/10");
    CHECK(value("1 / 3 * 3") == "1");
    CHECK(value("1 << 100 >> 98") == "4");
    CHECK(value("(1 << 64) * (1 << 64) - 1") == "340282366920938463463374607431768211455");
    CHECK(value("(1 << 200) - (1 << 200) + 1") == "1");
    CHECK(value("[1, 2] * [[1], [10]]") == "1 2 10 20");
    CHECK(value("einsum(\"ii,i->\", [[1, 2], [3, 4]], [1, 10])") == "41");
    CHECK(value("-[1, -2]") == "-1 2");
}

TEST_CASE("constants are quantized like values") {
    CHECK(value("quantize([0.3, -0.3, 5], fixed(1, 1, 2))") == "0.25 -0.5 1");
    CHECK(value("quantize(1 / 3, fixed(0, 0, 8, round: rnd))") == "0.33203125");
    CHECK(value("quantize([3, -3, 0.4], ternary)") == "1 -1 0");
    CHECK(value("quantize(5, fixed(0, 0, 0))") == "0");
    CHECK(value("quantize([1, 2, 3], fixed(0, [1, 2, 1], 0, overflow: sat))") == "1 2 1");
    CHECK(value("quantize(1 << 200, fixed(0, 300, -199))") == (Dyadic(Int(1), 200)).to_string());
}

TEST_CASE("suggested formats hold the constant, with about eight significant bits") {
    const auto suggested = [](const std::string& number, bool negative = false) {
        Rational value = *Rational::from_decimal(number);
        if (negative) value = -value;
        return suggested_format(Constant::scalar(value)).to_string();
    };
    CHECK(suggested("0.5") == "fixed(0, 0, 8)");
    CHECK(suggested("0.1") == "fixed(0, 0, 11)");
    CHECK(suggested("12.7") == "fixed(0, 4, 8)");
    CHECK(suggested("1") == "fixed(0, 1, 8)");
    CHECK(suggested("3.999", true) == "fixed(1, 2, 8)");
    CHECK(suggested("4") == "fixed(0, 3, 8)");
    CHECK(suggested("0") == "fixed(0, 0, 8)");
}

TEST_CASE("the first misfit is found") {
    const Constant c = Constant::of({3}, {Rational(1), Rational(Dyadic(Int(1), -1)), Rational(9)});
    CHECK(first_misfit(c, FormatMap(Format{Kif(false, 4, 1)})) == std::nullopt);
    CHECK(first_misfit(c, FormatMap(Format{Kif(false, 4, 0)})) == 1);
    CHECK(first_misfit(c, FormatMap(Format{Kif(false, 3, 1)})) == 2);
    CHECK(first_misfit(c, FormatMap(Format{Kif()})) == 0);
}
