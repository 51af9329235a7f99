// From the parser's contexts to the AST. Internal to this layer.
#pragma once

#include "dal/support/diagnostic.hpp"
#include "dal/syntax/antlr.hpp"
#include "dal/syntax/ast.hpp"

namespace dal {

/// Appends the declaration to `ast`, whose file is `text`. Errors: bad_literal, syntax_error, unsupported.
Result<void> build_declaration(generated::DalParser::DeclarationContext& context, std::string_view text, Ast& ast);

}  // namespace dal
