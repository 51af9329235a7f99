// The steps of a translation, each of which knows one habit. Internal to this layer.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "dal/syntax/foreign/words.hpp"

namespace dal::foreign {

/// Changes the words where it finds its habit first; says what is different here, or nothing if it finds none.
using Rule = std::optional<std::string> (*)(Words&);

/// In the order in which they are tried.
std::span<const Rule> rules();

// Of names and calls (names.cpp):
std::optional<std::string> drop_libraries(Words& words);
std::optional<std::string> rename(Words& words);
std::optional<std::string> rewrite_call(Words& words);
std::optional<std::string> rewrite_method(Words& words);
std::optional<std::string> label_modes(Words& words);
// Of formats and literals (formats.cpp):
std::optional<std::string> rewrite_format(Words& words);
std::optional<std::string> rewrite_literal(Words& words);
std::optional<std::string> drop_cast(Words& words);

}  // namespace dal::foreign
