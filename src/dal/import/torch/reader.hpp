// PyTorch: exported programs (`.pt2`) are read; pickles, of PyTorch and of scikit-learn, are refused with the way in.
// docs/import/torch.md says what is read.
#pragma once

#include "dal/import/import.hpp"

namespace dal::importer::torch {

extern const Reader exported_programs;
extern const Reader pickles;

}  // namespace dal::importer::torch
