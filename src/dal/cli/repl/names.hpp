// The names that can be written at the prompt, for completion.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "dal/cli/repl/line_reader.hpp"

namespace dal::cli::repl {

/// ":help", ":load", …
const std::vector<std::string>& known_commands();

class Names {
  public:
    explicit Names(std::vector<std::string> commands) : commands_(std::move(commands)) {}
    /// `note`: as evaluate() makes it.
    void set(std::string_view note);
    [[nodiscard]] Completions complete(std::string_view before_cursor) const;

  private:
    /// What can follow "w" or "w.fc1": the words behind the next point, or whole names.
    [[nodiscard]] std::vector<std::string> members_of(const std::string& path, bool as_words) const;

    std::vector<std::string> commands_;
    std::map<std::string, std::vector<std::string>> members_;  // of each name of the session
};

}  // namespace dal::cli::repl
