#include <doctest/doctest.h>

#include <array>

#include "dal/graph/einsum.hpp"
#include "dal/support/check.hpp"
#include "dal/support/codes/call_codes.hpp"

using namespace dal;

TEST_CASE("broadcast aligns shapes at the last axis") {
    CHECK(broadcast({3, 4}, {4}) == Shape{3, 4});
    CHECK(broadcast({3, 1}, {1, 4}) == Shape{3, 4});
    CHECK(broadcast({}, {2}) == Shape{2});
    CHECK(broadcast({}, {}) == Shape{});
    CHECK(broadcast({1}, {0}) == Shape{0});
    CHECK_FALSE(broadcast({3}, {4}));
    CHECK_FALSE(broadcast({2, 3}, {2}));
}

TEST_CASE("BroadcastMap finds the operand's element") {
    const BroadcastMap column({3, 1}, {3, 4});
    const BroadcastMap row({4}, {3, 4});
    const BroadcastMap scalar({}, {3, 4});
    for (int64_t i = 0; i < 3; ++i)
        for (int64_t j = 0; j < 4; ++j) {
            CHECK(column(4 * i + j) == i);
            CHECK(row(4 * i + j) == j);
            CHECK(scalar(4 * i + j) == 0);
        }
    CHECK_THROWS_AS(BroadcastMap({3}, {4}), InternalError);
}

TEST_CASE("index_text names elements") {
    CHECK(index_text({}, 0).empty());
    CHECK(index_text({5}, 3) == "[3]");
    CHECK(index_text({2, 3, 4}, 23) == "[1, 2, 3]");
}

TEST_CASE("einsum equations are parsed and checked") {
    const auto spec = parse_einsum(" ij , jk -> ik ", {});
    REQUIRE(spec);
    CHECK(spec->to_string() == "ij,jk->ik");
    CHECK(parse_einsum("i,i->", {})->result.empty());
    for (const char* bad : {"ij,jk", "i1->i", "i->ii", "i->j", "i,j->k", "->-> "}) {
        CAPTURE(bad);
        const auto result = parse_einsum(bad, {});
        REQUIRE_FALSE(result);
        CHECK(result.error().front().code == code::bad_einsum);
    }
}

TEST_CASE("einsum shapes follow the letters") {
    const auto shape = [](const char* equation, const std::vector<Shape>& operands) {
        return einsum_shape(parse_einsum(equation, {}).value(), operands, {});
    };
    CHECK(shape("ij,jk->ki", {{2, 3}, {3, 4}}).value() == Shape{4, 2});
    CHECK(shape("ii,i->i", {{2, 2}, {2}}).value() == Shape{2});
    CHECK(shape("i,j->", {{2}, {3}}).value() == Shape{});
    CHECK_FALSE(shape("ij,jk->ik", {{2, 3}, {4, 4}}));
    CHECK_FALSE(shape("ii,i->i", {{2, 3}, {2}}));
    CHECK_FALSE(shape("i,i->i", {{2}, {2, 2}}));
    CHECK_FALSE(shape("i,i->i", {{2}}));
}

TEST_CASE("einsum terms are those of nested loops") {
    // "aij,jb->bai": loops over a, i, j, b.
    const EinsumSpec spec = parse_einsum("aij,jb->bai", {}).value();
    const std::array<Shape, 2> shapes{Shape{2, 3, 4}, Shape{4, 5}};
    const EinsumTerms terms(spec, shapes);
    CHECK(terms.results() == 30);
    CHECK(terms.terms_per_result() == 4);
    for (int64_t b = 0; b < 5; ++b)
        for (int64_t a = 0; a < 2; ++a)
            for (int64_t i = 0; i < 3; ++i) {
                int64_t j = 0;
                terms.for_each((b * 2 + a) * 3 + i, [&](std::span<const int64_t> at) {
                    CHECK(at[0] == (a * 3 + i) * 4 + j);
                    CHECK(at[1] == j * 5 + b);
                    ++j;
                });
                CHECK(j == 4);
            }
}

TEST_CASE("a repeated letter walks the diagonal, several summed letters all combinations") {
    const std::array<Shape, 2> shapes{Shape{3, 3}, Shape{2, 2}};
    const EinsumTerms terms(parse_einsum("ii,jk->", {}).value(), shapes);
    CHECK(terms.results() == 1);
    CHECK(terms.terms_per_result() == 12);
    std::vector<int64_t> count(9 * 4);
    terms.for_each(0, [&](std::span<const int64_t> at) { ++count[static_cast<size_t>(at[0] * 4 + at[1])]; });
    for (size_t x = 0; x < 9; ++x)
        for (size_t w = 0; w < 4; ++w) CHECK(count[x * 4 + w] == (x % 4 == 0 ? 1 : 0));
}
