// What a text says about its declarations: the comments on the lines right above, and the part before the `=`. For
// documentation and the prompt; the formatter has rules of its own.
#pragma once

#include <string>

#include "dal/syntax/ast.hpp"

namespace dal {

/// The text of the comments that end on the line above `offset`, one after the other without a line in between, without
/// their slashes; empty if there are none. Lines are separated by '\n'.
std::string comments_above(const SourceFile& source, const Ast& ast, uint32_t offset);

/// Comments that stand alone: those the file starts with, and blocks between declarations, unless the next declaration
/// is right below. In the order of the text.
struct FreeComment {
    Span span;
    std::string text;
};
std::vector<FreeComment> free_comments(const SourceFile& source, const Ast& ast);

/// A piece of text in one line, without a `=` at its end: "fn f(x, n = 2) -> _[o]" of what stands before a body.
std::string one_line(std::string_view text);

}  // namespace dal
