// The readers, one per family of files. Each has a folder of its own.
#pragma once

#include "dal/import/import.hpp"

namespace dal::importer {}  // namespace dal::importer
