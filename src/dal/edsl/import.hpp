// Trained models of other tools as programs, from C++: what `dal import` does. docs/import.md says what is read.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "dal/edsl/program.hpp"
#include "dal/import/options.hpp"

namespace dal {

using importer::Exactness;
using importer::ImportOptions;

struct ImportedModel {
    edsl::Program program;
    /// The layers of the model, in order, each with its name in the program.
    std::vector<std::pair<std::string, std::string>> layers;
    /// What the command prints: numbers that the model does not quantize, …
    Diagnostics warnings;
};

/// Reads a model. `directory`: where net.da, net.npz and import.json go as well; empty: nowhere. Throws Error with the
/// diagnostics of the command.
ImportedModel import_model(const std::filesystem::path& model, const ImportOptions& options = {},
                           const std::filesystem::path& directory = {}, edsl::Location at = edsl::Location::current());

}  // namespace dal
