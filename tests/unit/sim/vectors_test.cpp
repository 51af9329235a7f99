#include "dal/sim/vectors.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace dal;
using namespace dal::sim;

namespace {

circuit::Circuit example() {
    circuit::Circuit c;
    const uint32_t x = c.add_input_tensor({"x", {3}});
    const uint32_t y = c.add_input_tensor({"y", {2}});
    c.input(x, 0, {Kif(true, 3, 2), Round::rnd, Overflow::sat}, false, 0);
    c.input(x, 0, {Kif(false, 1, 4)}, false, 0);
    c.input(x, 2, {Kif(true, 99, 100)}, false, 0);
    c.input(y, 0, {Kif(true, 2, 1)}, true, 0);
    c.input(y, 1, {Kif()}, true, 0);
    return c;
}

bool any_sample(const Codes& codes, int64_t element, const Dyadic& value) {
    for (int64_t s = 0; s < codes.samples(); ++s)
        if (codes.value(s, element) == value) return true;
    return false;
}

}  // namespace

TEST_CASE("vectors have the ends, what lies beyond them, and ties") {
    const auto batches = verification_vectors(example());
    REQUIRE(batches.size() == 2);
    const Codes& x = batches[0];
    CHECK(x.shape() == Shape{3});
    CHECK(x.samples() == batches[1].samples());
    CHECK(x.samples() > 1000);
    for (const Dyadic& value : {Dyadic(-8), Dyadic({31, -2}), Dyadic(0)}) CHECK(any_sample(x, 0, value));
    CHECK(any_sample(x, 0, Dyadic(-8) - Dyadic(1, -4)));      // a step of the finer format below
    CHECK(any_sample(x, 0, Dyadic(31, -2) + Dyadic(1, -5)));  // a tie above
    CHECK(any_sample(x, 2, -Dyadic(Int::pow2(99))));          // wide
    CHECK(any_sample(x, 2, Dyadic(Int::pow2(99)) - Dyadic(1, -100)));
    bool far = false;
    for (int64_t s = 0; s < x.samples(); ++s) far |= x.value(s, 0) > Dyadic(12);
    CHECK(far);
}

TEST_CASE("each quantizer meets its ends, steps beyond, ties and what is just beside them") {
    for (const int64_t random : {0, 1000}) {
        const circuit::Circuit c = example();
        const Codes x = verification_vectors(c, {.random = random})[0];
        for (const circuit::Input& input : c.inputs()) {
            if (input.declared) continue;
            const Interval& range = c[input.wire].range;
            CAPTURE(range.to_string());
            const Dyadic step(1, -int64_t{range.f()});
            const Dyadic lo(range.lo(), -int64_t{range.f()});
            const Dyadic hi(range.hi(), -int64_t{range.f()});
            CHECK(any_sample(x, input.element, lo));
            CHECK(any_sample(x, input.element, hi));
            CHECK(any_sample(x, input.element, lo - step));
            CHECK(any_sample(x, input.element, hi + step));
            // By the distance above the grid point below: in halves of a step, and of a step's half.
            bool tie = false;
            bool below = false;
            bool above = false;
            for (int64_t s = 0; s < x.samples(); ++s) {
                const Dyadic value = x.value(s, input.element);
                const Dyadic part = value - Dyadic(Rational(value).floor_scaled(range.f()), -int64_t{range.f()});
                const Dyadic half = step.shifted(-1);
                const Dyadic quarter = step.shifted(-2);
                tie |= part == half;
                below |= half - quarter <= part && part < half;
                above |= half < part && part <= half + quarter;
            }
            CHECK(tie);
            CHECK(below);
            CHECK(above);
        }
    }
}

TEST_CASE("declared inputs get only their values") {
    const Codes y = verification_vectors(example())[1];
    for (int64_t s = 0; s < y.samples(); ++s) {
        CHECK(Interval(-8, 7, 1).contains(y.value(s, 0)));
        CHECK(y.value(s, 1).is_zero());
    }
    CHECK(any_sample(y, 0, {-8, -1}));
    CHECK(any_sample(y, 0, {7, -1}));
}

TEST_CASE("one element alone, and others zero") {
    const auto batches = verification_vectors(example(), {.random = 0, .one_hot = 256, .seed = 1});
    bool alone = false;
    for (int64_t s = 0; s < batches[0].samples(); ++s)
        alone |= batches[0].value(s, 0) == Dyadic(-8) && batches[0].value(s, 2).is_zero() &&
                 batches[1].value(s, 0).is_zero();
    CHECK(alone);
}

TEST_CASE("a seed gives the same vectors again") {
    const auto same = [](const std::vector<Codes>& a, const std::vector<Codes>& b) {
        return std::ranges::equal(a, b, [](const Codes& u, const Codes& v) { return !first_difference(u, v); });
    };
    const auto first = verification_vectors(example());
    CHECK(same(first, verification_vectors(example())));
    CHECK_FALSE(same(first, verification_vectors(example(), {.random = 1000, .one_hot = 256, .seed = 2})));
}
