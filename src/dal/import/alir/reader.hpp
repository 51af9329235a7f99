// The reader of circuits of alkaid and da4ml. docs/import/alir.md says what is read.
#pragma once

#include "dal/import/import.hpp"

namespace dal::importer::alir {

extern const Reader circuits;

}  // namespace dal::importer::alir
