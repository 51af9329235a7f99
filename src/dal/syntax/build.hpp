// From the parser's contexts to the AST. Internal to this layer.
#pragma once

#include "dal/support/diagnostic.hpp"
#include "dal/syntax/antlr.hpp"
#include "dal/syntax/ast.hpp"

namespace dal {

/// The declaration, whose expressions are appended to `ast`, whose file is `text`; if it fails, its name is among those
/// that are broken. Errors: bad_literal, syntax_error.
Result<ast::Declaration> build_declaration(generated::DalParser::DeclarationContext& context, std::string_view text,
                                           Ast& ast);

/// The same for `with … {`: a declaration without the ones inside.
Result<ast::Declaration> build_with_head(generated::DalParser::WithHeadContext& context, std::string_view text,
                                         Ast& ast);

}  // namespace dal
