// What torch.export.save writes (`.pt2`, PyTorch 2.8 and later): a zip of a graph in JSON and of weights as raw
// numbers. Nothing in it is a pickle that must be read; what would need one is refused.
#pragma once

#include <map>
#include <string>

#include "dal/import/json.hpp"
#include "dal/import/model_file.hpp"
#include "dal/import/tensor.hpp"

namespace dal::importer::torch {

struct Archive {
    Json program;                          ///< models/*.json
    std::map<std::string, Tensor> arrays;  ///< parameters, buffers and constants by their names in the model
    std::string byte_order;
};

/// Whether it is a zip with the graph of an exported program in it.
bool is_exported(const ModelFile& file);

/// Errors: bad_model_file, unknown_model (an older form).
Result<Archive> read_archive(const ModelFile& file);

/// The sizes of a tensor's description, where all are numbers. A batch that may be any is -1.
std::optional<Shape> sizes_of(const Json& description);

}  // namespace dal::importer::torch
