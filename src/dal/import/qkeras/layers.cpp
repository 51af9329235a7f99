#include "dal/import/qkeras/layers.hpp"

#include <algorithm>

#include "dal/import/problem.hpp"

namespace dal::importer::qkeras {
namespace {

/// Datasets of this name below a group, "gamma" or "gamma:0".
std::vector<const Hdf5Value*> find_below(const Hdf5Group& top, std::string_view name) {
    std::vector<const Hdf5Value*> found;
    std::vector<const Hdf5Group*> open{&top};
    while (!open.empty()) {
        const Hdf5Group& group = *open.back();
        open.pop_back();
        for (const auto& [called, value] : group.datasets)
            if (called == name || called == std::string(name) + ":0") found.push_back(&value);
        for (const auto& [called, below] : group.groups) open.push_back(&below);
    }
    return found;
}

}  // namespace

Result<Tensor> variable(const LayerContext& layer, std::string_view name) {
    const keras::Variables& variables = layer.variables();
    if (variables.has(0, name) && variables.naming() == keras::Variables::Naming::by_name) return variables.at(0, name);
    const auto found =
        variables.group() == nullptr ? std::vector<const Hdf5Value*>() : find_below(*variables.group(), name);
    const std::string place = variables.path() + "/…/" + std::string(name);
    if (found.empty()) return failure(bad_model_file(variables.file(), place, "is not there"));
    if (found.size() > 1) return failure(bad_model_file(variables.file(), place, "is there more than once"));
    auto tensor = found[0]->array() == nullptr ? std::nullopt : to_tensor(*found[0]->array());
    if (!tensor) return failure(bad_model_file(variables.file(), place, "has no finite numbers"));
    return std::move(*tensor);
}

Result<Tensor> variable(const LayerContext& layer, std::string_view name, const Shape& shape) {
    auto tensor = variable(layer, name);
    if (tensor && tensor->shape != shape)
        return failure(layer.bad("has a " + std::string(name) + " of shape " + to_string(tensor->shape) + ", and not " +
                                 to_string(shape)));
    return tensor;
}

Result<std::optional<keras::Parameter>> bias(LayerContext& layer, int64_t outputs) {
    if (!layer.flag("use_bias", true)) return std::nullopt;
    const auto trained = variable(layer, "bias", {outputs});
    if (!trained) return failure(trained.error());
    const auto made = rounded(layer, "bias_quantizer", *trained, Role::other);
    if (!made) return failure(made.error());
    const bool is_zero = std::ranges::all_of(made->value.values, [](double value) { return value == 0; });
    if (is_zero) return std::nullopt;
    return parameter(layer, "bias", *made);
}

Result<Tensor> kernel(const LayerContext& layer, const keras::Convolution& convolution, std::string_view name) {
    auto trained = variable(layer, name);
    if (!trained) return trained;
    const std::vector<int64_t>& size = convolution.windows.size;
    if (trained->shape.size() != size.size() + 2 || !std::equal(size.begin(), size.end(), trained->shape.begin()))
        return failure(layer.bad("has a kernel of shape " + to_string(trained->shape)));
    return trained;
}

Shape grouped_shape(const Shape& kernel, keras::Convolution& convolution) {
    const size_t axes = convolution.windows.size.size();
    Shape shape = kernel;
    convolution.groups = kernel[axes];
    shape[axes + 1] *= kernel[axes];
    shape[axes] = 1;
    return shape;
}

}  // namespace dal::importer::qkeras
