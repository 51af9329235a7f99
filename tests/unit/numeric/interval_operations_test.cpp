// Ranges of products, minima, comparisons and bit operations against all values of small intervals.
#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "dal/numeric/bitwise.hpp"
#include "dal/numeric/interval.hpp"

namespace dal {
namespace {

std::vector<Dyadic> values_of(const Interval& range) {
    std::vector<Dyadic> values;
    for (Int code = range.lo(); code <= range.hi(); code += 1) values.emplace_back(code, -int64_t{range.f()});
    return values;
}

/// The smallest interval with these values.
Interval hull_of(const std::vector<Dyadic>& values) {
    Interval hull = Interval::constant(values.front());
    for (const Dyadic& value : values) hull = hull.hull(Interval::constant(value));
    return hull;
}

/// Every interval with few codes around 0, on grids that differ.
std::vector<Interval> intervals(int radius) {
    std::vector<Interval> all;
    for (const int f : {-2, 0, 1, 3})
        for (int lo = -radius; lo <= radius; ++lo)
            for (int hi = lo; hi <= radius; ++hi) all.emplace_back(lo, hi, f);
    return all;
}

template <class OfRanges, class OfValues>
void check_binary(const char* name, int radius, OfRanges&& of_ranges, OfValues&& of_values) {
    CAPTURE(name);
    int64_t different = 0;
    for (const Interval& a : intervals(radius))
        for (const Interval& b : intervals(radius)) {
            std::vector<Dyadic> results;
            for (const Dyadic& x : values_of(a))
                for (const Dyadic& y : values_of(b)) results.push_back(of_values(x, y));
            const Interval got = of_ranges(a, b);
            const Interval expected = hull_of(results);
            if (got == expected) continue;
            ++different;
            if (different < 3) {
                CAPTURE(a.to_string());
                CAPTURE(b.to_string());
                CHECK(got.to_string() == expected.to_string());
            }
        }
    CHECK(different == 0);
}

TEST_CASE("ranges of two operands are the hulls of all results") {
    using Value = const Dyadic&;
    using Range = const Interval&;
    check_binary("mul", 3, [](Range a, Range b) { return a * b; }, [](Value x, Value y) { return x * y; });
    check_binary("min", 3, [](Range a, Range b) { return min(a, b); }, [](Value x, Value y) { return y < x ? y : x; });
    check_binary("max", 3, [](Range a, Range b) { return max(a, b); }, [](Value x, Value y) { return x < y ? y : x; });
    check_binary("eq", 3, [](Range a, Range b) { return is_equal(a, b); }, [](Value x, Value y) { return x == y; });
    check_binary("lt", 3, [](Range a, Range b) { return is_less(a, b); }, [](Value x, Value y) { return x < y; });
    check_binary("le", 3, [](Range a, Range b) { return is_at_most(a, b); }, [](Value x, Value y) { return x <= y; });
    check_binary(
        "and", 5, [](Range a, Range b) { return bit_and(a, b); }, [](Value x, Value y) { return bit_and(x, y); });
    check_binary("or", 5, [](Range a, Range b) { return bit_or(a, b); }, [](Value x, Value y) { return bit_or(x, y); });
    check_binary(
        "xor", 5, [](Range a, Range b) { return bit_xor(a, b); }, [](Value x, Value y) { return bit_xor(x, y); });
}

TEST_CASE("ranges of one operand are the hulls of all results") {
    for (const Interval& a : intervals(5)) {
        std::vector<Dyadic> absolute;
        std::vector<Dyadic> squares;
        std::vector<Dyadic> cubes;
        for (const Dyadic& x : values_of(a)) {
            absolute.push_back(x.is_negative() ? -x : x);
            squares.push_back(x * x);
            cubes.push_back(x * x * x);
        }
        CAPTURE(a.to_string());
        CHECK(a.abs() == hull_of(absolute));
        CHECK(a.power(1) == a);
        CHECK(a.power(2) == hull_of(squares));
        CHECK(a.power(3) == hull_of(cubes));
    }
}

TEST_CASE("bit operations work on two's complement of any length") {
    for (int x = -9; x <= 9; ++x)
        for (int y = -9; y <= 9; ++y) {
            CHECK(bit_and(Int(x), Int(y)) == Int(x & y));
            CHECK(bit_or(Dyadic(x), Dyadic(y)) == Dyadic(x | y));
            CHECK(bit_xor(Dyadic(x).shifted(-2), Dyadic(y).shifted(-2)) == Dyadic(x ^ y).shifted(-2));
        }
    CHECK(bit_and(Dyadic(-1, -2), Dyadic(7, -2)) == Dyadic(7, -2));
    CHECK(bit_or(Dyadic(1, -300), Dyadic(1, 300)) == Dyadic(1, -300) + Dyadic(1, 300));
    for (const int bits : {63, 64, 65, 128, 300}) {
        CAPTURE(bits);
        const Int p = Int::pow2(bits);
        CHECK(bit_and(p - 1, -p) == Int(0));
        CHECK(bit_or(p - 1, -p) == Int(-1));
        CHECK(bit_xor(p + 5, p + 3) == Int(6));
        CHECK(bit_and(-p - 1, Int(-2)) == -p - 2);
        CHECK(bit_xor(-p, Int(-1)) == p - 1);
    }
}

TEST_CASE("ranges are exact at every width") {
    for (const int bits : {63, 64, 65, 128, 300}) {
        CAPTURE(bits);
        const Int p = Int::pow2(bits);
        const Interval s(-p, p - 1, 3);
        CHECK(s * s == Interval(-p * p + p, p * p, 6));
        CHECK(s.power(2) == Interval(0, p * p, 6));
        CHECK(s.abs() == Interval(0, p, 3));
        CHECK(min(s, Interval(0, 1, 0)) == Interval(-p, 8, 3));
        CHECK(max(s, Interval(p, p + 1, 3)) == Interval(p, p + 1, 3));
        CHECK(bit_and(s, Interval(0, 255, 0)) == Interval(0, 255, 0));
        CHECK(bit_or(s, Interval(0, 255, 3)) == s);
        CHECK(bit_xor(Interval(0, p, 0), Interval(0, 1, 0)) == Interval(0, p + 1, 0));
        CHECK(is_less(s, Interval(p, p, 3)) == Interval::constant(1));
    }
    CHECK(bit_or(Interval(0, 1, 60'000), Interval(0, 1, -60'000)).width() > 100'000);
    CHECK(bit_and(Interval(0, 1, 60'000), Interval(0, 1, -60'000)) == Interval());
}

}  // namespace
}  // namespace dal
