// Reading HDF5: both forms of the format, what is refused by name, and hostile files.
#include "dal/import/hdf5.hpp"

#include "hdf5_bytes.hpp"

using namespace dal;
using namespace dal::importer;
using namespace dal::test;

namespace {

/// What is said of a file that is refused; empty if it is read.
std::string refusal(const std::string& bytes) {
    const auto read = read_hdf5(bytes, "m.h5");
    return read ? "" : read.error().front().message;
}

bool mentions(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

/// A file whose only array has these messages, besides those of its shape and type.
std::string with_layout(const std::string& layout) {
    OldFile file;
    const uint64_t kernel = file.dataset({2}, {1, 2}, layout);
    return file.finish(file.group({{"kernel", kernel}}));
}

void check_content(const std::string& bytes) {
    const auto read = read_hdf5(bytes, "m.h5");
    REQUIRE(read.has_value());
    REQUIRE(read->attributes.contains("model_config"));
    CHECK(read->attributes.at("model_config").string() == "{}");
    const Hdf5Value* kernel = read->dataset("dense/kernel:0");
    REQUIRE(kernel != nullptr);
    CHECK(kernel->shape == Shape{2, 3});
    REQUIRE(kernel->array() != nullptr);
    CHECK(kernel->array()->type() == DType::float32);
    CHECK(kernel->array()->at(4)->to_string() == "5");
    CHECK(read->group("dense") != nullptr);
    CHECK(read->group("dense/kernel:0") == nullptr);
    CHECK(read->dataset("dense/other") == nullptr);
    CHECK(read->dataset("other/kernel:0") == nullptr);
    CHECK_FALSE(kernel->string().has_value());
}

}  // namespace

TEST_CASE("files of both forms of the format") {
    check_content(old_hdf5());
    check_content(new_hdf5());
    CHECK(is_hdf5(old_hdf5()));
    CHECK_FALSE(is_hdf5("\x89HDF"));
}

TEST_CASE("no prefix of a file is read, and none is read past its end") {
    for (const std::string& whole : {old_hdf5(), new_hdf5()})
        for (size_t size = 0; size < whole.size(); ++size) CHECK(refusal(whole.substr(0, size)) != "");
}

TEST_CASE("what is stored in other ways is refused by name") {
    CHECK(mentions(refusal(with_layout(number(3, 1) + number(2, 1) + number(0, 24))), "in chunks"));
    CHECK(mentions(refusal(with_layout(number(4, 1) + number(3, 1) + number(0, 24))), "a view of other arrays"));
    CHECK(mentions(refusal(new_hdf5({new_message(2, link_info(4096))})), "is a dense group"));
    const std::string soft = number(1, 1) + number(8, 1) + number(1, 1) + number(1, 1) + "a" + number(1, 2) + "b";
    CHECK(mentions(refusal(new_hdf5({new_message(2, link_info()), new_message(6, soft)})), "`a` is a soft link"));
    const std::string outside = number(1, 1) + number(8, 1) + number(64, 1) + number(1, 1) + "a" + number(1, 2) + "b";
    CHECK(mentions(refusal(new_hdf5({new_message(2, link_info()), new_message(6, outside)})), "to another file"));
    OldFile file;
    CHECK(mentions(refusal(file.finish(file.group({{"a", 0, 2}}))), "`a` is a soft link"));
}

TEST_CASE("messages name the object") {
    const std::string text = refusal(with_layout(number(3, 1) + number(2, 1) + number(0, 24)));
    CHECK(mentions(text, "`m.h5`"));
    CHECK(mentions(text, "`/kernel`"));
}

TEST_CASE("arrays are not larger than the file") {
    OldFile huge;
    const uint64_t kernel = huge.dataset({uint64_t{1} << 30, uint64_t{1} << 9}, {1});
    CHECK(mentions(refusal(huge.finish(huge.group({{"kernel", kernel}}))), "larger than the file"));
    OldFile overflow;
    const uint64_t other = overflow.dataset({uint64_t{1} << 33, uint64_t{1} << 33}, {1});
    CHECK(mentions(refusal(overflow.finish(overflow.group({{"kernel", other}}))), "too many elements"));
    CHECK(mentions(refusal(with_layout(number(3, 1) + number(1, 1) + number(1 << 20, 8) + number(8, 8))),
                   "past the end"));
    CHECK(mentions(refusal(with_layout(number(3, 1) + number(1, 1) + number(96, 8) + number(12, 8))),
                   "has 12 bytes; its shape and type make 8"));
    CHECK(mentions(refusal(with_layout(number(3, 1) + number(1, 1) + number(nowhere, 8) + number(8, 8))),
                   "never written"));
}

TEST_CASE("cycles, names that are twice, and deep groups") {
    OldFile twice;
    const uint64_t kernel = twice.dataset({1}, {1});
    CHECK(mentions(refusal(twice.finish(twice.group({{"a", kernel}, {"b", kernel}}))), "two names"));
    OldFile same;
    const uint64_t first = same.dataset({1}, {1});
    const uint64_t second = same.dataset({1}, {1});
    CHECK(mentions(refusal(same.finish(same.group({{"a", first}, {"a", second}}))), "contains `a` twice"));
    OldFile deep;
    uint64_t group = deep.group({});
    for (int level = 0; level < 80; ++level) group = deep.group({{"g", group}});
    CHECK(mentions(refusal(deep.finish(group)), "more than 64 groups"));
    OldFile slash;
    const uint64_t array = slash.dataset({1}, {1});
    CHECK(mentions(refusal(slash.finish(slash.group({{"a/b", array}}))), "which no object can have"));
}

TEST_CASE("structures that share bytes are refused, so that small files cost little") {
    // A header that continues in itself.
    OldFile file;
    const uint64_t at = file.bytes.size();
    file.append(old_header({old_message(0x10, number(at + 16, 8) + number(24, 8))}));
    for (int copy = 0; copy < 8; ++copy) CHECK(refusal(file.finish(at)) != "");
}

TEST_CASE("files without groups, or of other versions") {
    OldFile file;
    CHECK(mentions(refusal(file.finish(file.dataset({1}, {1}))), "is no group"));
    std::string other = old_hdf5();
    other[8] = 9;
    CHECK(mentions(refusal(other), "superblock of version 9"));
}
