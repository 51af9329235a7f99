// The graph of a Keras model: its layers, each with the calls that were made of it. Read from the configuration of
// Sequential and Functional models of Keras 2 and 3; models inside of models are layers that have a graph of their own.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dal/import/keras/layer.hpp"

namespace dal::importer::keras {

/// One of the values that a call of a layer gives; `layer` and `call` count within the graph.
struct Source {
    size_t layer = 0;
    size_t call = 0;
    size_t output = 0;
};

struct Call {
    std::vector<Source> inputs;       ///< in the order in which the arguments name them
    const Json* arguments = nullptr;  ///< Keras 3's "args"; null in other files
    const Json* keywords = nullptr;   ///< constants by name; null if there are none
};

struct Graph;

struct Layer {
    LayerConfig config;
    std::string group;  ///< of its variables in files that number them: "q_dense_1"
    std::vector<Call> calls;
    std::unique_ptr<Graph> nested;  ///< of a model
    std::optional<Shape> shape{};   ///< of one sample: of an input layer; of the first output, where a reader names it
};

struct Graph {
    std::string name;
    std::vector<Layer> layers;
    std::vector<Source> inputs;  ///< input layers
    std::vector<Source> outputs;
};

/// `model`: {"class_name": "Functional", "config": {…}}; it must outlive the graph. `file`: for messages. Errors:
/// bad_model_file; unsupported_layer for models that are no graphs.
Result<Graph> read_graph(const Json& model, const std::string& file);

/// Whether a class is a model that has a graph: "Functional", "Sequential", "Model".
bool is_model_class(std::string_view class_name);

/// What Keras calls the group of a class: "q_dense" for "QDense", "qgru" for "QGRU".
std::string snake_case(std::string_view class_name);

}  // namespace dal::importer::keras
