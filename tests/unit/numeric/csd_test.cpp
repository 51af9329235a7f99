#include "dal/numeric/csd.hpp"

#include <doctest/doctest.h>

#include "dal/support/hash.hpp"

using namespace dal;

namespace {

void check(const Int& value) {
    CAPTURE(value.to_string());
    Int sum(0);
    int last = -2;
    for_each_csd_digit(value, [&](int shift, bool negative) {
        CHECK(shift > last + 1);  // no two neighbours, so the form is the unique one
        last = shift;
        sum += negative ? -Int::pow2(shift) : Int::pow2(shift);
    });
    CHECK(sum == value);
}

}  // namespace

TEST_CASE("canonical signed digits") {
    for (int value = -5000; value <= 5000; ++value) check(Int(value));
    SplitMix random(6);
    for (const int bits : {31, 32, 62, 63, 64, 65, 127, 128, 129, 200, 300}) {
        check(Int::pow2(bits));
        check(Int::pow2(bits) - 1);
        check(-Int::pow2(bits));
        check(-Int::pow2(bits) + 1);
        for (int n = 0; n < 50; ++n) {
            Int value;
            for (int word = 0; word < bits; word += 32) value = (value << 32) + Int(random.next() >> 32);
            check(n % 2 == 0 ? value : -value);
        }
    }
}
