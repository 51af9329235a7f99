// Which declarations of a module need which others: by the names that their expressions mention. Internal to this
// layer.
#pragma once

#include <set>
#include <string>

#include "dal/sema/values/value.hpp"

namespace dal::sema {

/// The names in a declaration's expressions. Local names are among them: they add a declaration too many at worst.
std::set<std::string> mentioned_names(const Ast& ast, const ast::Declaration& declaration);
/// The declarations that a name of a module depends on, itself included.
std::set<std::string> needed_names(const Module& module, const std::string& name);

}  // namespace dal::sema
