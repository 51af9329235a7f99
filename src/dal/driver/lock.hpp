// What a manifest says of how its design was made, and whether another design is the same.
#pragma once

#include <filesystem>
#include <vector>

#include "dal/driver/options.hpp"
#include "dal/emit/design.hpp"
#include "dal/graph/graph.hpp"

namespace dal {

emit::Recipe recipe_of(const Graph& graph, const BuildOptions& options, std::vector<cmvm::SolvedBlock> blocks);

/// Error not_as_locked, with all differences, if the design is not that of the manifest; bad_arguments if there is no
/// manifest.
Result<void> check_lock(const emit::Design& design, const std::filesystem::path& manifest);

}  // namespace dal
