// Element types that NumPy writes for others, by names of its own or by none.
#include <doctest/doctest.h>

#include "dal/array/npy.hpp"
#include "dal/support/file.hpp"
#include "unit/array/archive.hpp"

namespace dal {
namespace {

using test::dictionary;
using test::npy;
using Texts = std::vector<std::string>;

Result<Array> read_as(const std::string& bytes, const UnsaidType& unsaid = {}) {
    const TemporaryDirectory directory = TemporaryDirectory::make().value();
    REQUIRE(write_file(directory.path() / "x.npy", bytes));
    return read_npy(directory.path() / "x.npy", {}, {}, unsaid);
}

/// Without the name of the file.
std::string error_of(const Result<Array>& result) {
    REQUIRE_FALSE(result);
    const std::string& text = result.error().front().message;
    return text.substr(text.find("`: ") + 3);
}

Texts texts(const Array& array) {
    Texts result;
    for (int64_t j = 0; j < array.size(); ++j) {
        const auto value = array.at(j);
        result.push_back(value ? value->to_string() : "none");
    }
    return result;
}

TEST_CASE("types that files do not say, or say in a way of their own") {
    const auto as = [](const std::string& bytes, const char* type) { return read_as(bytes, unsaid_type(type)); };
    // Largest and smallest numbers of the published descriptions.
    const std::string bytes = npy(dictionary("<V1", "(3,)"), "\x7E\x01\xC4");
    CHECK(texts(*as(bytes, "float8_e4m3fn")) == Texts{"448", "0.001953125", "-3"});
    CHECK(texts(*as(bytes, "float8_e4m3fnuz")) == Texts{"224", "0.0009765625", "-1.5"});
    CHECK(texts(*as(bytes, "uint4")) == Texts{"14", "1", "4"});
    CHECK(texts(*as(bytes, "int4")) == Texts{"-2", "1", "4"});
    CHECK(texts(*read_as(npy(dictionary("<f1", "(3,)"), "\x7B\x7C\x01"))) ==
          Texts{"57344", "none", "0.0000152587890625"});
    CHECK(texts(*read_as(npy(dictionary("<V2", "(2,)"), "\xC0\x3F\x80\xFF"))) == Texts{"1.5", "none"});
    CHECK(texts(*read_as(npy(dictionary(">V2", "(1,)"), "\x3F\xC0"))) == Texts{"1.5"});
    CHECK(error_of(read_as(bytes)) ==
          "its elements have the type `V1`, which NumPy writes for several types of one byte");
    CHECK(error_of(as(bytes, "bfloat16")) == "its elements have 1 byte, and bfloat16 has 2");
    // What a file says is not for others to say.
    CHECK(as(npy(dictionary("|i1", "(1,)"), "\x7E"), "float8_e4m3fn")->type() == DType::int8);
    CHECK_FALSE(unsaid_type("float32"));
    CHECK_FALSE(unsaid_type("V1"));
    CHECK_FALSE(unsaid_type(""));
}

TEST_CASE("long doubles of 80 and 128 bits") {
    // 1 and -1.5 in 12 bytes, and a number without its leading bit, which is none.
    const std::string one("\0\0\0\0\0\0\0\x80\xFF\x3F\0\0", 12);
    const std::string other("\0\0\0\0\0\0\0\xC0\xFF\xBF\0\0", 12);
    const std::string none("\0\0\0\0\0\0\0\x40\xFF\xBF\0\0", 12);
    CHECK(texts(*read_as(npy(dictionary("<f12", "(3,)"), one + other + none))) == Texts{"1", "-1.5", "none"});
    CHECK(texts(*read_as(npy(dictionary("<f12", "(2, 2)", true), one + other + one + other))) ==
          Texts{"1", "1", "-1.5", "-1.5"});
    // IEEE's binary128 of 1, -1.5, 2^-16494 (the smallest) and infinity.
    const std::string low(14, '\0');
    std::string smallest(16, '\0');
    smallest[0] = 1;
    const auto array = read_as(npy(dictionary("<f16", "(4,)"), low + "\xFF\x3F" + std::string(13, '\0') +
                                                                   "\x80\xFF\xBF" + smallest + low + "\xFF\x7F"),
                               DType::float128);
    REQUIRE(array);
    CHECK(array->at(0) == Dyadic(1));
    CHECK(array->at(1) == Dyadic(-3, -1));
    CHECK(array->at(2) == Dyadic(1, -16494));
    CHECK_FALSE(array->at(3));
}

}  // namespace
}  // namespace dal
