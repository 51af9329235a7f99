// Formats for what a model does not quantize, chosen from data: the program is imported with room for everything, run
// on the data, and imported again with the integer bits that they needed.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "dal/array/samples.hpp"
#include "dal/import/program.hpp"
#include "dal/interp/real_run.hpp"

namespace dal::importer {

struct Calibrated {
    Imported imported;
    std::vector<std::pair<std::string, Format>> formats;     ///< of inputs and results of layers, in order
    std::vector<std::pair<std::string, Deviation>> outputs;  ///< how far each is from the model as it was
    int64_t samples = 0;
};

/// Batches for the inputs of a graph, in its order.
using ReadBatches = std::function<Result<std::vector<Samples>>(const Graph& graph)>;

/// `bits`: of every format that is chosen. `near`: where temporary files may lie beside. Values beyond what the data
/// show saturate. Errors: those of import_model, of reading and of running.
Result<Calibrated> import_calibrated(const std::filesystem::path& model, ImportOptions options, int bits,
                                     const ReadBatches& read, const std::filesystem::path& near);

}  // namespace dal::importer
