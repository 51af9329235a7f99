// The variables of a layer by their names, whatever order a file has them in.
#pragma once

#include <string>
#include <vector>

#include "dal/import/keras/layer.hpp"

namespace dal::importer::keras {

/// Names in the order in which a layer makes its variables, trainable ones first. Layers of HGQ 2 that count EBOPs have
/// "beta" and "ebops" among the others: behind those of the layer of Keras that they extend, before those of their own.
class OwnVariables {
  public:
    /// Empty names are left out. `own`: of the extension by HGQ 2.
    OwnVariables(const LayerContext& layer, std::vector<std::string> trained,
                 const std::vector<std::string>& others = {}, const std::vector<std::string>& own = {});

    /// Errors: bad_model_file.
    [[nodiscard]] Result<Tensor> at(std::string_view name) const;
    [[nodiscard]] Result<Tensor> at(std::string_view name, const Shape& shape) const;

  private:
    [[nodiscard]] size_t position(std::string_view name) const;

    const LayerContext* layer_;
    std::vector<std::string> order_;
};

}  // namespace dal::importer::keras
