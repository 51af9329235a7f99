// Decimals stand for themselves in every rounding.
#include "dal/array/decimals.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "dal/numeric/quantize.hpp"

using namespace dal;

namespace {

Rational value_of(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    const Rational value = Rational::from_decimal(text).value();
    return negative ? -value : value;
}

/// Decimals near the multiples and the halves of steps, on both sides, and some far from them.
std::vector<std::string> numbers() {
    std::vector<std::string> texts{
        "0", "-0", "0.000", "1e3", "12e-2", "9999999999999999999", "0.1234567890123456789012345"};
    for (int eighths = -20; eighths <= 20; ++eighths) {
        const std::string exact = to_decimal(Dyadic(Int(eighths), -3));
        texts.push_back(exact);
        const std::string point = exact.find('.') == std::string::npos ? ".000" : "";
        texts.push_back(exact + point + "0000000000000001");
        texts.push_back(exact + point + "00000000000000000000000001");
        texts.push_back(exact + point + "3");
    }
    return texts;
}

}  // namespace

TEST_CASE("decimals round as rationals do") {
    for (const int finest : {-3, 0, 1, 2, 10, 40, 60})
        for (const std::string& text : numbers()) {
            CAPTURE(finest);
            CAPTURE(text);
            Decimals decimals({}, finest);
            REQUIRE(decimals.add(text));
            const Dyadic near = decimals.at(0, 0).value();
            const double quick = decimals.doubles()[0];
            CHECK(decimals.text(0, 0) == text);
            for (int f = finest - 4; f <= finest; ++f)
                for (int round = 0; round < 7; ++round) {
                    const auto mode = static_cast<Round>(round);
                    const Int expected = round_code(value_of(text), f, mode);
                    CHECK(round_code(Rational(near), f, mode) == expected);
                    if (!std::isnan(quick))
                        CHECK(round_code(Rational(Dyadic::from_double(quick).value()), f, mode) == expected);
                }
            // No format holds what the decimal is not.
            const Rational code = value_of(text) * Rational(Dyadic(1, finest));
            const bool is_on_grid = code.is_dyadic() && code.numerator().exponent() >= 0;
            CHECK(near.code(finest).has_value() == is_on_grid);
            if (finest <= 10 && text.size() < 12) CHECK_FALSE(std::isnan(quick));
        }
}

TEST_CASE("what is no decimal is refused") {
    Decimals decimals({2}, 3);
    for (const char* text :
         {"", "-", ".", ".5", "5.", "1e", "1e+", "0x1", "1_000", "1 2", "1,2", "--1", "nanx", "1e20000"})
        CHECK_FALSE(decimals.add(text));
    CHECK(decimals.samples() == 0);
    for (const char* text : {"nan", "-Inf", "INFINITY", "+2"}) CHECK(decimals.add(text));
    CHECK(decimals.samples() == 2);
    CHECK_FALSE(decimals.at(0, 0).has_value());
    CHECK_FALSE(decimals.at(1, 0).has_value());
    CHECK(decimals.at(1, 1) == Dyadic(2));
    CHECK(std::isnan(decimals.doubles()[1]));
    CHECK(decimals.slice(1, 1).text(0, 1) == "+2");
}

TEST_CASE("exact decimal text of any length") {
    CHECK(to_decimal(Dyadic()) == "0");
    CHECK(to_decimal(Dyadic(-13, -5)) == "-0.40625");
    CHECK(to_decimal(Dyadic(3, 70)) == "3541774862152233910272");
    for (const int exponent : {-1, -40, -41, -300, 300}) {
        const Dyadic value(Int::pow2(65) + Int(1), exponent);
        CHECK(value_of(to_decimal(value)) == Rational(value));
    }
}
