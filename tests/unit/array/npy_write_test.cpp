// What is written is exact, and comes back.
#include <doctest/doctest.h>

#include <random>

#include "dal/array/npy.hpp"
#include "dal/support/codes/result_codes.hpp"
#include "dal/support/file.hpp"
#include "unit/array/archive.hpp"

namespace dal {
namespace {

Codes example() {
    Codes codes({2, 2}, 3, {0, 3, -2, 60}, 1);
    std::mt19937_64 random(3);
    for (int64_t s = 0; s < 3; ++s)
        for (int64_t e = 0; e < 4; ++e) codes.set_code(s, e, Int(static_cast<int64_t>(random() >> 11)) - Int::pow2(52));
    codes.set_code(0, 0, 0);
    codes.set_code(1, 0, INT64_MIN);
    codes.set_code(2, 0, Int(3) << 60);
    return codes;
}

TEST_CASE("float64 output is exact and comes back") {
    const TemporaryDirectory directory = TemporaryDirectory::make().value();
    const auto path = directory.path() / "y.npy";
    const Codes codes = example();
    REQUIRE(write_npy(path, codes));
    const auto back = read_npy(path, {});
    REQUIRE(back);
    CHECK(back->shape() == Shape{3, 2, 2});
    CHECK(back->type() == DType::float64);
    for (int64_t s = 0; s < 3; ++s)
        for (int64_t e = 0; e < 4; ++e) CHECK(back->at(s * 4 + e) == codes.value(s, e));

    Codes wide({}, 2, {1000}, 20);  // 2^1024 - ... down to subnormals
    wide.set_code(0, 0, (Int::pow2(53) - 1) << 1100);
    wide.set_code(1, 0, -(Int(5) << 1000));
    REQUIRE(write_npy(path, wide));
    CHECK(read_npy(path, {})->at(0) == Dyadic(Int::pow2(53) - 1, 100));
    CHECK(read_npy(path, {})->at(1) == Dyadic(-5));
    Codes tiny({}, 1, {1074}, 1);
    tiny.set_code(0, 0, -1);
    REQUIRE(write_npy(path, tiny));
    CHECK(read_npy(path, {})->at(0) == Dyadic(-1, -1074));
    REQUIRE(write_npy(path, Codes({4}, 0, {0, 0, 0, 0}, 1)));
    CHECK(read_npy(path, {})->shape() == Shape{0, 4});
}

TEST_CASE("codes are exact on both sides of 51 and 53 bits, in groups and alone") {
    const TemporaryDirectory directory = TemporaryDirectory::make().value();
    const auto path = directory.path() / "y.npy";
    constexpr int64_t samples = 27;  // no whole number of groups
    Codes codes({3}, samples, {0, 52, -7}, 1);
    const std::vector<Int> edges{0, 1, -1, Int::pow2(51) - 1, Int::pow2(51), -Int::pow2(51), -Int::pow2(51) - 1};
    for (int64_t s = 0; s < samples; ++s)
        for (int64_t e = 0; e < 3; ++e)
            codes.set_code(s, e, s < 20 ? edges[static_cast<size_t>(s * 3 + e) % edges.size()] : Int(s - 23));
    codes.set_code(20, 1, Int::pow2(53));
    codes.set_code(21, 2, -Int::pow2(62));
    REQUIRE(write_npy(path, codes));
    const auto back = read_npy(path, {});
    REQUIRE(back);
    for (int64_t s = 0; s < samples; ++s)
        for (int64_t e = 0; e < 3; ++e) CHECK(back->at(s * 3 + e) == codes.value(s, e));
}

TEST_CASE("values that no float64 holds are an error, and the file stays") {
    const TemporaryDirectory directory = TemporaryDirectory::make().value();
    const auto path = directory.path() / "y.npy";
    REQUIRE(write_file(path, "before"));
    Codes codes = example();
    codes.set_code(2, 1, Int::pow2(53) + 1);
    const auto result = write_npy(path, codes);
    REQUIRE_FALSE(result);
    const Diagnostic& d = result.error().front();
    CHECK(d.code == code::inexact_output);
    CHECK(d.message == "sample 2, element [0, 1] is 1125899906842624.125, which no float64 holds");
    CHECK(d.help.front().find("`--output-format codes`") != std::string::npos);
    CHECK(read_file(path).value() == "before");
    for (const auto& [code, f] : {std::pair(Int(1), 1075), {Int(1), -1024}, {Int::pow2(200) + 1, 0}}) {
        Codes one({}, 1, {f}, 4);
        one.set_code(0, 0, code);
        CHECK_FALSE(write_npy(path, one));
    }
}

TEST_CASE("code files hold any width and come back") {
    const TemporaryDirectory directory = TemporaryDirectory::make().value();
    const auto path = directory.path() / "y.npz";
    const Codes narrow = example();
    REQUIRE(write_codes(path, narrow));
    auto back = read_samples(path).value();
    auto arrays = test::read_npz(path).value();
    CHECK(arrays.at("codes").type() == DType::int64);
    CHECK(arrays.at("codes").shape() == Shape{3, 2, 2});
    CHECK(arrays.at("f").type() == DType::int32);
    CHECK(arrays.at("f").shape() == Shape{2, 2});
    for (int64_t s = 0; s < 3; ++s)
        for (int64_t e = 0; e < 4; ++e) CHECK(back.at(s, e) == narrow.value(s, e));

    for (const int bits : {63, 64, 65, 127, 128, 200, 300}) {
        // Limbs that are not needed are not written, so that all engines write the same file.
        for (const int limbs : {5, 8}) {
            Codes codes({2}, 2, {5, 200}, limbs);
            codes.set_code(0, 0, Int::pow2(bits) - 1);
            codes.set_code(0, 1, -Int::pow2(bits));
            codes.set_code(1, 1, 1);
            REQUIRE(write_codes(path, codes));
            back = read_samples(path).value();
            arrays = test::read_npz(path).value();
            const int64_t words = bits / 64 + 1;
            CHECK(arrays.at("codes").shape() == (words == 1 ? Shape{2, 2} : Shape{2, 2, words}));
            for (int64_t s = 0; s < 2; ++s)
                for (int64_t e = 0; e < 2; ++e) CHECK(back.at(s, e) == codes.value(s, e));
        }
    }
    REQUIRE(write_codes(path, Codes({3}, 0, {1, 2, 3}, 4)));
    CHECK(read_samples(path).value().samples() == 0);
    CHECK_FALSE(write_codes("/no/such/directory/y.npz", narrow));
}

}  // namespace
}  // namespace dal
