// The one way to lay a program out: `dal fmt`. Only white space changes, so numbers stay as they are written and no
// comment is lost. docs/commands.md has the rules. Formatting a formatted text changes nothing.
#pragma once

#include <string>

#include "dal/support/diagnostic.hpp"

namespace dal {

/// The formatted text of a file. Errors: those of parse().
Result<std::string> format(const SourceMap& sources, FileId file);

}  // namespace dal
