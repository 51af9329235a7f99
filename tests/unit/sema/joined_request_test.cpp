// What consumers ask of a number: the join, by itself.
#include "dal/sema/taken_formats/joined_request.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

using namespace dal;
using sema::Asked;

namespace {

Asked random_ask(std::mt19937_64& random) {
    const auto below = [&](int count) { return static_cast<int>(random() % static_cast<uint64_t>(count)); };
    const Kif kif(below(2) != 0, below(9) - 3, below(9) - 3);
    const Format format{kif, static_cast<Round>(below(round_count)), static_cast<Overflow>(below(overflow_count))};
    return {format, below(3) == 0 ? Asked::By::type : Asked::By::quantize, static_cast<uint32_t>(below(12))};
}

Asked joined(const Asked& a, const Asked& b) {
    Asked result = a;
    result.join(b);
    return result;
}

Asked by(int k, int i, int f, uint32_t consumer, Asked::By kind = Asked::By::quantize) {
    return {Format{Kif(k != 0, i, f)}, kind, consumer};
}

}  // namespace

TEST_CASE("a join is commutative, associative and idempotent, with where its parts come from") {
    std::mt19937_64 random(1);
    for (int trial = 0; trial < 20'000; ++trial) {
        Asked a, b, c;
        for (Asked* asked : {&a, &b, &c})
            for (uint64_t count = random() % 4; count > 0; --count) asked->join(random_ask(random));
        REQUIRE(joined(a, b) == joined(b, a));
        REQUIRE(joined(joined(a, b), c) == joined(a, joined(b, c)));
        REQUIRE(joined(a, a) == a);
        REQUIRE(joined(a, Asked()) == a);
        REQUIRE(joined(joined(a, b), b) == joined(a, b));
    }
}

TEST_CASE("any order of consumers gives the same, and the same conflict") {
    std::mt19937_64 random(2);
    for (int trial = 0; trial < 2000; ++trial) {
        std::vector<Asked> asks;
        for (uint64_t count = 1 + random() % 8; count > 0; --count) asks.push_back(random_ask(random));
        Asked first;
        for (const Asked& ask : asks) first.join(ask);
        for (int order = 0; order < 5; ++order) {
            std::shuffle(asks.begin(), asks.end(), random);
            Asked again;
            for (const Asked& ask : asks) again.join(ask);
            REQUIRE(again == first);
            REQUIRE(again.hash() == first.hash());
            REQUIRE(again.conflict().has_value() == first.conflict().has_value());
            if (first.conflict()) {
                REQUIRE(again.conflict()->first == first.conflict()->first);
                REQUIRE(again.conflict()->second == first.conflict()->second);
            }
        }
    }
}

TEST_CASE("the join holds every asked format, and nothing more") {
    const Asked both = joined(by(0, 1, 7, 4), by(1, 3, 2, 9));
    CHECK(both.format() == Format{Kif(true, 3, 7)});
    CHECK(both.k()->from == 9);
    CHECK(both.i()->from == 9);
    CHECK(both.f()->from == 4);
    CHECK_FALSE(both.conflict());
    // Equal parts are those of the earliest consumer.
    CHECK(joined(by(0, 1, 7, 8), by(0, 1, 7, 3)).f()->from == 3);
    // Formats without bits ask for nothing, but they ask.
    CHECK(joined(by(0, 0, 0, 1), by(0, -3, 7, 2)).format() == Format{Kif(false, -3, 7)});
    CHECK(by(0, 0, 0, 1).format() == Format{});
    CHECK_FALSE(by(0, 0, 0, 1).is_empty());
}

TEST_CASE("conflicts name both consumers") {
    const Format nearest{Kif(false, 1, 4), Round::rnd, Overflow::sat};
    const auto modes = joined(by(0, 1, 7, 6), Asked(nearest, Asked::By::quantize, 2)).conflict();
    REQUIRE(modes);
    CHECK(modes->first == 2);
    CHECK(modes->second == 6);
    CHECK(modes->modes);
    // Of a type the modes do not count beside those of a quantizer, but it cannot be exceeded.
    CHECK_FALSE(joined(by(0, 1, 7, 6, Asked::By::type), Asked(nearest, Asked::By::quantize, 2)).conflict());
    const auto exceeded = joined(by(0, 1, 3, 6, Asked::By::type), Asked(nearest, Asked::By::quantize, 2)).conflict();
    REQUIRE(exceeded);
    CHECK(exceeded->first == 6);
    CHECK(exceeded->second == 2);
    CHECK_FALSE(exceeded->modes);
    CHECK(joined(by(0, 1, 3, 6, Asked::By::type), by(0, 1, 4, 7, Asked::By::type)).conflict());
    CHECK(joined(by(0, 0, 0, 6, Asked::By::type), by(0, 1, 4, 7)).conflict());
}

TEST_CASE("asks pass a shift with their binary points moved") {
    const Asked asked = by(1, 3, 4, 1, Asked::By::type).before_shift(2);
    CHECK(asked.format() == Format{Kif(true, 1, 6)});
    CHECK_FALSE(asked.conflict());
    CHECK(asked.before_shift(-2) == by(1, 3, 4, 1, Asked::By::type));
}

TEST_CASE("a pool numbers equal asks equally") {
    sema::AskedPool pool;
    const auto a = pool.add(by(0, 1, 7, 1));
    const auto b = pool.add(by(1, 2, 3, 2));
    CHECK(pool.add(by(0, 1, 7, 1)) == a);
    CHECK(pool.add(Asked()) == sema::AskedPool::empty);
    CHECK(pool.joined(a, b) == pool.joined(b, a));
    CHECK(pool.joined(a, sema::AskedPool::empty) == a);
    CHECK(pool[pool.joined(a, b)].format() == Format{Kif(true, 2, 7)});
    CHECK(pool.before_shift(pool.before_shift(a, 300), -300) == a);
}
