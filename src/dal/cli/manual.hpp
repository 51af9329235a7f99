// The manual page, made from the command line itself, so that it cannot lag behind it.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace dal::cli {

/// All commands with their options, in the language of man.
std::string manual_page(const CLI::App& app, const std::string& version);

}  // namespace dal::cli
