// Trained models of other tools become programs. One reader for each family of files; docs/import.md says what each
// reads, and what it refuses.
#pragma once

#include <filesystem>

#include "dal/import/model_file.hpp"
#include "dal/import/program.hpp"

namespace dal::importer {

/// A reader: a family of files.
struct Reader {
    std::string_view name;  ///< "Keras"
    /// Whether a file is of this family, by its first bytes and its name. Cheap.
    bool (*recognizes)(const ModelFile& file);
    /// Errors: those of problem.hpp.
    Result<Imported> (*read)(const ModelFile& file, const ImportOptions& options, PrecisionConfig precision);
};

/// In the order in which they are asked.
std::span<const Reader> readers();

/// Reads a model and writes its program. Errors: cannot_read, those of problem.hpp.
Result<Imported> import_model(const std::filesystem::path& path, const ImportOptions& options);

}  // namespace dal::importer
