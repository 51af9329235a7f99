#include "dal/array/npy.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

#include "dal/support/codes/file_codes.hpp"
#include "dal/support/codes/result_codes.hpp"
#include "dal/support/file.hpp"
#include "unit/array/archive.hpp"

namespace dal {
namespace {

using test::archive;
using test::dictionary;
using test::npy;

/// A file with these bytes, for as long as it lives.
class File {
  public:
    explicit File(const std::string& bytes, const char* name = "x.npy") : path_(directory_.path() / name) {
        REQUIRE(write_file(path_, bytes));
    }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    /// A message without the name of the directory.
    [[nodiscard]] std::string brief(const Diagnostics& errors) const {
        REQUIRE(errors.size() == 1);
        CHECK(errors.front().code == code::bad_array_file);
        std::string text = errors.front().message;
        const std::string prefix = "`" + path_.string() + "`: ";
        REQUIRE(text.starts_with(prefix));
        return text.substr(prefix.size());
    }

  private:
    TemporaryDirectory directory_ = TemporaryDirectory::make().value();
    std::filesystem::path path_;
};

std::string npy_error(const std::string& bytes) {
    const File file(bytes);
    const auto result = read_npy(file.path(), {});
    return result ? "no error" : file.brief(result.error());
}
std::string npz_error(const std::string& bytes) {
    const File file(bytes, "x.npz");
    const auto result = test::read_npz(file.path());
    return result ? "no error" : file.brief(result.error());
}
std::string samples_error(const std::string& bytes) {
    const File file(bytes, "x");
    const auto result = read_samples(file.path());
    return result ? "no error" : file.brief(result.error());
}
Array read(const std::string& bytes) {
    const File file(bytes);
    auto result = read_npy(file.path(), {});
    REQUIRE_MESSAGE(result, result.error().front().message);
    return std::move(*result);
}

template <class T>
std::string raw(std::initializer_list<T> values, bool big_endian = false) {
    std::string result;
    for (const T value : values) {
        char bytes[sizeof(T)];
        std::memcpy(bytes, &value, sizeof(T));
        if (big_endian) std::reverse(bytes, bytes + sizeof(T));
        result.append(bytes, sizeof(T));
    }
    return result;
}

std::vector<std::string> texts(const Array& array) {
    std::vector<std::string> result;
    for (int64_t j = 0; j < array.size(); ++j) {
        const auto value = array.at(j);
        result.push_back(value ? value->to_string() : "none");
    }
    return result;
}
using Texts = std::vector<std::string>;

TEST_CASE("every element type, in both byte orders") {
    const auto check = [](const char* letter, DType type, auto... values) {
        for (const bool big : {false, true}) {
            using T = std::common_type_t<decltype(values)...>;
            const std::string descr = (sizeof(T) == 1 ? "|" : big ? ">" : "<") + std::string(letter);
            const Array array = read(npy(dictionary(descr, "(2,)"), raw<T>({values...}, big)));
            CHECK(array.type() == type);
            CHECK(array.shape() == Shape{2});
            Texts expected;
            for (const T value : {values...}) expected.push_back(std::to_string(value));
            CHECK(texts(array) == expected);
        }
    };
    check("i1", DType::int8, int8_t{-128}, int8_t{127});
    check("i2", DType::int16, int16_t{-32768}, int16_t{258});
    check("i4", DType::int32, INT32_MIN, 66051);
    check("i8", DType::int64, INT64_MIN, int64_t{283686952306183});
    check("u1", DType::uint8, uint8_t{0}, uint8_t{255});
    check("u2", DType::uint16, uint16_t{65535}, uint16_t{258});
    check("u4", DType::uint32, UINT32_MAX, 66051U);
    check("u8", DType::uint64, UINT64_MAX, uint64_t{283686952306183});
    check("b1", DType::boolean, uint8_t{0}, uint8_t{1});
    for (const bool big : {false, true}) {
        const std::string order = big ? ">" : "<";
        CHECK(texts(read(npy(dictionary(order + "f2", "(2,)"), raw<uint16_t>({0x3C00, 0xC100}, big)))) ==
              Texts{"1", "-2.5"});
        CHECK(texts(read(npy(dictionary(order + "f4", "(2,)"), raw<float>({0.75F, -INFINITY}, big)))) ==
              Texts{"0.75", "none"});
        CHECK(texts(read(npy(dictionary(order + "f8", "(2,)"), raw<double>({-0.125, NAN}, big)))) ==
              Texts{"-0.125", "none"});
        CHECK(texts(read(npy(dictionary(order + "f16", "(1,)"), raw<long double>({-6.5L}, big)))) == Texts{"-6.5"});
    }
    CHECK(read(npy(dictionary("f8", "(1,)"), raw<double>({1}))).type() == DType::float64);
    CHECK(read(npy(dictionary("=i4", "(1,)"), raw<int32_t>({1}))).type() == DType::int32);
}

TEST_CASE("every version, rank and memory order") {
    for (const int version : {1, 2, 3}) {
        const Array array = read(npy(dictionary("<i4", "(2, 2)"), raw<int32_t>({1, 2, 3, 4}), version));
        CHECK(texts(array) == Texts{"1", "2", "3", "4"});
    }
    const Array scalar = read(npy(dictionary("<i4", "()"), raw<int32_t>({7})));
    CHECK(scalar.shape().empty());
    CHECK(texts(scalar) == Texts{"7"});
    CHECK(read(npy(dictionary("<f8", "(0,)"), "")).size() == 0);
    CHECK(read(npy(dictionary("<f8", "(3, 0, 2)", true), "")).shape() == Shape{3, 0, 2});
    CHECK(read(npy(dictionary("<i8", "(2L,)"), raw<int64_t>({1, 2}))).shape() == Shape{2});
    CHECK(read(npy("{\"shape\":(1,),\"descr\":\"|u1\",\"fortran_order\":False}", "x")).shape() == Shape{1});

    CHECK(texts(read(npy(dictionary("|u1", "(2, 3)", true), "\1\2\3\4\5\6"))) == Texts{"1", "3", "5", "2", "4", "6"});
    CHECK(texts(read(npy(dictionary(">i2", "(2, 2)", true), raw<int16_t>({1, 2, 3, 4}, true)))) ==
          Texts{"1", "3", "2", "4"});
    // Three axes: element [i, j, k] lies at i + 2 j + 6 k.
    std::string bytes;
    for (char c = 0; c < 24; ++c) bytes += c;
    const Array cube = read(npy(dictionary("|i1", "(2, 3, 4)", true), bytes));
    for (int i = 0; i < 2; ++i)
        for (int j = 0; j < 3; ++j)
            for (int k = 0; k < 4; ++k) CHECK(cube.at((i * 3 + j) * 4 + k) == Dyadic(i + 2 * j + 6 * k));
    for (const auto& [descr, item] : {std::pair("<f4", 4), {"<f8", 8}, {"<f16", 16}}) {
        const Array square =
            read(npy(dictionary(descr, "(2, 2)", true), std::string(static_cast<size_t>(4 * item), '\0')));
        CHECK(texts(square) == Texts{"0", "0", "0", "0"});
    }
}

TEST_CASE("types that hold no exact numbers are named") {
    const auto type_error = [](const std::string& descr) {
        return npy_error(npy(dictionary(descr, "(1,)"), "12345678"));
    };
    CHECK(type_error("|O") == "its elements have the type `|O`: Python objects");
    CHECK(type_error("|S8") == "its elements have the type `|S8`: byte strings");
    CHECK(type_error("<U2") == "its elements have the type `<U2`: text strings");
    CHECK(type_error("<c8") == "its elements have the type `<c8`: complex numbers");
    CHECK(type_error("<W4") == "its elements have the type `<W4`: complex numbers");
    CHECK(type_error("|V8") == "its elements have the type `|V8`: raw or structured records");
    CHECK(type_error("<M8[ns]") == "its elements have the type `<M8[ns]`: dates");
    CHECK(type_error("<i3") == "its elements have the type `<i3`");
    CHECK(type_error("") == "its elements have the type ``");
    CHECK(npy_error(npy("{'descr': [('a', '<f4'), ('b', '<i4')], 'fortran_order': False, 'shape': (1,), }",
                        "12345678")) == "its elements are structured records");
}

TEST_CASE("malformed headers are described") {
    const auto header_error = [](const std::string& text) { return npy_error(npy(text, "")); };
    CHECK(npy_error("") == "it does not start as a .npy file does");
    CHECK(npy_error("\x93NUMP") == "it does not start as a .npy file does");
    CHECK(npy_error("hello, world") == "it does not start as a .npy file does");
    CHECK(npy_error(npy("", "", 4)) == "it has version 4 of the .npy format");
    CHECK(npy_error(std::string("\x93NUMPY\x01\x00", 8)) == "it ends after 8 bytes");
    CHECK(npy_error(std::string("\x93NUMPY\x02\x00\xFF\xFF\xFF\xFF", 12)) ==
          "its header claims 4294967295 bytes, and 0 are left");
    CHECK(npy_error(npy(std::string(100'000, ' '), "", 2)) == "its header has 100000 bytes");
    CHECK(header_error("") == "the header has its end where a dictionary should be");
    CHECK(header_error("{") == "the header has its end where `'key': value` should be");
    CHECK(header_error("{}") == "the header lacks the key `descr`");
    CHECK(header_error("{'descr': '<f8'}") == "the header lacks the key `fortran_order`");
    CHECK(header_error("{'descr': '<f8', 'fortran_order': False}") == "the header lacks the key `shape`");
    CHECK(header_error("{'descr': '<f8', 'descr': '<f8'}") == "the header has the key `descr` twice");
    CHECK(header_error("{'x': 1}") == "the header has an unknown key `x`");
    CHECK(header_error("{'descr': 8}") == "the header has `8}` where the element type should be");
    CHECK(header_error("{'fortran_order': 1}") == "the header has `1}` where `True` or `False` should be");
    CHECK(header_error("{'shape': 3}") == "the header has `3}` where the shape, `(16, 64)` should be");
    CHECK(header_error("{'shape': (a)}") == "the header has `a)}` where an extent should be");
    CHECK(header_error("{'shape': (1 2)}") == "the header has `2)}` where `,` or `)` should be");
    CHECK(header_error(dictionary("<f8", "(1,)") + "x") == "the header has `x` where the end of the header should be");
    CHECK(header_error("{'descr': '<f8") == "the header has `'<f8` where the element type should be");
    CHECK(header_error(std::string("{'\x1b[2J\0': 1}", 12)) == "the header has an unknown key `?[2J?`");
    CHECK(header_error("{" + std::string(60'000, '(')).size() < 200);
}

TEST_CASE("hostile shapes cost nothing") {
    const auto shape_error = [](const std::string& shape) {
        return npy_error(npy(dictionary("<f8", shape), "12345678"));
    };
    CHECK(shape_error("(-1,)") == "its shape has the negative extent `-1`");
    CHECK(shape_error("(99999999999999999999,)") == "its shape has an extent that no 64-bit integer can hold");
    CHECK(shape_error("(9223372036854775807,)") == "its shape [9223372036854775807] has more elements than any memory");
    CHECK(shape_error("(4294967296, 4294967296)") ==
          "its shape [4294967296, 4294967296] has more elements than any memory");
    CHECK(shape_error("(4294967296, 4294967296, 0)") ==
          "its shape [4294967296, 4294967296, 0] has more elements than any memory");
    CHECK(shape_error("(1000000000000,)") ==
          "it has 8 bytes of data, and [1000000000000] of float64 needs 8000000000000");
    CHECK(shape_error("(2,)") == "it has 8 bytes of data, and [2] of float64 needs 16");
    CHECK(shape_error("(0,)") == "it has 8 bytes of data, and [0] of float64 needs 0");
    std::string deep = "(";
    for (int j = 0; j < 65; ++j) deep += "1, ";
    CHECK(shape_error(deep + ")") == "its shape has more than 64 axes");
    deep = "(";
    for (int j = 0; j < 64; ++j) deep += "1, ";
    CHECK(shape_error(deep + ")") == "no error");
}

TEST_CASE("every truncation and every changed byte is an error or an array, never a crash") {
    const std::string numbers = npy(dictionary("<i4", "(2, 2)", true), raw<int32_t>({1, 2, 3, 4}));
    for (size_t size = 0; size < numbers.size(); ++size) CHECK(npy_error(numbers.substr(0, size)) != "no error");
    const std::string zipped = archive({{.name = "a.npy", .data = numbers},
                                        {.name = "b.npy", .data = numbers, .deflated = true, .zip64 = true}},
                                       true, "note")
                                   .bytes;
    CHECK(npz_error(zipped) == "no error");
    for (size_t size = 0; size < zipped.size(); ++size) CHECK(npz_error(zipped.substr(0, size)) != "no error");
    std::mt19937 random(5);
    int rejected = 0;
    for (size_t at = 0; at < zipped.size(); ++at)
        for (int j = 0; j < 4; ++j) {
            std::string damaged = zipped;
            damaged[at] = static_cast<char>(random());
            rejected += npz_error(damaged) != "no error" ? 1 : 0;
        }
    CHECK(rejected > static_cast<int>(2 * zipped.size()));  // the rest are fields that nobody reads
}

TEST_CASE("archives: stored, deflated, zip64, comments") {
    const std::string a = npy(dictionary("<i4", "(2,)"), raw<int32_t>({1, 2}));
    const std::string b = npy(dictionary("<f8", "(1000,)"), std::string(8000, '\0'));
    for (const bool zip64 : {false, true})
        for (const bool deflated : {false, true}) {
            const File file(archive({{.name = "a.npy", .data = a, .deflated = deflated, .zip64 = zip64},
                                     {.name = "größe/b.npy", .data = b, .deflated = deflated, .zip64 = zip64}},
                                    zip64, zip64 ? std::string(60'000, 'c') : "")
                                .bytes);
            const auto arrays = test::read_npz(file.path());
            REQUIRE_MESSAGE(arrays, arrays.error().front().message);
            CHECK(arrays->size() == 2);
            CHECK(texts(arrays->at("a")) == Texts{"1", "2"});
            CHECK(arrays->at("größe/b").shape() == Shape{1000});
        }
    const File empty(archive({}).bytes);
    CHECK(test::read_npz(empty.path()).value().empty());
}

TEST_CASE("malformed archives are described") {
    const std::string a = npy(dictionary("<i4", "(2,)"), raw<int32_t>({1, 2}));
    const std::string zeros = npy(dictionary("<f8", "(1000,)"), std::string(8000, '\0'));
    const auto one = [](const test::Entry& entry) { return npz_error(archive({entry}).bytes); };
    CHECK(npz_error("PK") == "it has no zip directory at its end: it is truncated, or no archive");
    CHECK(npz_error(a) == "it has no zip directory at its end: it is truncated, or no archive");
    CHECK(npz_error(archive({{.name = "a.npy", .data = a}, {.name = "a.npy", .data = a}}).bytes) ==
          "it has two members `a.npy`");
    CHECK(npz_error(archive({{.name = "a.npy", .data = a},
                             {.name = "b.npy", .data = a, .claimed_offset = 0, .local_name = "b.npy"}})
                        .bytes) == "member `b.npy` has a local header that differs from the directory");
    CHECK(npz_error(archive({{.name = "a.npy", .data = a, .claimed_size = 100, .claimed_packed = 100},
                             {.name = "b.npy", .data = a}})
                        .bytes) == "its members `a.npy` and `b.npy` overlap");
    CHECK(one({.name = "a.npy", .data = a, .flags = 1}) == "member `a.npy` is encrypted");
    CHECK(one({.name = "a.npy", .data = a, .method = 12}) == "member `a.npy` is compressed by method 12");
    CHECK(one({.name = "a\xFF.npy", .data = a}) == "the name of its member 0 is not valid UTF-8");
    CHECK(one({.name = "\xC0\xAF.npy", .data = a}) == "the name of its member 0 is not valid UTF-8");
    CHECK(one({.name = "a.txt", .data = a}) == "member `a.txt` is not an array");
    CHECK(one({.name = ".npy", .data = a}) == "member `.npy` is not an array");
    CHECK(one({.name = "", .data = a}) == "member `` is not an array");
    CHECK(one({.name = "a.npy", .data = a, .crc_error = 1}) ==
          "member `a.npy`: its checksum is wrong: the data is damaged");
    CHECK(one({.name = "a.npy", .data = zeros, .deflated = true, .crc_error = 1}) ==
          "member `a.npy`: its checksum is wrong: the data is damaged");
    CHECK(one({.name = "a.npy", .data = a, .claimed_size = 1}).starts_with("member `a.npy` is stored, in "));
    CHECK(one({.name = "a.npy", .data = a, .claimed_offset = 5}) == "member `a.npy` is not where the directory says");
    CHECK(one({.name = "a.npy", .data = a, .claimed_size = 1 << 30, .claimed_packed = 1 << 30}) ==
          "member `a.npy` reaches past its archive");
    CHECK(one({.name = "a.npy", .data = "not an array"}) == "member `a.npy`: it does not start as a .npy file does");
    // Claims that the compressed bytes could never fulfil, and some they could and do not.
    CHECK(one({.name = "a.npy", .data = zeros, .deflated = true, .claimed_size = int64_t{1} << 31})
              .find("compressed bytes cannot hold") != std::string::npos);
    CHECK(one({.name = "a.npy", .data = zeros, .deflated = true, .zip64 = true, .claimed_size = int64_t{1} << 62})
              .find("compressed bytes cannot hold") != std::string::npos);
    CHECK(one({.name = "a.npy", .data = zeros, .deflated = true, .claimed_size = 9000})
              .find("bytes of data, and [1000]") != std::string::npos);
    const std::string more = npy(dictionary("<f8", "(1100,)"), std::string(8000, '\0'));
    CHECK(
        one({.name = "a.npy", .data = more, .deflated = true, .claimed_size = static_cast<int64_t>(more.size()) + 800})
            .find("more are needed") != std::string::npos);
    // A bomb: it unpacks to far more than it says. Reading stops at what it says.
    CHECK(one({.name = "a.npy",
               .data = zeros + std::string(50'000'000, '\0'),
               .deflated = true,
               .claimed_size = static_cast<int64_t>(zeros.size())})
              .find("it unpacks to more than the") != std::string::npos);
    std::string volumes = archive({{.name = "a.npy", .data = a}}).bytes;
    volumes[volumes.size() - 18] = 1;
    CHECK(npz_error(volumes) == "it is one volume of several");
}

TEST_CASE("what cannot be read points at the program") {
    const Span origin{static_cast<FileId>(0), 1, 2};
    const File file("no array");
    for (const auto& errors : {read_npy(file.path(), {}, origin).error(), test::read_npz(file.path(), origin).error(),
                               read_npy("/no/such/file.npy", {}, origin).error()})
        CHECK(errors.front().span == origin);
    CHECK(read_npy("/no/such/file.npy", {}).error().front().code == code::cannot_read);
}

TEST_CASE("batches are recognised by content") {
    const File numbers(npy(dictionary("<f8", "(2, 1)"), raw<double>({1.5, 2})), "numbers.npz");
    const auto batch = read_samples(numbers.path());
    REQUIRE(batch);
    CHECK(batch->samples() == 2);
    CHECK(batch->at(0, 0) == Dyadic(3, -1));
    CHECK(batch->doubles() != nullptr);
    CHECK(samples_error(npy(dictionary("<f8", "()"), raw<double>({1}))) == "it holds a single number");
    const std::string i = npy(dictionary("<i8", "(2, 3)"), raw<int64_t>({1, 2, 3, 4, 5, -6}));
    const std::string f = npy(dictionary("<i4", "(3,)"), raw<int32_t>({0, 1, -2}));
    CHECK(samples_error(archive({{.name = "w.npy", .data = i}}).bytes) == "it holds `w`, and is no code file");
    CHECK(samples_error(archive({}).bytes) == "it holds no arrays, and is no code file");
    const auto code_file = [](const std::string& codes, const std::string& points) {
        return archive({{.name = "codes.npy", .data = codes}, {.name = "f.npy", .data = points}}).bytes;
    };
    const File coded(code_file(i, f), "coded");
    const auto codes = read_samples(coded.path());
    REQUIRE(codes);
    CHECK(codes->shape() == Shape{3});
    CHECK(codes->at(0, 1) == Dyadic(1));
    CHECK(codes->at(1, 2) == Dyadic(-24));
    const auto narrow = read_samples(
        File(code_file(npy(dictionary("|i1", "(1,)"), "\xFF"), npy(dictionary("|u1", "()"), "\2"))).path());
    CHECK(narrow->at(0, 0) == Dyadic(-1, -2));
    const auto large = read_samples(File(code_file(npy(dictionary("<u8", "(1,)"), raw<uint64_t>({UINT64_MAX})),
                                                   npy(dictionary("|i1", "()"), std::string(1, '\0'))))
                                        .path());
    CHECK(large->at(0, 0) == Dyadic(Int::pow2(64) - 1));
    const auto words = read_samples(File(code_file(npy(dictionary("<u8", "(1, 2)"), raw<uint64_t>({0, UINT64_MAX})),
                                                   npy(dictionary("|i1", "()"), std::string(1, '\0'))))
                                        .path());
    CHECK(words->at(0, 0) == Dyadic(-1, 64));

    CHECK(samples_error(code_file(i, npy(dictionary("<i4", "(2,)"), raw<int32_t>({0, 1})))) ==
          "`codes` has the shape [2, 3] and `f` the shape [2]");
    CHECK(samples_error(code_file(npy(dictionary("<i4", "()"), raw<int32_t>({0})),
                                  npy(dictionary("<i4", "()"), raw<int32_t>({0})))) ==
          "`codes` has the shape [] and `f` the shape []");
    CHECK(samples_error(code_file(i, npy(dictionary("<f8", "(3,)"), raw<double>({0, 1, 2})))) ==
          "`f` has elements of float64");
    CHECK(samples_error(code_file(i, npy(dictionary("<i8", "(3,)"), raw<int64_t>({0, INT64_MIN, 2})))) ==
          "`f` has the binary point -9223372036854775808 at element 1");
}

}  // namespace
}  // namespace dal
