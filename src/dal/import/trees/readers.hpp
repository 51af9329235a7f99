// The readers of trees, one per library. docs/import/trees.md says what each reads.
#pragma once

#include "dal/import/import.hpp"
#include "dal/import/trees/ensemble.hpp"

namespace dal::importer::trees {

extern const Reader xgboost;
extern const Reader lightgbm;
extern const Reader conifer;

/// Checks an ensemble and writes its program.
Result<Imported> import_ensemble(const ModelFile& file, const Ensemble& ensemble, Program program);

}  // namespace dal::importer::trees
