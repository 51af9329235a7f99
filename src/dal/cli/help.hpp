// What `dal help` prints.
#pragma once

#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace dal::cli {

/// The command of this name, or null.
const CLI::App* find_command(const CLI::App& app, std::string_view name);

/// Says that there is no such command; the exit code.
int no_command(const std::string& name);

/// Prints what `--help` prints, of a command, or of dal itself if `name` is empty; the exit code.
int print_help(const CLI::App& app, const std::string& name);

}  // namespace dal::cli
