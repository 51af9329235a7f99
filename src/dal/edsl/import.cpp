#include "dal/edsl/import.hpp"

#include "dal/edsl/error.hpp"
#include "dal/import/import.hpp"
#include "dal/import/staged.hpp"

namespace dal {
namespace {

template <class T>
T or_throw(Result<T> result) {
    if (!result) throw Error(std::move(result.error()), SourceMap());
    return std::move(*result);
}

}  // namespace

ImportedModel import_model(const std::filesystem::path& model, const ImportOptions& options,
                           const std::filesystem::path& directory, edsl::Location at) {
    importer::Imported imported = or_throw(importer::import_model(model, options));
    importer::StagedImport staged = or_throw(importer::StagedImport::stage(imported, directory));
    ImportedModel result{compile_file(staged.program(), at), std::move(imported.layers), std::move(imported.warnings)};
    if (!directory.empty())
        if (auto published = staged.publish(); !published) throw Error(std::move(published.error()), SourceMap());
    return result;
}

}  // namespace dal
