// What was typed at the prompt, as far as it has to be understood before it is compiled.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dal::cli::repl {

/// Whether more lines have to follow: a bracket is open, the end is an operator or a word that needs something, or an
/// `if` has no `else` yet.
bool is_unfinished(std::string_view text);

/// Whether it starts like a declaration. Otherwise it is an expression.
bool is_declaration(std::string_view text);

/// Whether there is nothing but space and comments.
bool is_blank(std::string_view text);

/// "type" and "x + 1" of ":type x + 1".
struct Command {
    std::string name;
    std::string rest;
};
Command parse_command(std::string_view text);

/// Words at spaces; quotes keep spaces together.
std::vector<std::string> words(std::string_view text);

/// Letters, digits and `_`, no digit first.
bool is_name(std::string_view text);

std::string_view trimmed(std::string_view text);

/// What stands before the cursor, for completion.
struct Before {
    enum class Kind {
        command,  ///< ":ty"
        file,     ///< in a string, or an argument of :load
        member,   ///< "w.fc1.we": `owner` is "w.fc1"
        key,      ///< "w[\"fc1.we": `owner` is "w"
        name
    };
    Kind kind = Kind::name;
    std::string owner;
    std::string prefix;  ///< what is to be completed
};
Before before_cursor(std::string_view line);

}  // namespace dal::cli::repl
