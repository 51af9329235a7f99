// Completion scripts for shells, made from the command line itself, so that they cannot lag behind it.
#pragma once

#include <cstdint>
#include <string>

namespace CLI {
class App;
}

namespace dal::cli {

enum class Shell : uint8_t { bash, zsh, fish };

/// A script that completes commands, options, their values, and files.
std::string completion_script(const CLI::App& app, Shell shell);

}  // namespace dal::cli
