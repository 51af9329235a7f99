#include "dal/cmvm/problem/csd.hpp"

#include <doctest/doctest.h>

#include "unit/cmvm/random_problem.hpp"

using namespace dal;
using namespace dal::cmvm;

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
    testing::Random random(6);
    for (const int bits : {31, 32, 62, 63, 64, 65, 127, 128, 129, 200, 300}) {
        check(Int::pow2(bits));
        check(Int::pow2(bits) - 1);
        check(-Int::pow2(bits));
        check(-Int::pow2(bits) + 1);
        for (int n = 0; n < 50; ++n) check(random.integer(bits));
    }
}
