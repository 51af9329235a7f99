// Formats written back: into texts and arrays, all of the files or none.
#include "dal/report/write_back.hpp"

#include <sys/resource.h>

#include <csignal>

#include "dal/array/npy.hpp"
#include "dal/array/rewrite.hpp"
#include "dal/report/quantizers.hpp"
#include "dal/support/codes/file_codes.hpp"
#include "dal/support/codes/format_codes.hpp"
#include "dal/support/file.hpp"
#include "settled.hpp"

using namespace dal;
using namespace dal::report;
using dal::test::Settled;
using dal::test::with_written_formats;

namespace {

namespace fs = std::filesystem;

/// While it lives, no file that is written may be longer.
class ShortFiles {
  public:
    explicit ShortFiles(rlim_t bytes) {
        handler_ = std::signal(SIGXFSZ, SIG_IGN);  // the write fails, in place of the process
        REQUIRE(::getrlimit(RLIMIT_FSIZE, &before_) == 0);
        const rlimit limit{bytes, before_.rlim_max};
        REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
    }
    ~ShortFiles() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, handler_);
    }

  private:
    rlimit before_{};
    void (*handler_)(int) = nullptr;
};

std::string bytes_of(const fs::path& path) {
    auto bytes = read_file(path);
    REQUIRE(bytes.has_value());
    return *bytes;
}

void write(const fs::path& path, const std::string& bytes) { REQUIRE(write_file(path, bytes).has_value()); }

struct Folder {
    Result<TemporaryDirectory> made = TemporaryDirectory::make();
    [[nodiscard]] fs::path operator/(const std::string& name) const { return made->path() / name; }
};

/// A program in a file, and what data need of its quantizers.
struct Calibrated {
    Folder folder;
    fs::path path = folder / "net.da";
    SourceMap sources;
    Result<Program> program;
    std::vector<QuantizerNeeds> needs;

    Calibrated(const std::string& text, const std::vector<double>& data,
               const std::map<std::string, Array>& arrays = {}) {
        for (const auto& [name, array] : arrays) write(folder / name, npy_file(array));
        write(path, text);
        program = compile_file(sources, path, with_written_formats());
        REQUIRE(program.has_value());
        REQUIRE(settle(*program).has_value());
        const std::vector<Samples> inputs{Samples(Array::from_doubles({static_cast<int64_t>(data.size())}, data))};
        auto needed = calibrate(program->graph, inputs, written_quantizers(*program, sources));
        REQUIRE(needed.has_value());
        needs = std::move(*needed);
    }
    Result<ChangedFiles> changes() {
        const auto edits = format_edits(*program, sources, needs);
        if (!edits) return failure(edits.error());
        return changed_files(sources, path.string(), *program, *edits, needs, elaborate_options());
    }
};

}  // namespace

TEST_CASE("files that were written are restored when a later one cannot be") {
    const Folder folder;
    const fs::path first = folder / "a.da";
    const fs::path second = folder / "b.npy";
    const fs::path third = folder / "c.da";
    for (const fs::path& path : {first, second, third}) write(path, "before " + path.filename().string());
    const ChangedFiles files{{first, {"after", ""}}, {second, {std::string(100'000, 'x'), ""}}, {third, {"after", ""}}};
    {
        const ShortFiles limit(50'000);
        const auto written = write_in_place(files);
        REQUIRE(!written.has_value());
        CHECK(written.error().size() == 1);
        CHECK(written.error().front().code == code::cannot_write);
        CHECK(written.error().front().message.find("b.npy") != std::string::npos);
    }
    for (const fs::path& path : {first, second, third}) CHECK(bytes_of(path) == "before " + path.filename().string());
    REQUIRE(write_in_place(files).has_value());
    CHECK(bytes_of(first) == "after");
    CHECK(bytes_of(second).size() == 100'000);
    CHECK(bytes_of(third) == "after");
}

TEST_CASE("nothing is written if a file is not there any more") {
    const Folder folder;
    write(folder / "a.da", "before");
    const auto written = write_in_place({{folder / "a.da", {"after", ""}}, {folder / "gone" / "b.da", {"after", ""}}});
    REQUIRE(!written.has_value());
    CHECK(written.error().front().code == code::cannot_read);
    CHECK(bytes_of(folder / "a.da") == "before");
}

TEST_CASE("numbers of a text change, and nothing else of it") {
    Calibrated net("input x: real\noutput y = quantize(x, fixed(1,  1, 3))  // a comment\n", {5.5, -2.25});
    const auto files = net.changes();
    REQUIRE(files.has_value());
    REQUIRE(files->size() == 1);
    CHECK(files->begin()->first == net.path);
    CHECK(files->begin()->second.bytes == "input x: real\noutput y = quantize(x, fixed(1,  3, 3))  // a comment\n");
    CHECK(files->begin()->second.what == "1 number");
}

TEST_CASE("an unsigned format becomes a signed one where data are negative") {
    Calibrated net("input x: real\noutput y = quantize(x, uint(2))\n", {-7});
    const auto files = net.changes();
    REQUIRE(files.has_value());
    CHECK(files->begin()->second.bytes == "input x: real\noutput y = quantize(x, int(4))\n");
}

TEST_CASE("a number with another use is not written") {
    Calibrated net("let n = 1\ninput x: real\noutput y = quantize(x, fixed(1, n, 3)) + n\n", {5.5});
    const auto files = net.changes();
    REQUIRE(!files.has_value());
    CHECK(files.error().front().code == code::format_not_written);
    CHECK(files.error().front().message.find("`1` is more than a number of formats") != std::string::npos);
}

TEST_CASE("a copy in one file is refused where an array changes, a directory has both") {
    Calibrated net("param i = load(\"i.npy\")\ninput x: real\noutput y = quantize(x, fixed(1, i, 3))\n", {5.5},
                   {{"i.npy", Array::from_int64({}, {1})}});
    const auto files = net.changes();
    REQUIRE(files.has_value());
    REQUIRE(files->size() == 1);
    const fs::path text = net.folder / "copy.da";
    const auto refused = write_copy(net.path.string(), *net.program, *files, text.string());
    REQUIRE(!refused.has_value());
    CHECK(refused.error().front().code == code::format_not_written);
    CHECK(!fs::exists(text));

    const fs::path copy = net.folder / "copy";
    REQUIRE(write_copy(net.path.string(), *net.program, *files, copy.string()).has_value());
    CHECK(bytes_of(copy / "net.da") == bytes_of(net.path));
    const auto array = read_npy(copy / "i.npy", {});
    REQUIRE(array.has_value());
    CHECK(*array->at(0) == Dyadic(3));
    CHECK(*read_npy(net.folder / "i.npy", {})->at(0) == Dyadic(1));
}
