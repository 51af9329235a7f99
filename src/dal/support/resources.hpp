// Where the files that come with dal are: the standard library (`stdlib`) and what simulations link (`runtime`).
// One search for all of them, so that dal works installed, in a build directory and in tests.
#pragma once

#include <filesystem>
#include <string_view>

namespace dal {

/// The directory `name`. If the environment says it ($DAL_STDLIB, $DAL_RUNTIME), that one. Else the first that exists
/// of
/// ../share/dal/NAME from the running program's folder (an installation), NAME in the folder that was set, and NAME in
/// the source tree that dal was built from; if none does, the first, so that a message about a missing file names
/// something useful.
std::filesystem::path resource_directory(std::string_view name);

/// Where an installed dal is, for programs that link it and are somewhere else: the folder with `stdlib` and `runtime`.
void set_resource_root(std::filesystem::path root);

}  // namespace dal
