// Int against arithmetic on two's-complement words, written here digit by digit, at the sizes where
// representations change.
#include "dal/support/int.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "dal/support/check.hpp"

namespace dal {
namespace {

constexpr size_t wide = 10;  // words: room for products of 300-bit numbers
using Words = std::array<uint64_t, wide>;

Words words_of(const Int& a) {
    Words result{};
    a.to_words(result.data(), wide);
    return result;
}

Words add(const Words& a, const Words& b) {
    Words result{};
    uint64_t carry = 0;
    for (size_t j = 0; j < wide; ++j) {
        const uint64_t low = a[j] + b[j];
        result[j] = low + carry;
        carry = (low < a[j] ? 1U : 0U) + (result[j] < low ? 1U : 0U);
    }
    return result;
}

Words negated(const Words& a) {
    Words flipped{};
    for (size_t j = 0; j < wide; ++j) flipped[j] = ~a[j];
    Words one{};
    one[0] = 1;
    return add(flipped, one);
}

/// Shift and add, one bit at a time.
Words multiplied(const Words& a, const Words& b) {
    Words result{};
    Words shifted = a;
    for (size_t bit = 0; bit < wide * 64; ++bit) {
        if ((b[bit / 64] >> (bit % 64) & 1) != 0) result = add(result, shifted);
        shifted = add(shifted, shifted);
    }
    return result;
}

/// Numbers of the given number of bits: edges, and random ones of both signs.
std::vector<Int> numbers_of(int64_t bits, std::mt19937_64& random) {
    std::vector<Int> result{Int::pow2(bits),  Int::pow2(bits) - 1,  Int::pow2(bits) + 1,
                            -Int::pow2(bits), -Int::pow2(bits) - 1, -Int::pow2(bits) + 1};
    for (int j = 0; j < 4; ++j) {
        Int value = 1;  // the leading bit
        for (int64_t bit = 0; bit < bits; ++bit) value = value + value + Int(static_cast<int>(random() & 1));
        result.push_back(value);
        result.push_back(-value);
    }
    return result;
}

std::vector<Int> interesting() {
    std::mt19937_64 random(7);
    std::vector<Int> result{0, 1, -1, 3, -5, std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::min()};
    for (const int64_t bits : {31, 62, 63, 64, 65, 66, 127, 128, 129, 200, 300})
        for (Int& value : numbers_of(bits, random)) result.push_back(std::move(value));
    return result;
}

TEST_CASE("sums, differences and products agree with word arithmetic") {
    const auto numbers = interesting();
    for (const Int& a : numbers)
        for (const Int& b : numbers) {
            const Words wa = words_of(a);
            const Words wb = words_of(b);
            const bool sum = words_of(a + b) == add(wa, wb);
            const bool difference = words_of(a - b) == add(wa, negated(wb));
            const bool order = (a < b) == ((a - b).is_negative()) && (a == b) == (a - b).is_zero();
            if (!sum || !difference || !order) FAIL(a.to_string() << " and " << b.to_string());
        }
    for (size_t i = 0; i < numbers.size(); i += 3)
        for (size_t j = 0; j < numbers.size(); j += 2)
            if (words_of(numbers[i] * numbers[j]) != multiplied(words_of(numbers[i]), words_of(numbers[j])))
                FAIL(numbers[i].to_string() << " * " << numbers[j].to_string());
}

TEST_CASE("division floors, and its remainder has the divisor's sign") {
    const auto numbers = interesting();
    for (const Int& a : numbers)
        for (const Int& b : numbers) {
            if (b.is_zero()) continue;
            const Int q = Int::floor_div(a, b);
            const Int r = Int::floor_mod(a, b);
            const bool in_range = b.is_negative() ? b < r && r <= Int(0) : Int(0) <= r && r < b;
            if (q * b + r != a || !in_range) FAIL(a.to_string() << " / " << b.to_string());
        }
    CHECK_THROWS_AS(Int::floor_div(1, 0), InternalError);
}

TEST_CASE("gcd divides both, and what is left has none") {
    const auto numbers = interesting();
    for (const Int& a : numbers)
        for (const Int& b : numbers) {
            const Int g = Int::gcd(a, b);
            CHECK_FALSE(g.is_negative());
            if (g.is_zero()) {
                CHECK((a.is_zero() && b.is_zero()));
                continue;
            }
            const bool divides = Int::floor_mod(a, g).is_zero() && Int::floor_mod(b, g).is_zero();
            if (!divides || Int::gcd(Int::floor_div(a, g), Int::floor_div(b, g)) != Int(1))
                FAIL(a.to_string() << ", " << b.to_string());
        }
}

TEST_CASE("shifts multiply and floor, for negatives too") {
    for (const Int& a : interesting())
        for (const int64_t n : {0, 1, 2, 31, 62, 63, 64, 65, 127, 128, 200}) {
            const Int power = Int::pow2(n);
            if (a << n != a * power) FAIL(a.to_string() << " << " << n);
            if (a >> n != Int::floor_div(a, power)) FAIL(a.to_string() << " >> " << n);
            Int in_place = a;
            in_place <<= n;
            in_place >>= n;
            CHECK(in_place == a);
        }
    CHECK((Int(-1) >> 1000) == Int(-1));
    CHECK((-Int::pow2(100) >> 1000) == Int(-1));
    CHECK((Int::pow2(100) >> 1000) == Int(0));
    CHECK_THROWS_AS(Int(1) << -1, InternalError);
    CHECK_THROWS_AS(Int(1) >> -1, InternalError);
}

TEST_CASE("words go out and come back, and are cut to any count") {
    for (const Int& a : interesting()) {
        const Words all = words_of(a);
        CHECK(Int::from_words(all.data(), wide) == a);
        for (size_t count = 1; count < wide; ++count) {
            Words some{};
            a.to_words(some.data(), count);
            for (size_t j = 0; j < count; ++j) CHECK(some[j] == all[j]);
            // What fits comes back whole.
            const bool fits = (a.is_negative() ? -a - 1 : a).bit_length() < static_cast<int64_t>(64 * count);
            CHECK((Int::from_words(some.data(), count) == a) == fits);
        }
    }
    CHECK(Int::from_words(nullptr, 0) == Int(0));
}

TEST_CASE("single bits, lengths and trailing zeros follow the words") {
    for (const Int& a : interesting()) {
        const Words words = words_of(a);
        for (int64_t bit = 0; bit < 640; bit += 1)
            if (a.bit(bit) != ((words[static_cast<size_t>(bit / 64)] >> (bit % 64) & 1) != 0))
                FAIL(a.to_string() << " bit " << bit);
        CHECK(a.is_odd() == a.bit(0));
        const Int magnitude = abs(a);
        if (a.is_zero()) continue;
        CHECK(Int::pow2(a.bit_length() - 1) <= magnitude);
        CHECK(magnitude < Int::pow2(a.bit_length()));
        CHECK(a.bit(a.trailing_zeros()));
        if (a.trailing_zeros() > 0) CHECK_FALSE(a.bit(a.trailing_zeros() - 1));
        CHECK(((a >> a.trailing_zeros()) << a.trailing_zeros()) == a);
    }
    CHECK(Int(0).bit_length() == 0);
    CHECK(Int(0).trailing_zeros() == 0);
    CHECK(Int(-255).bit_length() == 8);
    CHECK(Int(std::numeric_limits<int64_t>::min()).bit_length() == 64);
    CHECK(Int(std::numeric_limits<int64_t>::min()).trailing_zeros() == 63);
}

TEST_CASE("one value has one form, whatever it was computed from") {
    const Int small = Int::pow2(200) - (Int::pow2(200) - 42);
    CHECK(small.fits_int64());
    CHECK(small.to_int64() == 42);
    CHECK(small.hash() == Int(42).hash());
    const Int lowest = -Int::pow2(63);
    CHECK(lowest.fits_int64());
    CHECK(lowest == Int(std::numeric_limits<int64_t>::min()));
    CHECK_FALSE((-lowest).fits_int64());
    CHECK(-(-lowest) == lowest);
    CHECK_FALSE(Int(std::numeric_limits<uint64_t>::max()).fits_int64());
    CHECK(Int(std::numeric_limits<uint64_t>::max()) == Int::pow2(64) - 1);
    CHECK(Int(4000000000U) == Int(4000000000L));
    CHECK_THROWS_AS((void)Int::pow2(64).to_int64(), InternalError);
    Int moved = Int::pow2(100);
    const Int taken = std::move(moved);
    CHECK(taken == Int::pow2(100));
}

TEST_CASE("decimal text goes both ways") {
    CHECK(Int::pow2(64).to_string() == "18446744073709551616");
    CHECK((-Int::pow2(128)).to_string() == "-340282366920938463463374607431768211456");
    for (const Int& a : interesting()) CHECK(Int::from_decimal(a.to_string()) == a);
    CHECK(Int::from_decimal("-0") == Int(0));
    CHECK(Int::from_decimal("000000000000000000000000000000000000000012") == Int(12));
    for (const char* bad : {"", "-", "+1", "1 ", " 1", "0x1", "1.0", "--1", "1_0"}) CHECK_FALSE(Int::from_decimal(bad));
}

TEST_CASE("conversion to double rounds to nearest, ties to even") {
    CHECK(Int(-3).to_double() == -3.0);
    const Int unit = Int::pow2(100);  // one unit in the last place of a double of 153 bits
    const Int even = Int::pow2(152);
    const double base = std::ldexp(1.0, 152);
    const double last = std::ldexp(1.0, 100);
    CHECK((even + Int::pow2(99)).to_double() == base);                    // tie: to even, down
    CHECK((even + Int::pow2(99) + 1).to_double() == base + last);         // just above the tie
    CHECK((even + Int::pow2(99) - 1).to_double() == base);                // just below
    CHECK((even + unit + Int::pow2(99)).to_double() == base + 2 * last);  // tie: to even, up
    CHECK((even + unit + Int::pow2(99) - 1).to_double() == base + last);
    CHECK((-(even + unit + Int::pow2(99))).to_double() == -(base + 2 * last));
    CHECK((Int::pow2(64) - 1).to_double() == std::ldexp(1.0, 64));  // 64 bits round up to a new power
    CHECK(Int(std::numeric_limits<uint64_t>::max()).to_double() == std::ldexp(1.0, 64));
    CHECK(std::isinf(Int::pow2(1024).to_double()));
    CHECK((-Int::pow2(5000)).to_double() < -std::numeric_limits<double>::max());
}

}  // namespace
}  // namespace dal
