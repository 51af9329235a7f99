#include "dal/array/array.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>

#include "dal/array/samples.hpp"
#include "dal/support/check.hpp"

namespace dal {
namespace {

template <class T>
Array one(DType type, T value) {
    std::vector<std::byte> bytes(sizeof value);
    std::memcpy(bytes.data(), &value, sizeof value);
    return {{1}, type, std::move(bytes)};
}

TEST_CASE("elements of every type are exact") {
    CHECK(one<uint8_t>(DType::boolean, 1).at(0) == Dyadic(1));
    CHECK(one<int8_t>(DType::int8, -128).at(0) == Dyadic(-128));
    CHECK(one<int16_t>(DType::int16, -32768).at(0) == Dyadic(-32768));
    CHECK(one<int32_t>(DType::int32, INT32_MIN).at(0) == Dyadic(-1, 31));
    CHECK(one<int64_t>(DType::int64, INT64_MIN).at(0) == Dyadic(-1, 63));
    CHECK(one<uint8_t>(DType::uint8, 255).at(0) == Dyadic(255));
    CHECK(one<uint16_t>(DType::uint16, 65535).at(0) == Dyadic(65535));
    CHECK(one<uint32_t>(DType::uint32, UINT32_MAX).at(0) == Dyadic(Int::pow2(32) - 1));
    CHECK(one<uint64_t>(DType::uint64, UINT64_MAX).at(0) == Dyadic(Int::pow2(64) - 1));
    CHECK(one<float>(DType::float32, 0.1F).at(0) == Dyadic(13421773, -27));
    CHECK(one<double>(DType::float64, -0.1).at(0) == Dyadic(-Int(3602879701896397), -55));
    CHECK(one<double>(DType::float64, -0.0).at(0) == Dyadic(0));
    CHECK_FALSE(one<double>(DType::float64, NAN).at(0));
    CHECK_FALSE(one<float>(DType::float32, -INFINITY).at(0));
}

TEST_CASE("half precision: normal, subnormal, special") {
    CHECK(one<uint16_t>(DType::float16, 0x3C00).at(0) == Dyadic(1));
    CHECK(one<uint16_t>(DType::float16, 0xC500).at(0) == Dyadic(-5));
    CHECK(one<uint16_t>(DType::float16, 0x7BFF).at(0) == Dyadic(65504));
    CHECK(one<uint16_t>(DType::float16, 0x0001).at(0) == Dyadic(1, -24));
    CHECK(one<uint16_t>(DType::float16, 0x83FF).at(0) == Dyadic(-1023, -24));
    CHECK(one<uint16_t>(DType::float16, 0x8000).at(0) == Dyadic(0));
    CHECK_FALSE(one<uint16_t>(DType::float16, 0x7C00).at(0));
    CHECK_FALSE(one<uint16_t>(DType::float16, 0x7E01).at(0));
}

TEST_CASE("extended precision: 64 bits of mantissa, 15 of exponent") {
    static_assert(sizeof(long double) == 16);
    CHECK(one<long double>(DType::float_extended, -1.5L).at(0) == Dyadic(-3, -1));
    CHECK(one<long double>(DType::float_extended, 18446744073709551615.0L).at(0) == Dyadic(Int::pow2(64) - 1));
    CHECK(one<long double>(DType::float_extended, std::ldexp(1.0L, -16445)).at(0) == Dyadic(1, -16445));
    CHECK(one<long double>(DType::float_extended, std::ldexp(1.0L, 16383)).at(0) == Dyadic(1, 16383));
    CHECK_FALSE(one<long double>(DType::float_extended, std::numeric_limits<long double>::infinity()).at(0));
}

TEST_CASE("shapes count their elements, or refuse") {
    CHECK(element_count({}) == 1);
    CHECK(element_count({3, 4}) == 12);
    CHECK(element_count({int64_t{1} << 40, int64_t{1} << 40, 0}) == 0);
    CHECK_THROWS_AS((void)element_count({int64_t{1} << 40, int64_t{1} << 40}), InternalError);
    CHECK(to_string(Shape{16, 64}) == "[16, 64]");
    CHECK(to_string(Shape{}) == "[]");
    CHECK_THROWS_AS(Array({2}, DType::int8, std::vector<std::byte>(3)), InternalError);
}

TEST_CASE("positions count axes from the left") {
    CHECK(index_text({2, 3}, 5) == "[1, 2]");
    CHECK(index_text({7}, 0) == "[0]");
    CHECK(index_text({}, 0).empty());
}

TEST_CASE("codes hold integers of any width, and compare by value") {
    Codes narrow({2}, 1, {0, 3}, 1);
    narrow.set_code(0, 0, 5);
    narrow.set_code(0, 1, -7);
    Codes wide({2}, 1, {100, 4}, 4);
    wide.set_code(0, 0, Int(5) << 100);
    wide.set_code(0, 1, -14);
    CHECK(narrow.value(0, 1) == Dyadic(-7, -3));
    CHECK(wide.code(0, 0) == (Int(5) << 100));
    CHECK_FALSE(first_difference(narrow, wide));
    wide.set_code(0, 1, -15);
    const auto difference = first_difference(narrow, wide);
    REQUIRE(difference);
    CHECK(difference->sample == 0);
    CHECK(difference->element == 1);
    Codes other = narrow;
    CHECK_FALSE(first_difference(narrow, other));
    other.set_code(0, 0, 6);
    CHECK(first_difference(narrow, other)->element == 0);
    CHECK_THROWS_AS(Codes({2}, 1, {0}, 1), InternalError);
}

TEST_CASE("batches give samples of arrays and of codes") {
    const Samples numbers(Array::from_doubles({2, 3}, {1, 2, 3, 4, 5, 6.5}));
    CHECK(numbers.samples() == 2);
    CHECK(numbers.shape() == Shape{3});
    CHECK(numbers.at(1, 2) == Dyadic(13, -1));
    REQUIRE(numbers.doubles() != nullptr);
    CHECK(numbers.doubles()[5] == 6.5);
    CHECK(Samples(Array::from_int64({2}, {7, 8})).doubles() == nullptr);
    Codes codes({}, 2, {1}, 1);
    codes.set_code(1, 0, 3);
    const Samples coded(codes);
    CHECK(coded.samples() == 2);
    CHECK(coded.shape().empty());
    CHECK(coded.at(1, 0) == Dyadic(3, -1));
    CHECK_THROWS_AS(Samples(Array::from_doubles({}, {1})), InternalError);
}

}  // namespace
}  // namespace dal
