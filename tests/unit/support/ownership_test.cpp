#include "dal/support/ownership.hpp"

#include <doctest/doctest.h>

#include <optional>

#include "dal/support/file.hpp"

namespace dal {
namespace {

namespace fs = std::filesystem;

/// A directory of that name with a file in it, marked or not.
struct Folder {
    Folder(const fs::path& at, bool marked) : path(at) {
        fs::create_directory(path);
        REQUIRE(write_file(path / "x", "x"));
        if (marked) ownership.emplace(path);
    }
    fs::path path;
    std::optional<Ownership> ownership;
};

TEST_CASE("a marked directory is abandoned when nobody holds its mark") {
    const TemporaryDirectory scratch = TemporaryDirectory::make().value();
    const fs::path out = scratch.path() / "out";
    Folder ours(scratch.path() / "out.a1B2c3", true);
    remove_abandoned(out);
    CHECK(fs::exists(ours.path / "x"));
    std::optional<Ownership> moved = std::move(*ours.ownership);
    ours.ownership.reset();
    remove_abandoned(out);
    CHECK(fs::exists(ours.path / "x"));
    moved.reset();
    remove_abandoned(scratch.path() / "other");
    CHECK(fs::exists(ours.path / "x"));
    remove_abandoned(out);
    CHECK_FALSE(fs::exists(ours.path));
}

TEST_CASE("what only looks like an abandoned directory is left alone") {
    const TemporaryDirectory scratch = TemporaryDirectory::make().value();
    const Folder unmarked(scratch.path() / "out.backup", false);
    const Folder foreign(scratch.path() / "out.others", false);
    REQUIRE(write_file(foreign.path / ".dal-temporary", "of somebody else\n"));
    Folder longer(scratch.path() / "out.backups", true);
    Folder target(scratch.path() / "target", true);
    longer.ownership.reset();
    target.ownership.reset();
    fs::create_directory_symlink(target.path, scratch.path() / "out.linked");
    REQUIRE(write_file(scratch.path() / "out.file01", "x"));
    remove_abandoned(scratch.path() / "out");
    for (const fs::path& path : {unmarked.path, foreign.path, longer.path, target.path}) CHECK(fs::exists(path / "x"));
    CHECK(fs::exists(scratch.path() / "out.linked"));
    CHECK(fs::exists(scratch.path() / "out.file01"));
    remove_abandoned(scratch.path() / "missing" / "out");
}

}  // namespace
}  // namespace dal
