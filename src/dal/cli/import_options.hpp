// What can be said on the command line of `dal import`.
#pragma once

#include <CLI/CLI.hpp>

#include "dal/cli/options.hpp"

namespace dal::cli {

/// `arguments` must outlive the parsing.
void bind_import_options(CLI::App& command, ImportArguments& arguments);

}  // namespace dal::cli
