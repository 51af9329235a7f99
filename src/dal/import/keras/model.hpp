// Walks the graph of a model from its outputs and writes the layers that they need, each by its handler. Models inside
// of models are written in place. Whatever no output needs costs nothing and may be of any class.
#pragma once

#include "dal/import/keras/graph.hpp"

namespace dal::importer::keras {

/// Inputs, layers and outputs of a whole model. `variables`: those of all its layers.
Result<void> write_model(const Graph& graph, const Variables& variables, Program& program);

}  // namespace dal::importer::keras
