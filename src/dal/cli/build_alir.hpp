// dal build --target alir: the optimized circuit as JSON of alkaid, verified by importing it again.
#pragma once

#include <span>

#include "dal/array/samples.hpp"
#include "dal/cli/console.hpp"
#include "dal/driver/options.hpp"
#include "dal/graph/graph.hpp"

namespace dal::cli {

/// `given`: a batch per input that is verified besides the generated ones, or none. The exit status of the command.
int build_alir(const Graph& graph, std::span<const Samples> given, const BuildOptions& options, Console& console);

}  // namespace dal::cli
