// Codes of diagnostics about the text of a program. support/codes/define.hpp says how codes are made.
#pragma once

#include "dal/support/codes/define.hpp"

// clang-format off
#define DAL_SYNTAX_CODES(CODE) \
    CODE(syntax_error, 101, "syntax error") \
    CODE(not_utf8, 102, "source text is not valid UTF-8") \
    CODE(nesting_too_deep, 103, "nesting is too deep") \
    CODE(unbalanced_bracket, 104, "brackets do not match") \
    CODE(reserved_word, 105, "word or operator is reserved") \
    CODE(bad_literal, 106, "malformed number, string or array")
// clang-format on

DAL_DEFINE_CODES(DAL_SYNTAX_CODES)
