// Where the outputs of a run go, as the command line says it: files of several formats, standard output, or a look at
// the first samples.
#pragma once

#include <string>
#include <vector>

#include "dal/array/sample_sink.hpp"
#include "dal/cli/options.hpp"
#include "dal/graph/graph.hpp"

namespace dal::cli {

struct RunOutputs {
    std::vector<SinkPointer> sinks;   ///< in the order of graph.outputs()
    bool to_standard_output = false;  ///< results, so that nothing else may be printed there
};

/// `samples`: how many there will be, if that is known. No file is written twice, and none that the run reads. Errors:
/// bad_batch, cannot_write.
Result<RunOutputs> open_outputs(const Graph& graph, const RunArguments& options, std::optional<int64_t> samples);

}  // namespace dal::cli
