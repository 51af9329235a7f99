// Warnings of `dal check -W` about a program that is right.
#pragma once

#include <string>
#include <vector>

#include "dal/cli/console.hpp"
#include "dal/sema/elaborate.hpp"

namespace dal::cli {

/// What can be said after `-W`: "usual", "all", and the name of each kind of advice, with and without "no-" before it.
std::vector<std::string> warning_names();
/// Prints the warnings to standard error and returns how many. `which`: warning_names() separated by commas, which add
/// and remove kinds in this order. The first one tells what there is before it: the usual ones if it removes some, else
/// none. The program was elaborated with written_formats.
size_t print_advice(const Program& program, const Console& console, const SourceMap& sources, const std::string& which);

}  // namespace dal::cli
