// The files that a Keras model comes in: an archive of Keras 3 (`.keras`), one HDF5 file with the configuration as an
// attribute (`.h5`), or the configuration alone (`.json`) with its weights in an HDF5 file beside it.
#pragma once

#include <memory>
#include <string>

#include "dal/import/hdf5.hpp"
#include "dal/import/json.hpp"
#include "dal/import/keras/variables.hpp"
#include "dal/import/model_file.hpp"

namespace dal::importer::keras {

struct Container {
    Json model;                         ///< {"class_name", "config"}
    std::string keras_version;          ///< "3.9.0"; empty where it is not said
    std::string weights_file;           ///< for messages
    Hdf5Group weights;                  ///< the whole file
    const Hdf5Group* layers = nullptr;  ///< where the groups of layers are
    Variables::Naming naming = Variables::Naming::by_position;
};

bool is_keras_file(const ModelFile& file);

/// Errors: bad_model_file, cannot_read, unknown_model (weights without a model).
Result<std::unique_ptr<Container>> read_container(const ModelFile& file);

}  // namespace dal::importer::keras
