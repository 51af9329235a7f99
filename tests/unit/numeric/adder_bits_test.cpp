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

TEST_CASE("an adder of three operands ends one bit over its highest sign, or where the result ends") {
    const Interval byte(-128, 127, 0);
    const Interval all(-384, 381, 0);                     // of three bytes: 10 bits
    CHECK(adder_bits(byte, byte, byte, all) == 9);        // carries reach one bit over the sign
    CHECK(adder_bits(byte, byte, byte, byte) == 8);       // wrapped to a byte
    CHECK(adder_bits(byte, byte, Interval(), all) == 8);  // two operands: no second carry
    CHECK(adder_bits(byte, Interval(), Interval(), byte) == 0);
    const Interval bits(0, 255, 0);
    CHECK(adder_bits(bits, bits, bits, Interval(0, 765, 0)) == 9);
    CHECK(adder_bits(bits, byte, byte, Interval(-256, 509, 0)) == 10);  // 255 beside a sign
    // The low bits that only one operand has are wires; from the second lowest grid on there is logic.
    CHECK(adder_bits(bits, bits.shifted(2), bits.shifted(4), Interval(0, 255 * 21, 0)) == 11);
    CHECK(adder_bits(bits.shifted(4), bits, bits.shifted(2), Interval(0, 255 * 21, 0)) == 11);
}
