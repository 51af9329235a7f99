// What `dal check --json` prints: types and effective bit operations for other programs. One object; the fields are
// in docs/commands.md.
#pragma once

#include <string>

#include "dal/cli/options.hpp"
#include "dal/cli/program.hpp"

namespace dal::cli {

std::string check_json(const Program& program, const SourceMap& sources, const CheckOptions& options);

}  // namespace dal::cli
