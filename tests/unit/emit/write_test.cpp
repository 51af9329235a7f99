#include "dal/emit/write.hpp"

#include <doctest/doctest.h>

#include <filesystem>

#include "dal/emit/manifest.hpp"
#include "dal/support/codes/file_codes.hpp"

using namespace dal;
using namespace dal::emit;

namespace fs = std::filesystem;

namespace {

Design design_with(const std::string& file, const std::string& text) {
    Design design;
    design.top = "net";
    design.files[file] = text;
    design.files["manifest.json"] = manifest_text(design);
    return design;
}

std::set<std::string> names_in(const fs::path& directory) {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(directory)) names.insert(entry.path().filename());
    return names;
}

struct Place {
    TemporaryDirectory root = *TemporaryDirectory::make();
    fs::path out = root.path() / "deep" / "out";
};

}  // namespace

TEST_CASE("a design is written, and replaced by the next one") {
    const Place place;
    REQUIRE(write_design(design_with("a.v", "one"), place.out));
    CHECK(names_in(place.out) == std::set<std::string>{"a.v", "manifest.json"});
    CHECK((fs::status(place.out).permissions() & fs::perms::owner_all) == fs::perms::owner_all);
    REQUIRE(write_design(design_with("b.v", "two"), place.out / ""));
    CHECK(names_in(place.out) == std::set<std::string>{"b.v", "manifest.json"});
    CHECK(*read_file(place.out / "b.v") == "two");
    CHECK(names_in(place.out.parent_path()) == std::set<std::string>{"out"});
}

TEST_CASE("an empty directory is filled") {
    const Place place;
    fs::create_directories(place.out);
    REQUIRE(write_design(design_with("a.v", "one"), place.out));
    CHECK(names_in(place.out) == std::set<std::string>{"a.v", "manifest.json"});
}

TEST_CASE("files of others stay, and are never overwritten") {
    const Place place;
    REQUIRE(write_design(design_with("a.v", "one"), place.out));
    REQUIRE(write_file(place.out / "notes.txt", "mine"));
    REQUIRE(write_design(design_with("b.v", "two"), place.out));
    CHECK(names_in(place.out) == std::set<std::string>{"b.v", "manifest.json", "notes.txt"});
    REQUIRE(write_file(place.out / "c.v", "mine too"));
    const auto refused = write_design(design_with("c.v", "three"), place.out);
    REQUIRE_FALSE(refused);
    CHECK(refused.error()[0].code == code::cannot_write);
    CHECK(*read_file(place.out / "c.v") == "mine too");
    CHECK(*read_file(place.out / "b.v") == "two");
    CHECK(names_in(place.out.parent_path()) == std::set<std::string>{"out"});
}

TEST_CASE("a directory or a file that dal did not make is refused") {
    const Place place;
    fs::create_directories(place.out);
    REQUIRE(write_file(place.out / "thesis.tex", "mine"));
    REQUIRE_FALSE(write_design(design_with("a.v", "one"), place.out));
    CHECK(names_in(place.out) == std::set<std::string>{"thesis.tex"});
    REQUIRE(write_file(place.out / "manifest.json", R"({"files": ["thesis.tex"]})"));
    REQUIRE_FALSE(write_design(design_with("a.v", "one"), place.out));
    REQUIRE_FALSE(write_design(design_with("a.v", "one"), place.out / "thesis.tex"));
    CHECK(*read_file(place.out / "thesis.tex") == "mine");
}

TEST_CASE("what is staged and not published disappears") {
    const Place place;
    {
        const auto staged = StagedDesign::stage(design_with("a.v", "one"), place.out);
        REQUIRE(staged);
        CHECK(*read_file(staged->path() / "a.v") == "one");
    }
    CHECK_FALSE(std::filesystem::exists(place.out.parent_path()));  // made for this
}
