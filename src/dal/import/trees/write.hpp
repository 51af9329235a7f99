// From trees, as all readers of them have them, to a program.
#pragma once

#include "dal/import/readers.hpp"
#include "dal/import/trees/ensemble.hpp"

namespace dal::importer::trees {

/// Checks an ensemble and writes its program.
Result<Imported> import_ensemble(const ModelFile& file, const Ensemble& ensemble, Program program);

}  // namespace dal::importer::trees
