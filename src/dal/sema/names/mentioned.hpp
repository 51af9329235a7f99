// What a program needs of the library: parsing the rest would take most of the time of checking a small program. Told
// from texts alone: a declaration is needed if its name is a word of the program, or of a declaration that is needed.
// Internal to this layer.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace dal::sema {

using WordSet = std::set<std::string, std::less<>>;

/// Adds the words of a text: names, and what looks like one in comments and strings.
void add_words(std::string_view text, WordSet& words);

/// A module with blanks in the place of the declarations that nobody mentions, so that places stay. Adds the words of
/// those that stay. A declaration begins at the beginning of a line with a letter.
std::string only_mentioned(std::string_view module, WordSet& words);

}  // namespace dal::sema
