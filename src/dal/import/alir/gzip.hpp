// Gzip: one member, unpacked whole.
#pragma once

#include <string>
#include <string_view>

#include "dal/support/diagnostic.hpp"

namespace dal::importer::alir {

bool is_gzip(std::string_view bytes) noexcept;

/// Refuses what would become larger than 1 GiB, or more than 100 times as large. Error: bad_model_file.
Result<std::string> unpack_gzip(std::string_view bytes, std::string_view file);

}  // namespace dal::importer::alir
