// What is decided on the bytes of a file before any token is made: UTF-8, nesting depth, and which brackets
// are array literals, so that the grammar never sees their contents; and white space.
#pragma once

#include <string_view>
#include <vector>

#include "dal/support/diagnostic.hpp"
#include "dal/syntax/ast.hpp"

namespace dal {

/// The outermost brackets that hold nothing but numbers (with signs, nested, with comments), in order.
Result<std::vector<Span>> scan(std::string_view text, FileId file);

/// The value of an array literal found by scan(). Error bad_literal: rows of different lengths, or numbers too
/// large to be meant.
Result<ast::ArrayLiteral> decode_array(std::string_view text, const Span& span);

/// The items of an array literal, rows and numbers: for one that stands where an index or a shape does.
std::vector<Span> array_items(std::string_view text, const Span& span);

/// The value of a number with its sign, an item of an array literal; nothing if it is too large.
std::optional<Rational> decode_number(std::string_view text, const Span& span);

/// End of the white space at `at`, or `at` if there is none.
size_t space_end(std::string_view text, size_t at) noexcept;

/// End of the number that starts at `at` (a digit), or `at` if it is malformed. The grammar's NUMBER; two dots after
/// it are a range.
size_t number_end(std::string_view text, size_t at) noexcept;

}  // namespace dal
