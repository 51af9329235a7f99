// Warnings of `dal check -W` about a program that is right.
#pragma once

#include <string>

#include "dal/cli/console.hpp"
#include "dal/sema/elaborate.hpp"

namespace dal::cli {

/// Whether `which` is "all" or the name of a kind of advice.
bool is_advice(const std::string& which);
/// Prints the warnings to standard error: the usual ones ("all"), or those of one kind. Returns how many.
size_t print_advice(const Program& program, const Console& console, const SourceMap& sources, const std::string& which);

}  // namespace dal::cli
