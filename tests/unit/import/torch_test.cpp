// Exported PyTorch programs: the archive, and orders of axes.
#include "dal/array/zip.hpp"
#include "dal/import/readers.hpp"
#include "dal/import/torch/archive.hpp"
#include "dal/import/torch/graph.hpp"
#include "small_models.hpp"

using namespace dal;
using namespace dal::importer;

namespace {

/// An archive of one weight of 6 bytes in a row, with this description.
ModelFile archive_of(const std::string& meta, const std::string& program = "{}") {
    ZipWriter zip;
    zip.add("m/models/model.json", program);
    zip.add("m/data/weights/model_weights_config.json",
            R"({"config": {"w": {"path_name": "weight_0", "tensor_meta": )" + meta + "}}}");
    zip.add("m/data/weights/weight_0", std::string("\1\2\3\4\5\6"));
    return ModelFile::of("m.pt2", zip.finish());
}

std::string meta_of(const std::string& sizes, const std::string& strides, int first = 0) {
    return R"({"dtype": 2, "sizes": )" + sizes + R"(, "strides": )" + strides + R"(, "storage_offset": {"as_int": )" +
           std::to_string(first) + "}}";
}

}  // namespace

TEST_CASE("weights lie in their storage by strides") {
    const std::string sizes = R"([{"as_int": 2}, {"as_int": 2}])";
    const auto turned = torch::read_archive(archive_of(meta_of(sizes, R"([{"as_int": 1}, {"as_int": 3}])", 1)));
    REQUIRE(turned.has_value());
    CHECK(turned->arrays.at("w").values == std::vector<double>{2, 5, 3, 6});
    CHECK_FALSE(torch::read_archive(archive_of(meta_of(sizes, R"([{"as_int": 1}, {"as_int": 3}])", 2))));
    CHECK_FALSE(torch::read_archive(archive_of(meta_of(sizes, R"([{"as_int": 1}])"))));
    CHECK_FALSE(torch::read_archive(archive_of("null")));
    const auto scalar = torch::read_archive(archive_of(meta_of("[]", "[]", 5)));
    REQUIRE(scalar.has_value());
    CHECK(scalar->arrays.at("w").values == std::vector<double>{6});
}

TEST_CASE("sizes may leave the batch open, and nothing else") {
    const auto sizes = [](const std::string& text) { return torch::sizes_of(*parse_json(text, "m")); };
    CHECK(sizes(R"({"sizes": [{"as_int": 2}, {"as_int": 3}]})") == Shape{2, 3});
    CHECK(sizes(R"({"sizes": [{"as_expr": {}}, {"as_int": 3}]})") == Shape{-1, 3});
    CHECK_FALSE(sizes(R"({"sizes": [{"as_int": 2}, {"as_expr": {}}]})"));
    CHECK_FALSE(sizes("{}"));
}

TEST_CASE("channels first and last") {
    const Value x{"x", {3, 5, 7}};
    const Value last = torch::to_last(x);
    CHECK(last.text == "transpose(x, [1, 2, 0])");
    CHECK(last.shape == Shape{5, 7, 3});
    CHECK(torch::to_first({"y", {5, 7, 3}}).text == "transpose(y, [2, 0, 1])");
    CHECK(torch::to_first({"y", {5}}).text == "y");
}

TEST_CASE("archives without a graph, and pickles") {
    CHECK(torch::is_exported(archive_of("{}")));
    CHECK_FALSE(torch::is_exported(ModelFile::of("m.pt2", "PK")));
    CHECK(torch::pickles.recognizes(ModelFile::of("m", "\x80\x04.")));
    CHECK(torch::pickles.recognizes(ModelFile::of("m.pth", "x")));
    CHECK_FALSE(torch::pickles.recognizes(ModelFile::of("m.json", "{}")));
    const auto empty = torch::exported_programs.read(archive_of(meta_of("[]", "[]")), ImportOptions{}, {});
    REQUIRE_FALSE(empty.has_value());
    CHECK(empty.error().front().message.find("no output") != std::string::npos);
}

TEST_CASE("small models are read whole") {
    for (const std::string& bytes : {test::xgboost_json(), test::lightgbm_text(), test::conifer_json(),
                                     test::alir_json(), test::exported_program()}) {
        const ModelFile file = ModelFile::of("model", bytes);
        for (const Reader& reader : importer::readers()) {
            if (!reader.recognizes(file)) continue;
            const auto imported = reader.read(file, ImportOptions{}, {});
            const std::string message = imported ? "" : imported.error().front().message;
            CAPTURE(reader.name);
            CHECK(message == "");
            break;
        }
    }
}
