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

/// The names of the arrays that a layer makes, in this order; those of a normalization inside of it are apart.
std::vector<std::string_view> names_in_order(const LayerContext& layer) {
    std::vector<std::string_view> names;
    const auto add = [&](std::string_view name, bool has = true) {
        if (has) names.push_back(name);
    };
    const std::string_view class_name = layer.class_name();
    const bool is_separable = class_name.starts_with("QSeparable");
    add("depthwise_kernel", is_separable || class_name.starts_with("QDepthwise"));
    add("pointwise_kernel", is_separable);
    add("kernel", names.empty());
    add("bias", layer.flag("use_bias", true));
    return names;
}
std::vector<std::string_view> normalization_in_order(const LayerContext& layer) {
    std::vector<std::string_view> names;
    if (layer.flag("scale", true)) names.emplace_back("gamma");
    if (layer.flag("center", true)) names.emplace_back("beta");
    names.insert(names.end(), {"moving_mean", "moving_variance"});
    return names;
}

/// In files that number variables.
Result<Tensor> at_position(const LayerContext& layer, std::string_view name) {
    const bool is_normalization = layer.class_name() == "QBatchNormalization";
    const auto find = [&](const keras::Variables& variables, const std::vector<std::string_view>& names) {
        const auto found = std::ranges::find(names, name);
        return variables.at(static_cast<size_t>(found - names.begin()), name);
    };
    const auto own = is_normalization ? normalization_in_order(layer) : names_in_order(layer);
    if (std::ranges::find(own, name) != own.end()) return find(layer.variables(), own);
    return find(layer.variables().part("batchnorm", "batchnorm"), normalization_in_order(layer));
}

}  // namespace

Result<Tensor> variable(const LayerContext& layer, std::string_view name) {
    const keras::Variables& variables = layer.variables();
    if (variables.naming() == keras::Variables::Naming::by_position) return at_position(layer, name);
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
