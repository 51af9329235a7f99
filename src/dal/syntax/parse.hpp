// Text to AST. All syntax errors of a file are found in one run: the parser goes on at the next declaration.
// Any input, however hostile, gives a diagnostic and never a crash; time and memory are linear in its size.
#pragma once

#include "dal/support/diagnostic.hpp"
#include "dal/syntax/ast.hpp"

namespace dal {

/// Brackets may be nested this deep.
inline constexpr size_t max_nesting = 256;
/// Tokens of one file, where an array literal counts as one.
inline constexpr size_t max_tokens = 2'000'000;
/// Bytes of one file.
inline constexpr size_t max_source_bytes = 256'000'000;

/// Errors of one file; those after it are not looked for.
inline constexpr size_t max_diagnostics = 100;

/// A test or property with errors, which no declaration of the AST stands for.
struct BrokenTest {
    std::string name;
    Span name_span;
    bool is_property = false;
    Span extent;  ///< what is wrong with it lies in there
};

/// What could be parsed, and what was wrong with the rest.
struct Parsed {
    Ast ast;
    Diagnostics diagnostics;
    std::vector<BrokenTest> broken_tests;
};

/// Parses the text of `file`. Errors: syntax_error, not_utf8, nesting_too_deep, unbalanced_bracket,
/// reserved_word, bad_literal, program_too_large, unsupported. Thread-safe.
Parsed parse(const SourceMap& sources, FileId file);
/// The same of another text with the places of this file.
Parsed parse(std::string_view text, FileId file);

}  // namespace dal
