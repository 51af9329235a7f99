#include "dal/import/keras/own_variables.hpp"

#include <algorithm>

#include "dal/support/check.hpp"

namespace dal::importer::keras {

OwnVariables::OwnVariables(const LayerContext& layer, std::vector<std::string> trained,
                           const std::vector<std::string>& others, const std::vector<std::string>& own)
    : layer_(&layer), order_(std::move(trained)) {
    order_.insert(order_.end(), others.begin(), others.end());
    if (layer.library() == Library::hgq && layer.flag("enable_ebops", true)) {
        order_.emplace_back("beta");
        order_.emplace_back("ebops");
    }
    order_.insert(order_.end(), own.begin(), own.end());
    std::erase(order_, "");
}

size_t OwnVariables::position(std::string_view name) const {
    const auto found = std::ranges::find(order_, name);
    DAL_CHECK(found != order_.end(), std::string(name));
    return static_cast<size_t>(found - order_.begin());
}

Result<Tensor> OwnVariables::at(std::string_view name) const { return layer_->variables().at(position(name), name); }

Result<Tensor> OwnVariables::at(std::string_view name, const Shape& shape) const {
    return layer_->variables().at(position(name), name, shape);
}

}  // namespace dal::importer::keras
