#include "dal/support/number.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "dal/support/check.hpp"

namespace dal {
namespace {

Rational decimal(const char* text) { return Rational::from_decimal(text).value(); }
Rational ratio(int a, int b) { return Rational(a) / Rational(b); }

TEST_CASE("dyadic numbers have one form") {
    CHECK(Dyadic(12, 3) == Dyadic(3, 5));
    CHECK(Dyadic(0, 77) == Dyadic());
    CHECK(Dyadic(Int::pow2(300), -300) == Dyadic(1));
    CHECK(Dyadic(-40, -3).mantissa() == Int(-5));
    CHECK(Dyadic(-40, -3).exponent() == 0);
}

TEST_CASE("doubles convert exactly, both ways") {
    const double tiny = std::numeric_limits<double>::denorm_min();
    for (const double x : {0.0, 1.0, -0.1, 5.28125, 1e300, -1e-300, tiny, -3 * tiny, 0x1.fffffffffffffp+1023,
                           std::numeric_limits<double>::min(), 0x0.fffffffffffffp-1022}) {
        const auto value = Dyadic::from_double(x);
        REQUIRE(value);
        CHECK(value->to_double() == x);
    }
    CHECK(Dyadic::from_double(-0.0) == Dyadic(0));
    CHECK(Dyadic::from_double(0.75) == Dyadic(3, -2));
    CHECK(Dyadic::from_double(tiny) == Dyadic(1, -1074));
    CHECK_FALSE(Dyadic::from_double(NAN));
    CHECK_FALSE(Dyadic::from_double(-INFINITY));
    CHECK(Dyadic(Int::pow2(53) - 1).to_double() == 0x1.fffffffffffffp+52);
    CHECK_FALSE(Dyadic(Int::pow2(53) + 1).to_double());
    CHECK_FALSE(Dyadic(1, -1075).to_double());
    CHECK_FALSE(Dyadic(1, 1024).to_double());
    CHECK(Dyadic(1, 1023).to_double() == 0x1p+1023);
    CHECK_FALSE(Dyadic(3, -1075).to_double());  // between two subnormals
}

TEST_CASE("codes are what a binary point makes of a value") {
    CHECK(Dyadic(3, -2).code(2) == Int(3));
    CHECK(Dyadic(3, -2).code(5) == Int(24));
    CHECK_FALSE(Dyadic(3, -2).code(1));
    CHECK(Dyadic(3, 4).code(-4) == Int(3));
    CHECK(Dyadic().code(-100) == Int(0));
    CHECK(Dyadic(1, -100).code(300) == Int::pow2(200));
}

TEST_CASE("people see few digits") {
    const auto shown = [](double x) { return Dyadic::from_double(x)->shown(); };
    CHECK(shown(0.40625) == "0.40625");
    CHECK(shown(-0x1p-20) == "-0.00000095367431640625");
    CHECK(shown(0.1) == "0.1…");
    CHECK(shown(-0.07562063) == "-0.07562063…");
    CHECK(shown(3.14159265358979) == "3.14159265…");
    CHECK(shown(1e300) == "1.0…e+300");
    CHECK(shown(-1e-300) == "-1.0…e-300");
    CHECK(shown(123456789.123) == "1.23456789…e+8");
    CHECK(shown(9.9999999996) == "10.0…");
    CHECK(shown(0.00099999999996) == "0.001…");
    CHECK(shown(12345678.123) == "12345678.1…");
    CHECK(Dyadic(Int::pow2(60)).shown() == "1152921504606846976");
    CHECK(Dyadic(Int::pow2(299)).shown() == "1*2^299");
    CHECK(Dyadic(Int::pow2(299) + 1).shown() == "1.01851799…e+90");
    CHECK(Dyadic(1, 100'000).shown() == "1*2^100000");
    CHECK(ratio(1, 3).shown() == "1/3");
    CHECK((decimal("0.123456789123456789") / Rational(7)).shown() == "0.0176366842…");
}

TEST_CASE("a stand-in lies where the number lies") {
    CHECK(ratio(3, 8).stand_in(3) == Dyadic(3, -3));
    CHECK(ratio(3, 8).stand_in(2) == Dyadic(3, -3));
    CHECK(ratio(1, 3).stand_in(2) == Dyadic(3, -3));
    CHECK(ratio(-1, 3).stand_in(2) == Dyadic(-3, -3));
    CHECK(ratio(1, 3).stand_in(300) == Dyadic((ratio(1, 3).floor_scaled(300) << 1) + Int(1), -301));
    CHECK(ratio(100, 3).stand_in(-3) == Dyadic(36));
}

TEST_CASE("order and arithmetic agree with rational arithmetic on one grid") {
    std::vector<Dyadic> numbers;
    for (int m = -9; m <= 9; ++m)
        for (const int64_t e : {-3, -1, 0, 2}) numbers.emplace_back(m, e);
    const auto code = [](const Dyadic& a) { return a.code(3)->to_int64(); };
    for (const Dyadic& a : numbers)
        for (const Dyadic& b : numbers) {
            CHECK((a <=> b) == (code(a) <=> code(b)));
            CHECK(code(a + b) == code(a) + code(b));
            CHECK(code(a - b) == code(a) - code(b));
            CHECK((a * b).code(6)->to_int64() == code(a) * code(b));
        }
    // Far apart: the order needs no alignment of exponents.
    CHECK(Dyadic(1, -1'000'000'000'000) < Dyadic(1, 1'000'000'000'000));
    CHECK(Dyadic(-1, 1'000'000'000'000) < Dyadic(-1, -1'000'000'000'000));
    CHECK(Dyadic(Int::pow2(200) + 1, -200) > Dyadic(1));
}

TEST_CASE("dyadic text is exact") {
    CHECK(Dyadic(-13, -5).to_string() == "-0.40625");
    CHECK(Dyadic(169, -5).to_string() == "5.28125");
    CHECK(Dyadic(-24).to_string() == "-24");
    CHECK(Dyadic(1, 64).to_string() == "18446744073709551616");
    CHECK(Dyadic(-1, -1).to_string() == "-0.5");
    CHECK(Dyadic(1, -10).to_string() == "0.0009765625");
    CHECK(Dyadic(1, -100).to_string() == "1*2^-100");
    CHECK(Dyadic(-3, 500).to_string() == "-3*2^500");
}

TEST_CASE("decimal literals are the numbers they say") {
    CHECK(decimal("12") == Rational(12));
    CHECK(decimal("0.1") == ratio(1, 10));
    CHECK(decimal("1_000.5e-3") == ratio(2001, 2000));
    CHECK(decimal("2.5e3") == Rational(2500));
    CHECK(decimal("2.5E+1") == Rational(25));
    CHECK(decimal("0.5") == Rational(Dyadic(1, -1)));
    CHECK(decimal("0.5").is_dyadic());
    CHECK(decimal("00") == Rational(0));
    CHECK(decimal("0e0") == Rational(0));
    CHECK(decimal("1e30").numerator() == Dyadic(Int::from_decimal("1000000000000000000000000000000").value()));
    CHECK(decimal("1e10000").is_dyadic());
    CHECK(decimal("1e-10000") * decimal("1e10000") == Rational(1));
    for (const char* bad : {"",     ".",     "_1",      ".5",    "1.",
                            "1.e3", "1e",    "1e+",     "1e+-3", "-1",
                            "+1",   "1.2.3", "1e10001", "0x10",  "1e99999999999999999999",
                            " 1",   "1 ",    "1._5",    "inf",   "nan"})
        CHECK_MESSAGE(!Rational::from_decimal(bad), bad);
    CHECK(Rational::from_decimal(std::string(10'000, '9')));
    CHECK_FALSE(Rational::from_decimal(std::string(10'001, '9')));
    CHECK_FALSE(Rational::from_decimal("1e" + std::string(100'000, '9')));
}

TEST_CASE("rationals are a field, and reduced") {
    std::vector<Rational> numbers;
    for (int a = -6; a <= 6; ++a)
        for (int b = 1; b <= 6; ++b) numbers.push_back(ratio(a, b));
    for (const Rational& a : numbers)
        for (const Rational& b : numbers) {
            CHECK((a + b) - b == a);
            CHECK((a < b) == (a - b).is_negative());
            CHECK((a == b) == (a - b).is_zero());
            if (!b.is_zero()) CHECK((a / b) * b == a);
        }
    CHECK(ratio(6, -4) == ratio(-3, 2));
    CHECK(ratio(10, 6).denominator() == Int(3));
    CHECK(ratio(0, -7).denominator() == Int(1));
    CHECK_THROWS_AS(Rational(1) / Rational(0), InternalError);
}

TEST_CASE("floors of scaled rationals") {
    CHECK(ratio(1, 3).floor_scaled(0) == Int(0));
    CHECK(ratio(-1, 3).floor_scaled(0) == Int(-1));
    CHECK(ratio(1, 3).floor_scaled(8) == Int(85));
    CHECK(ratio(-1, 3).floor_scaled(8) == Int(-86));
    CHECK(ratio(100, 3).floor_scaled(-3) == Int(4));
    CHECK(ratio(-100, 3).floor_scaled(-3) == Int(-5));
    CHECK(Rational(Dyadic(-1, -1)).floor_scaled(0) == Int(-1));
    CHECK(ratio(1, 3).floor_scaled(200) == Int::floor_div(Int::pow2(200), 3));
}

TEST_CASE("integers and text of rationals") {
    CHECK(Rational(7).to_int64() == 7);
    CHECK_FALSE(ratio(7, 2).to_int64());
    CHECK_FALSE(ratio(7, 3).to_int64());
    CHECK(Rational(Dyadic(-1, 63)).to_int64() == std::numeric_limits<int64_t>::min());
    CHECK_FALSE(Rational(Dyadic(1, 63)).to_int64());
    CHECK_FALSE(Rational(Dyadic(1, 1'000'000'000'000)).to_int64());
    CHECK(ratio(1, 10).to_string() == "1/10");
    CHECK(ratio(-4, 3).to_string() == "-4/3");
    CHECK(ratio(5, 4).to_string() == "1.25");
}

}  // namespace
}  // namespace dal
