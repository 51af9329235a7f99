#include "dal/import/import.hpp"

#include <array>

#include "dal/import/problem.hpp"
#include "dal/import/readers.hpp"

namespace dal::importer {

std::span<const Reader> readers() {
    static const std::vector<Reader> all{
        {"Keras", keras::recognizes, keras::read},
        {"ONNX", onnx::recognizes, onnx::read},
        trees::xgboost,
        trees::lightgbm,
        trees::conifer,
        alir::circuits,
        torch::exported_programs,
        torch::pickles,
    };
    return all;
}

Result<Imported> import_model(const std::filesystem::path& path, const ImportOptions& options) {
    auto file = ModelFile::open(path);
    if (!file) return failure(std::move(file.error()));
    const bool replaces = options.exactness == Exactness::off;
    if (replaces && options.configuration.empty())
        return failure(bad_import_option("--bit-exact off", "needs formats", "give them: `--config FILE`"));
    if (!replaces && !options.configuration.empty())
        return failure(bad_import_option("--config", "replaces the formats of the model",
                                         "say so: `--bit-exact off --config FILE`"));
    PrecisionConfig precision;
    if (!options.configuration.empty()) {
        auto read = PrecisionConfig::read(options.configuration);
        if (!read) return failure(std::move(read.error()));
        precision = std::move(*read);
    }
    for (const Reader& reader : readers())
        if (reader.recognizes(*file)) return reader.read(*file, options, std::move(precision));
    std::string families;
    for (const Reader& reader : readers()) families += (families.empty() ? "" : ", ") + std::string(reader.name);
    return failure(unknown_model(file->name(), "is no model that can be imported", "what can be: " + families));
}

}  // namespace dal::importer
