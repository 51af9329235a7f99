// Layers of QKeras without kernels, the wrapper that pruning leaves in models, and the quantizers of HGQ 1.
#include <algorithm>
#include <array>

#include "dal/import/keras/convolution.hpp"
#include "dal/import/qkeras/activation.hpp"
#include "dal/import/qkeras/families.hpp"
#include "dal/import/qkeras/parameter.hpp"

namespace dal::importer::qkeras {
namespace {

using keras::Library;
using keras::Outputs;

Result<Outputs> write_activation(LayerContext& layer) {
    const auto input = layer.any_input();
    if (!input) return failure(input.error());
    return finish_with_activation(layer, *input);
}

/// The layer of Keras that one of QKeras extends, with the same configuration.
Result<Value> plain(LayerContext& layer, const std::string& class_name, std::vector<Value> inputs) {
    keras::LayerConfig config{layer.name(), class_name, Library::keras, &layer.config()};
    keras::LayerContext inner = layer.inner(std::move(config), layer.variables(), std::move(inputs));
    return keras::write_single(inner);
}

/// The factor of a mean, 1 / count, as the quantizer leaves it; nothing if there is no quantizer.
Result<std::optional<double>> rounded_factor(const LayerContext& layer, int64_t count) {
    const auto quantizer = read_quantizer(layer, layer["average_quantizer"]);
    if (!quantizer) return failure(quantizer.error());
    if (!*quantizer) return std::nullopt;
    if ((**quantizer)["alpha"].is_string())
        return failure(layer.unsupported("rounds its factor with a scale of its own"));
    const double exact = static_cast<float>(1.0 / static_cast<double>(count));
    const auto made = rounded(layer, *quantizer, Tensor{{1}, {exact}}, Role::other);
    if (!made) return failure(made.error());
    return made->value.values[0];
}

Result<Outputs> finish_mean(LayerContext& layer, const Value& value) {
    if (layer["activation"].is_null()) return value;
    return finish_with_activation(layer, value);
}

/// A mean is a sum times a factor that is rounded.
Result<Outputs> write_average_pool(LayerContext& layer) {
    auto input = layer.input();
    if (!input) return failure(std::move(input.error()));
    auto windows = keras::read_windows(layer, "pool_size", 2);
    if (!windows) return failure(windows.error());
    const auto factor = rounded_factor(layer, windows->size[0] * windows->size[1]);
    if (!factor) return failure(factor.error());
    if (!*factor) {
        const auto value = plain(layer, "AveragePooling2D", {*input});
        if (!value) return failure(value.error());
        return finish_mean(layer, *value);
    }
    if (windows->padding != "valid")
        return failure(layer.unsupported("has padding, where its factor is that of whole windows"));
    const auto extents = keras::positions_of(layer, *windows, input->shape);
    if (!extents) return failure(extents.error());
    auto shape = windows->positions(layer, *extents);
    if (!shape) return failure(shape.error());
    const bool is_first = windows->has_channels_first;
    const Value data = is_first ? keras::channels_last(*input) : *input;
    shape->push_back(data.shape.back());
    layer.program().use("nn");
    const Value result{"nn.avg_pool2d(" + data.text + ", " + windows->pool() +
                           ", scale: " + layer.constant("factor", Tensor{{}, {**factor}}) + ")",
                       std::move(*shape)};
    return finish_with_activation(layer, is_first ? keras::channels_first(result) : result);
}

Result<Outputs> write_global_average_pool(LayerContext& layer) {
    auto input = layer.input();
    if (!input) return failure(std::move(input.error()));
    if (input->shape.size() != 3) return failure(layer.bad("reads a value of shape " + to_string(input->shape)));
    const bool is_first = layer["data_format"].string() == "channels_first";
    const Value data = is_first ? keras::channels_last(*input) : *input;
    const auto factor = rounded_factor(layer, data.shape[0] * data.shape[1]);
    if (!factor) return failure(factor.error());
    if (!*factor) {
        const auto value = plain(layer, "GlobalAveragePooling2D", {*input});
        if (!value) return failure(value.error());
        return finish_mean(layer, *value);
    }
    if (layer.flag("keepdims", false)) return failure(layer.unsupported("keeps the axes of positions"));
    layer.program().use("nn");
    const Value result{
        "nn.global_avg(" + data.text + ", scale: " + layer.constant("factor", Tensor{{}, {**factor}}) + ")",
        {data.shape.back()}};
    return finish_with_activation(layer, result);
}

/// Whether elements are 0 wherever a mask is: pruned models multiply with their masks whenever they are called.
bool is_masked(const Hdf5Value& kernel, const Hdf5Value& mask) {
    if (kernel.array() == nullptr || mask.array() == nullptr || kernel.shape != mask.shape) return true;
    const auto values = to_tensor(*kernel.array());
    const auto factors = to_tensor(*mask.array());
    for (size_t at = 0; values && factors && at < values->values.size(); ++at)
        if (factors->values[at] != 1 && values->values[at] != 0) return false;
    return true;
}

/// The same of all kernels of a wrapped layer. Files that number variables have the mask behind the kernel.
bool is_masked(const keras::Variables& variables) {
    if (variables.group() == nullptr) return true;
    const Hdf5Group& top = *variables.group();
    if (variables.naming() == keras::Variables::Naming::by_position) {
        const Hdf5Value* kernel = top.dataset("layer/vars/0");
        const Hdf5Value* mask = top.dataset("vars/1");
        return kernel == nullptr || mask == nullptr || is_masked(*kernel, *mask);
    }
    std::vector<const Hdf5Value*> masks;
    std::vector<const Hdf5Value*> kernels;
    std::vector<const Hdf5Group*> open{&top};
    while (!open.empty()) {
        const Hdf5Group& group = *open.back();
        open.pop_back();
        for (const auto& [name, value] : group.datasets) {
            if (name.starts_with("mask")) masks.push_back(&value);
            if (name.find("kernel") != std::string::npos) kernels.push_back(&value);
        }
        for (const auto& [name, below] : group.groups) open.push_back(&below);
    }
    return masks.size() != 1 || kernels.size() != 1 || is_masked(*kernels[0], *masks[0]);
}

/// A layer with its kernel masked already.
Result<Outputs> write_pruned(LayerContext& layer) {
    const Json& wrapped = layer["layer"];
    if (!wrapped["config"].is_object()) return failure(layer.bad("wraps no layer"));
    keras::LayerConfig config = keras::layer_config(wrapped);
    if (config.class_name == "PruneLowMagnitude") return failure(layer.unsupported("wraps a wrapper"));
    keras::Variables variables = layer.variables();
    if (!is_masked(variables))
        return failure(layer.unsupported("has a kernel that its mask has not been applied to",
                                         "save the model after `tfmot.sparsity.keras.strip_pruning`"));
    if (const auto below = variables.part("layer", config.name); below.group() != nullptr) variables = below;
    keras::LayerContext inner = layer.inner(std::move(config), std::move(variables), layer.inputs());
    inner.set_final(layer.is_final());
    return keras::write_layer(inner);
}

/// The widths of a quantizer of HGQ 1.
Result<std::vector<int>> widths(const LayerContext& layer, const std::string& name, const Shape& shape) {
    constexpr double most = 64;
    const auto stored = layer.variables().at(0, name);
    if (!stored) return failure(stored.error());
    std::vector<int> result;
    for (const double width : stored->values) {
        if (width < -most || width > most) return failure(layer.bad("has widths beyond 64 bits"));
        result.push_back(static_cast<int>(width));
    }
    if (stored->shape != shape) return failure(layer.bad("has widths of several shapes"));
    return result;
}

std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return text;
}

/// `bits` and `integers` count the sign where `keep_negative` says that there is one.
Result<Outputs> write_fixed_point_quantizer(LayerContext& layer) {
    const auto input = layer.any_input();
    if (!input) return failure(input.error());
    const auto signs = layer.variables().at(0, "keep_negative");
    if (!signs) return failure(signs.error());
    const auto bits = widths(layer, "bits", signs->shape);
    if (!bits) return failure(bits.error());
    const auto integers = widths(layer, "integers", signs->shape);
    if (!integers) return failure(integers.error());
    const auto round = round_from_string(lower(layer["RND"].string()));
    const auto overflow = overflow_from_string(lower(layer["SAT"].string()));
    if (!round || !overflow)
        return failure(
            layer.unsupported("has the modes `" + layer["RND"].string() + "` and `" + layer["SAT"].string() + "`"));
    Formats formats{signs->shape, {}, {}, {}, *round, *overflow};
    // The first axis is that of the batch.
    if (formats.shape.size() == input->shape.size() + 1) {
        if (formats.shape.front() != 1) return failure(layer.bad("has formats that differ along the batch"));
        formats.shape.erase(formats.shape.begin());
    }
    for (size_t at = 0; at < bits->size(); ++at) {
        const int sign = signs->values[at] != 0 ? 1 : 0;
        const bool is_empty = (*bits)[at] <= 0;
        formats.k.push_back(is_empty ? 0 : sign);
        formats.i.push_back(is_empty ? 0 : (*integers)[at] - sign);
        formats.f.push_back(is_empty ? 0 : (*bits)[at] - (*integers)[at]);
    }
    if (!is_broadcastable(formats.shape, input->shape))
        return failure(layer.bad("has formats of shape " + to_string(formats.shape) + " for a value of shape " +
                                 to_string(input->shape)));
    if (input->quotient)
        return failure(layer.inexact("rounds a mean over a number of elements that is no power of two"));
    const Value value = layer.quantize(*input, "format", formats);
    Value result = layer.write(value.text, input->shape);
    if (result.format.empty()) result.format = value.format;
    return result;
}

/// Layers of HGQ 1 as they are trained: they round by the data that they have seen.
Result<Outputs> refuse_training_form(LayerContext& layer) {
    return failure(layer.unsupported("is a layer of HGQ 1 in its form for training",
                                     "save the proxy model: `to_proxy_model(model).save(\"model.h5\")`"));
}

}  // namespace

std::span<const keras::LayerHandler> other_layers() {
    static constexpr std::array rows{
        keras::LayerHandler{Library::qkeras, "QActivation", write_activation},
        keras::LayerHandler{Library::qkeras, "QAveragePooling2D", write_average_pool},
        keras::LayerHandler{Library::qkeras, "QGlobalAveragePooling2D", write_global_average_pool},
        keras::LayerHandler{Library::keras, "PruneLowMagnitude", write_pruned},
        keras::LayerHandler{Library::keras, "FixedPointQuantizer", write_fixed_point_quantizer},
        keras::LayerHandler{Library::keras, "HQuantize", refuse_training_form},
        keras::LayerHandler{Library::keras, "HActivation", refuse_training_form},
        keras::LayerHandler{Library::keras, "HDense", refuse_training_form},
        keras::LayerHandler{Library::keras, "HDenseBatchNorm", refuse_training_form},
        keras::LayerHandler{Library::keras, "HConv1D", refuse_training_form},
        keras::LayerHandler{Library::keras, "HConv2D", refuse_training_form},
        keras::LayerHandler{Library::keras, "HConv2DBatchNorm", refuse_training_form},
        keras::LayerHandler{Library::keras, "HAdd", refuse_training_form},
    };
    return rows;
}

}  // namespace dal::importer::qkeras
