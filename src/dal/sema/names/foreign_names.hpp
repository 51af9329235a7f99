// Help for names that are known from other languages, or that a module of the library has. Internal to this layer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dal/sema/expressions/evaluator.hpp"

namespace dal::sema {

/// `diagnostic`, with what the expression at `span` is in this language if it is written as in another one.
Diagnostic with_translation(const SourceMap& sources, const Span& span, Diagnostic diagnostic);

/// What the expression with the unknown name at `span` is in this language: helps for a diagnostic, and a rule;
/// nothing if nothing in it is known from elsewhere.
struct ForeignName {
    std::vector<std::string> help;
    std::string rule;
};
std::optional<ForeignName> foreign_name(Evaluator& e, const std::string& name, const Span& span, const Scope& scope);

}  // namespace dal::sema
