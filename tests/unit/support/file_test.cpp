#include "dal/support/file.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "dal/support/codes/file_codes.hpp"
#include "dal/support/printable.hpp"

namespace dal {
namespace {

namespace fs = std::filesystem;

struct Scratch {
    TemporaryDirectory directory = TemporaryDirectory::make().value();
    [[nodiscard]] fs::path operator/(const char* name) const { return directory.path() / name; }
    /// Number of entries: shows temporaries that were left behind.
    [[nodiscard]] long entries() const {
        return std::distance(fs::directory_iterator(directory.path()), fs::directory_iterator());
    }
};

fs::perms mode(const fs::path& path) { return fs::status(path).permissions(); }

TEST_CASE("only regular files are read") {
    const Scratch scratch;
    REQUIRE(::mkfifo((scratch / "pipe").c_str(), 0600) == 0);  // nobody writes to it: to wait would be forever
    CHECK(read_file(scratch / "pipe").error().front().message.ends_with("it is a pipe"));
    CHECK(read_file("/dev/zero").error().front().message == "cannot read `/dev/zero`: it is a device");
    CHECK(read_file(scratch.directory.path()).error().front().message.ends_with("it is a directory"));
    REQUIRE(write_file(scratch / "large", "x"));
    fs::resize_file(scratch / "large", most_program);
    CHECK(read_program(scratch / "large")->size() == most_program);
    fs::resize_file(scratch / "large", most_program + 1);
    CHECK(read_program(scratch / "large").error().front().message.ends_with("it has more than 268435456 bytes"));
}

TEST_CASE("inside is where a path leads") {
    const Scratch scratch;
    fs::create_directories(scratch / "in/deep");
    fs::create_directory(scratch / "out");
    fs::create_symlink("../out", scratch / "in/link");
    fs::create_symlink("deep", scratch / "in/own");
    fs::create_symlink("in", scratch / "name");
    CHECK(is_inside(scratch / "in/a", scratch / "in"));
    CHECK(is_inside(scratch / "in", scratch / "in"));
    CHECK(is_inside(scratch / "in/deep/../a", scratch / "in"));
    CHECK(is_inside(scratch / "in/own/a", scratch / "in"));
    CHECK(is_inside(scratch / "name/a", scratch / "in"));
    CHECK(is_inside(scratch / "in/a", scratch / "name"));
    CHECK_FALSE(is_inside(scratch / "in/../a", scratch / "in"));
    CHECK_FALSE(is_inside(scratch / "in/link/a", scratch / "in"));
    CHECK_FALSE(is_inside(scratch / "inner", scratch / "in"));
    CHECK_FALSE(is_inside(scratch / "in/nothing/../../out", scratch / "in"));
    CHECK(is_inside("a", ""));
    CHECK_FALSE(is_inside("../a", ""));
    CHECK(is_inside("/a/b", "/"));
}

TEST_CASE("text for a terminal") {
    CHECK(printable("a\x1b[31m\tb\n\x7f\xc2\x9b") == "a [31m b   ");
    CHECK(printable_lines("a\tb\r\nc\x1b") == "a\tb \nc ");
    CHECK(printable("\xff é") == "\xEF\xBF\xBD é");
}

TEST_CASE("a file is written whole, and replaced whole") {
    const Scratch scratch;
    REQUIRE(write_file(scratch / "a", "first"));
    CHECK(read_file(scratch / "a").value() == "first");
    REQUIRE(write_file(scratch / "a", std::string("\0\n", 2)));
    CHECK(read_file(scratch / "a").value() == std::string("\0\n", 2));
    REQUIRE(write_file(scratch / "a", ""));
    CHECK(read_file(scratch / "a").value().empty());
    const std::string big(3 << 20, 'x');
    REQUIRE(write_file(scratch / "a", big));
    CHECK(read_file(scratch / "a").value() == big);
    CHECK(scratch.entries() == 1);
}

TEST_CASE("new files have the usual permissions, replaced files keep theirs") {
    const Scratch scratch;
    const mode_t mask = ::umask(022);
    REQUIRE(write_file(scratch / "new", "x"));
    ::umask(mask);
    CHECK(mode(scratch / "new") == static_cast<fs::perms>(0644));
    fs::permissions(scratch / "new", static_cast<fs::perms>(0750));
    REQUIRE(write_file(scratch / "new", "y"));
    CHECK(mode(scratch / "new") == static_cast<fs::perms>(0750));
}

TEST_CASE("links are followed and stay links") {
    const Scratch scratch;
    REQUIRE(write_file(scratch / "target", "old"));
    fs::create_symlink("target", scratch / "link");
    REQUIRE(write_file(scratch / "link", "new"));
    CHECK(fs::is_symlink(scratch / "link"));
    CHECK(read_file(scratch / "target").value() == "new");
    fs::create_symlink("nothing_yet", scratch / "dangling");
    REQUIRE(write_file(scratch / "dangling", "made"));
    CHECK(fs::is_symlink(scratch / "dangling"));
    CHECK(read_file(scratch / "nothing_yet").value() == "made");
    fs::create_symlink("loop", scratch / "loop");
    CHECK_FALSE(write_file(scratch / "loop/x", "x"));
}

TEST_CASE("a device is written in place") {
    REQUIRE(write_file("/dev/null", "gone"));
    CHECK(fs::is_character_file("/dev/null"));
    const auto full = write_file("/dev/full", "x");
    REQUIRE_FALSE(full);
    CHECK(full.error().front().message == "cannot write `/dev/full`: No space left on device");
}

TEST_CASE("what cannot be written is said, and nothing is left") {
    const Scratch scratch;
    const auto missing = write_file(scratch / "no/such/file", "x");
    REQUIRE_FALSE(missing);
    CHECK(missing.error().front().code == code::cannot_write);
    CHECK(missing.error().front().message.ends_with("No such file or directory"));
    const auto directory = write_file(scratch.directory.path(), "x");
    REQUIRE_FALSE(directory);
    CHECK(directory.error().front().message.ends_with("Is a directory"));
    CHECK(scratch.entries() == 0);

    // Permissions do not bind root: there, a directory of /proc stands in for one that refuses.
    if (::geteuid() == 0) {
        CHECK_FALSE(write_file("/proc/self/dal_test", "x"));
    } else {
        fs::create_directory(scratch / "locked");
        fs::permissions(scratch / "locked", static_cast<fs::perms>(0555));
        const auto locked = write_file(scratch / "locked/file", "x");
        REQUIRE_FALSE(locked);
        CHECK(locked.error().front().message.ends_with("Permission denied"));
        REQUIRE(write_file(scratch / "fixed", "keep"));
        fs::permissions(scratch / "fixed", static_cast<fs::perms>(0444));
        CHECK_FALSE(write_file(scratch / "fixed", "x"));
        CHECK(read_file(scratch / "fixed").value() == "keep");
    }
}

TEST_CASE("what cannot be read is said, at the place that asked") {
    const Scratch scratch;
    const Span origin{static_cast<FileId>(0), 3, 5};
    const auto missing = read_file(scratch / "missing", origin);
    REQUIRE_FALSE(missing);
    CHECK(missing.error().front().code == code::cannot_read);
    CHECK(missing.error().front().span == origin);
    const auto directory = read_file(scratch.directory.path());
    REQUIRE_FALSE(directory);
    CHECK(directory.error().front().message.ends_with("it is a directory"));
    // A sparse file can claim more than any memory.
    std::ofstream(scratch / "sparse").put('x');
    std::error_code unsupported;
    fs::resize_file(scratch / "sparse", uintmax_t{1} << 62, unsupported);
    if (!unsupported) CHECK_FALSE(read_file(scratch / "sparse"));
}

TEST_CASE("temporary directories go with what is in them") {
    fs::path path;
    {
        auto directory = TemporaryDirectory::make().value();
        path = directory.path();
        REQUIRE(write_file(path / "x", "x"));
        const TemporaryDirectory moved = std::move(directory);
        CHECK(fs::exists(path / "x"));
    }
    CHECK_FALSE(fs::exists(path));
    const Scratch scratch;
    const auto beside = TemporaryDirectory::make(scratch / "out").value();
    CHECK(beside.place().parent_path() == scratch.directory.path());
    CHECK(beside.path().parent_path() == beside.place());
    CHECK(fs::is_empty(beside.path()));
    fs::rename(beside.path(), scratch / "out");
    CHECK_FALSE(TemporaryDirectory::make(scratch / "no/such/out"));
}

}  // namespace
}  // namespace dal
