// The wire format of protocol buffers, and the messages of ONNX in it.
#include <doctest/doctest.h>

#include "dal/import/onnx/constant.hpp"
#include "dal/import/onnx/wire.hpp"

using namespace dal;
using namespace dal::importer;
using namespace dal::importer::onnx;

namespace {

std::string bytes(std::initializer_list<int> values) {
    std::string text;
    for (const int value : values) text += static_cast<char>(value);
    return text;
}

}  // namespace

TEST_CASE("fields of each wire type are read in order") {
    const std::string message = bytes({0x08, 0x96, 0x01, 0x12, 2, 'h', 'i', 0x1D, 0, 0, 0x80, 0x3F});
    WireReader reader(message);
    auto field = reader.next();
    REQUIRE(field);
    CHECK(field->number == 1);
    CHECK(field->value == 150);
    field = reader.next();
    REQUIRE(field);
    CHECK(field->bytes == "hi");
    field = reader.next();
    REQUIRE(field);
    CHECK(real_of(field->value, 4) == 1.0);
    CHECK_FALSE(reader.next());
    CHECK_FALSE(reader.is_broken());
}

TEST_CASE("what ends too early, is too long, or of no type is broken") {
    for (const std::string& message :
         {bytes({0x08}), bytes({0x08, 0x80}), bytes({0x12, 5, 'h', 'i'}), bytes({0x1D, 0}), bytes({0x0B}),
          bytes({0x00, 1}), bytes({0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01}),
          bytes({0x12, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F})}) {
        WireReader reader(message);
        while (reader.next()) continue;
        CHECK(reader.is_broken());
    }
}

TEST_CASE("repeated numbers are packed or not") {
    std::vector<int64_t> values;
    const std::string packed = bytes({3, 0xAC, 0x02});
    CHECK(append_varints({1, WireType::bytes, 0, packed}, values));
    CHECK(append_varints({1, WireType::varint, 7, {}}, values));
    CHECK(values == std::vector<int64_t>{3, 300, 7});
    CHECK_FALSE(append_varints({1, WireType::bytes, 0, std::string_view("\x80", 1)}, values));
    std::vector<double> reals;
    CHECK_FALSE(append_reals({1, WireType::bytes, 0, std::string_view("abc")}, 4, reals));
}

TEST_CASE("counts of elements are bounded") {
    CHECK(checked_count({}) == 1);
    CHECK(checked_count({3, 4}) == 12);
    CHECK(checked_count({3, 0}) == 0);
    CHECK_FALSE(checked_count({int64_t{1} << 40, int64_t{1} << 40}));
}

TEST_CASE("a file that is no model is not taken for one") {
    CHECK_FALSE(is_model(""));
    CHECK_FALSE(is_model("{\"a\": 1}"));
    CHECK_FALSE(is_model(bytes({0x08, 0x08})));
    CHECK(is_model(bytes({0x08, 0x08, 0x3A, 0x00})));
}
