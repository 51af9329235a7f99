// From a program's text to a graph with all intervals, and what is known of its names: the start of every command, and
// of every program in C++.
#pragma once

#include <string>
#include <vector>

#include "dal/driver/named_type.hpp"
#include "dal/sema/elaborate.hpp"

namespace dal {

/// Where `use` finds the standard library, and where programs may read besides their own folders.
ElaborateOptions elaborate_options(std::vector<std::filesystem::path> allowed_folders = {});
/// Infers the intervals of a program, its quantizers of constants included, and checks its declared types.
Result<void> settle(Program& program);
/// compile_file and settle.
Result<Program> compile_settled(SourceMap& sources, const std::filesystem::path& path, const ElaborateOptions& options);

/// One per named value of a settled program, in the order of the text.
std::vector<NamedType> named_types(const Program& program, const SourceMap& sources);

}  // namespace dal
