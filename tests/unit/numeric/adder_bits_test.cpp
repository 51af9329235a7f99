#include "dal/numeric/adder_bits.hpp"

#include <doctest/doctest.h>

using namespace dal;

TEST_CASE("adder bits follow the published definition") {
    const Interval byte(-128, 127, 0);
    CHECK(adder_bits(byte, byte, false) == 8);
    CHECK(adder_bits(byte, byte, true) == 9);              // -v reaches 128, and 128 + 1 needs 8 bits
    CHECK(adder_bits(byte, byte.shifted(4), false) == 8);  // the low 4 bits of u are a wire
    CHECK(adder_bits(Interval(0, 255, 0), Interval(0, 255, 0), false) == 8);
    CHECK(adder_bits(Interval(0, 254, 0), Interval(0, 1, 0), false) == 8);
    CHECK(adder_bits(Interval(0, 3, 0), Interval(0, 3, 2), false) == 2);
    CHECK(adder_bits(Interval(0, 1, 0), Interval(0, 1, -3), false) == 1);
    CHECK(adder_bits(Interval(0, 15, 0), Interval::constant(Dyadic(8)), false) == 1);
    const Interval wide(-Int::pow2(199), Int::pow2(199) - 1, 0);
    CHECK(adder_bits(wide, wide, false) == 200);
}
