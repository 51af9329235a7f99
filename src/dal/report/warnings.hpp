// Warnings of `dal check -W` about a program that is right.
#pragma once

#include <string>
#include <vector>

#include "dal/sema/elaborate.hpp"

namespace dal::report {

/// What can be said after `-W`: "usual", "all", and the name of each kind of advice, with and without "no-" before it.
std::vector<std::string> warning_names();
/// The warnings about a program. `which`: warning_names() separated by commas, which add
/// and remove kinds in this order. The first one tells what there is before it: the usual ones if it removes some, else
/// none. Empty: those that are given without being asked for. The program was elaborated with constant_quantizers, and
/// with written_formats unless `which` is empty.
Diagnostics warnings(const Program& program, const SourceMap& sources, const std::string& which);

}  // namespace dal::report
