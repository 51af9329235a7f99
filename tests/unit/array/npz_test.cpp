#include "dal/array/npz.hpp"

#include <doctest/doctest.h>

#include "dal/array/npy.hpp"
#include "dal/array/rewrite.hpp"
#include "dal/support/check.hpp"
#include "dal/support/codes/file_codes.hpp"
#include "dal/support/file.hpp"
#include "unit/array/archive.hpp"

namespace dal {
namespace {

using test::archive;
using test::dictionary;
using test::npy;

/// An .npz with these bytes, for as long as it lives.
class File {
  public:
    explicit File(const std::string& bytes) { REQUIRE(write_file(path(), bytes)); }
    [[nodiscard]] std::filesystem::path path() const { return directory_.path() / "x.npz"; }
    [[nodiscard]] NpzFile open() const {
        auto file = NpzFile::open(path());
        REQUIRE_MESSAGE(file, file.error().front().message);
        return std::move(*file);
    }

  private:
    TemporaryDirectory directory_ = TemporaryDirectory::make().value();
};

std::string message(const Diagnostics& errors) { return errors.front().message; }

std::string bytes_of(int count, char value = 0) {
    return npy(dictionary("|i1", "(" + std::to_string(count) + ",)"), std::string(static_cast<size_t>(count), value));
}

TEST_CASE("members are read when they are asked for, and no other") {
    const File file(archive({{.name = "a.npy", .data = bytes_of(3, 7)},
                             {.name = "b.npy", .data = bytes_of(4000), .deflated = true, .crc_error = 1},
                             {.name = "c.npy", .data = "no array"}})
                        .bytes);
    const NpzFile npz = file.open();
    CHECK(npz.members().size() == 3);
    CHECK(npz.bytes() == std::filesystem::file_size(file.path()));
    CHECK(npz.read("a", {})->at(2) == Dyadic(7));
    CHECK(message(npz.read("b", {}).error()).find("checksum is wrong") != std::string::npos);
    // What a header says is known without the data.
    CHECK(npz.info("b")->shape == Shape{4000});
    CHECK(npz.info("b")->type == DType::int8);
    CHECK(message(npz.info("c").error()).find("member `c.npy`: it does not start") != std::string::npos);
    CHECK_THROWS_AS(npz.info("d"), InternalError);
}

TEST_CASE("an archive that was moved still has its members") {
    const File file(archive({{.name = "a.npy", .data = bytes_of(3, 7)}}).bytes);
    NpzFile first = file.open();
    const NpzFile moved = std::move(first);
    const NpzFile copied = moved;
    CHECK(copied.read("a", {})->at(0) == Dyadic(7));
}

TEST_CASE("a limit is held against the header") {
    // Were the data read, it would be found to be damaged.
    const File file(archive({{.name = "a.npy", .data = bytes_of(4000), .deflated = true, .crc_error = 1}}).bytes);
    const Span origin{static_cast<FileId>(0), 1, 2};
    const auto result = file.open().read("a", {.elements = 3999}, origin);
    REQUIRE_FALSE(result);
    CHECK(message(result.error()) ==
          "`" + file.path().string() + "`: member `a.npy`: its shape [4000] has 4000 elements");
    CHECK(result.error().front().rules.front() == "at most 3999 elements are read");
    CHECK(result.error().front().code == code::bad_array_file);
    CHECK(result.error().front().span == origin);
    CHECK(message(file.open().read("a", {.elements = 4000}).error()).find("checksum") != std::string::npos);
    const File plain(bytes_of(10));
    CHECK(read_npy(plain.path(), {.elements = 10}));
    CHECK_FALSE(read_npy(plain.path(), {.elements = 9}));
}

TEST_CASE("batches have as many elements as their file can justify") {
    const int fits = 1 << 24;
    const auto batch = [](int samples, bool deflated) {
        return archive({{.name = "codes.npy", .data = bytes_of(samples), .deflated = deflated},
                        {.name = "f.npy", .data = npy(dictionary("<i4", "()"), std::string(4, '\0'))}})
            .bytes;
    };
    CHECK(read_samples(File(batch(fits, true)).path())->samples() == fits);
    const auto bomb = read_samples(File(batch(fits + 1, true)).path());
    REQUIRE_FALSE(bomb);
    CHECK(message(bomb.error()).find("has 16777217 elements") != std::string::npos);
    CHECK(read_samples(File(batch(fits + 1, false)).path())->samples() == fits + 1);
}

TEST_CASE("members that overlap by one byte overlap") {
    const std::string a = bytes_of(3);
    const auto size = static_cast<int64_t>(a.size());
    const auto opened = [&](int64_t claimed) {
        const File file(archive({{.name = "a.npy", .data = a, .claimed_size = claimed, .claimed_packed = claimed},
                                 {.name = "b.npy", .data = a}})
                            .bytes);
        const auto result = NpzFile::open(file.path());
        return result ? "no error" : message(result.error());
    };
    CHECK(opened(size) == "no error");
    CHECK(opened(size + 1).ends_with("its members `a.npy` and `b.npy` overlap"));
}

TEST_CASE("a rewritten archive keeps what is not replaced, packed as it was") {
    const std::string zeros = bytes_of(100'000);
    const File file(archive({{.name = "a.npy", .data = zeros, .deflated = true},
                             {.name = "b.npy", .data = bytes_of(3, 7)},
                             {.name = "c.npy", .data = zeros, .deflated = true, .crc_error = 1}})
                        .bytes);
    const auto bytes = npz_with(file.path(), {{"b", Array::from_int64({2}, {5, 6})}});
    REQUIRE(bytes);
    CHECK(bytes->size() < 2000);
    const File result(*bytes);
    const NpzFile npz = result.open();
    CHECK(npz.members().size() == 3);
    CHECK(npz.read("a", {})->size() == 100'000);
    CHECK(npz.read("b", {})->at(1) == Dyadic(6));
    CHECK(message(npz.read("c", {}).error()).find("checksum is wrong") != std::string::npos);
}

}  // namespace
}  // namespace dal
