// Models of other tools from C++.
#include <filesystem>
#include <fstream>

#include "dal/support/codes/import_codes.hpp"
#include "dal/support/file.hpp"
#include "unit/edsl/error_of.hpp"
#include "unit/import/small_models.hpp"

using namespace dal::edsl;

TEST_CASE("a model is imported, run, and kept where the caller wants it") {
    const auto folder = *dal::TemporaryDirectory::make();
    const std::filesystem::path file = folder.path() / "trees.json";
    std::ofstream(file) << dal::test::conifer_json();
    const dal::ImportedModel model = dal::import_model(file, {.exactness = dal::Exactness::on}, folder.path() / "net");
    CHECK(model.warnings.empty());
    CHECK(model.layers.size() == 1);
    Program p = model.program;
    // 0.25 where the second feature is at most 0.515625, else -0.75; plus 0.5, and all of it halved.
    const std::vector<double> samples{0, 0.515625, 0, 0.75};
    CHECK(p.run({{"x", samples}}, {.check = true}).doubles("y") == std::vector<double>{0.375, -0.125});
    for (const char* name : {"net.da", "net.npz", "import.json"}) CHECK(exists(folder.path() / "net" / name));
    Program again = dal::compile_file(folder.path() / "net/net.da");
    CHECK(again.run({{"x", samples}}).doubles("y") == std::vector<double>{0.375, -0.125});
}

TEST_CASE("refusals are errors with the command's diagnostics") {
    const auto folder = *dal::TemporaryDirectory::make();
    const std::filesystem::path file = folder.path() / "model.pkl";
    std::ofstream(file) << "\x80\x04.";
    CHECK(error_of([&] { dal::import_model(file); }).code() == dal::code::unknown_model);
    CHECK(dal::code_text(error_of([] { dal::import_model("nowhere.keras"); }).code()) == "E0401");
}
