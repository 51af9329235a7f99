// Tokens of a file, and their division into declarations. Bracket errors, reserved words and malformed literals
// are found here, where they are easy to explain, so that the grammar only ever sees balanced, well-formed text.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "dal/support/diagnostic.hpp"
#include "dal/syntax/ast.hpp"

namespace dal {

/// As far as the division needs to know.
enum class TokenKind : uint8_t {
    name,              ///< `x`, `_`
    literal,           ///< number, string, array
    declaration_word,  ///< `let`, …
    keyword,           ///< `if`, …
    reserved,          ///< `import`
    open,
    close,
    bad_number,
    bad_string,
    bad_character,
    other,  ///< operators, punctuation
};

struct Token {
    TokenKind kind = TokenKind::other;
    uint16_t symbol = 0;  ///< the grammar's number for it
    Span span;
};

struct TokenList {
    std::vector<Token> tokens;
    std::vector<Span> comments;
};

/// All tokens of a text whose array literals are known. Error: program_too_large.
Result<TokenList> lex(std::string_view text, FileId file, std::span<const Span> arrays);

/// A run of tokens that is well-formed as far as tokens go.
struct Chunk {
    enum class Kind : uint8_t {
        declaration,  ///< starts with the keyword of a declaration
        with_head,    ///< `with … {`: up to its with_end, the chunks are the declarations inside
        with_end,     ///< the `}`
    };
    Kind kind = Kind::declaration;
    std::span<const Token> tokens;
    Span next;            ///< the token after it; nowhere at the end of the file
    bool broken = false;  ///< has been reported: a head that is only there for what it opens
};

struct Chunks {
    std::vector<Chunk> chunks;                         ///< each with_head has its with_end
    std::vector<ast::Name> broken;                     ///< names of the declarations that are not in `chunks`
    std::vector<std::span<const Token>> broken_tests;  ///< that are not in `chunks`
    Diagnostics diagnostics;
};

/// Divides tokens into declarations. Errors: unbalanced_bracket, nesting_too_deep, reserved_word, bad_literal,
/// syntax_error.
Chunks divide(std::string_view text, std::span<const Token> tokens);

/// Whether this is a test or property as far as its name.
bool begins_test(std::string_view text, std::span<const Token> tokens);

/// Reports the keyword at `word` of `text`, which stands where a name should.
Diagnostic keyword_as_name(std::string_view text, const Span& word);

/// Help for tokens that declare something as other languages do: `h = x + 1`, `def f(v): …`; empty if they do not.
std::string habit_of_declaring(std::string_view text, std::span<const Token> tokens);
/// The names that such tokens seem to declare: nothing has to be said of their uses.
std::vector<Token> names_declared_otherwise(std::string_view text, std::span<const Token> tokens);

}  // namespace dal
