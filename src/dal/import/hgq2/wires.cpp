#include "dal/import/hgq2/wires.hpp"

#include <array>
#include <cmath>

#include "dal/import/hgq2/rows.hpp"

namespace dal::importer::hgq2 {
namespace {

/// How a table layer over windows reads its input.
struct Windows {
    std::vector<int64_t> size;
    std::vector<int64_t> stride;
    std::vector<int64_t> dilation;
    bool is_same = false;
};

/// The batch normalization of QDenseT: an ordinary one of Keras, over the outputs.
Result<Normalization> read_normalization(const LayerContext& layer, int64_t inputs, int64_t outputs) {
    const Variables part = attribute_of(layer.variables(), "bn_module");
    const auto epsilon = static_cast<float>(layer["bn_epsilon"].number().value_or(1e-3));
    std::vector<Tensor> arrays(4);
    size_t position = 0;
    const bool has_gamma = layer.flag("bn_scale", true);
    const bool has_beta = layer.flag("bn_center", true);
    constexpr std::array names{"gamma", "beta", "moving_mean", "moving_variance"};
    for (size_t at = 0; at < names.size(); ++at) {
        if ((at == 0 && !has_gamma) || (at == 1 && !has_beta)) continue;
        auto array = part.at(position++, names[at], {outputs});
        if (!array) return failure(std::move(array.error()));
        arrays[at] = std::move(*array);
    }
    Normalization result{{outputs}, {}, {}, std::sqrt(static_cast<float>(inputs))};
    for (size_t at = 0; at < static_cast<size_t>(outputs); ++at) {
        const float variance = static_cast<float>(arrays[3].values[at]) + epsilon;
        if (!(variance > 0))
            return failure(layer.bad("has a batch normalization with a variance that is not positive"));
        float factor = 1 / std::sqrt(variance);
        if (has_gamma) factor *= static_cast<float>(arrays[0].values[at]);
        float offset = -static_cast<float>(arrays[2].values[at]) * factor;
        if (has_beta) offset += static_cast<float>(arrays[1].values[at]);
        result.factors.push_back(factor);
        result.offsets.push_back(offset);
    }
    return result;
}

/// With the activation and the output quantizer, if there are such.
Result<keras::Outputs> finish(LayerContext& layer, const std::string& text, const Shape& shape) {
    auto activation = activation_of(layer, "activation");
    if (!activation) return failure(std::move(activation.error()));
    const auto activated = exact_activation(text, **activation);
    if (!activated)
        return failure(layer.unsupported(
            "has the activation `" + std::string((*activation)->name) + "` of sums that are not rounded",
            "write the activation as a QUnaryFunctionLUT behind it"));
    auto quantizer = keras::hgq_output_quantizer(layer);
    if (!quantizer) return failure(std::move(quantizer.error()));
    if (quantizer->is_off) return layer.write(*activated, shape);
    auto rounded = keras::quantize_data(layer, {*activated, shape}, "out", *quantizer);
    if (!rounded) return failure(std::move(rounded.error()));
    return layer.write(rounded->text, shape);
}

/// The tables of a dense layer over places: what it reads, and its tables, [places…, inputs, outputs, entries].
struct DenseTables {
    std::string format;
    Tables tables;
};

Result<DenseTables> dense_tables(LayerContext& layer, const Shape& places, int64_t inputs, int64_t outputs) {
    auto quantizer = keras::hgq_input_quantizer(layer);
    if (!quantizer) return failure(std::move(quantizer.error()));
    auto from = table_formats(layer, *quantizer, "input");
    if (!from) return failure(std::move(from.error()));
    auto rounding = part_quantizer(layer, layer.variables(), "toq", layer["toq_conf"], HgqPlace::data);
    if (!rounding) return failure(std::move(rounding.error()));
    auto to = table_formats(layer, *rounding, "entries");
    if (!to) return failure(std::move(to.error()));
    Shape all = places;
    all.push_back(inputs);
    all.push_back(outputs);
    for (const Formats* each : {&*from, &*to})
        if (!is_broadcastable(each->shape, all))
            return failure(
                layer.bad("has formats of shape " + to_string(each->shape) + " for wires of shape " + to_string(all)));
    auto networks = WireNetworks::read(layer, layer.variables(), {inputs, outputs}, layer.flag("use_bias", true));
    if (!networks) return failure(std::move(networks.error()));
    std::optional<Normalization> normalization;
    if (layer.flag("batch_norm", false)) {
        auto read = read_normalization(layer, inputs, outputs);
        if (!read) return failure(std::move(read.error()));
        normalization = std::move(*read);
    }
    // Places have tables of their own only where these are rounded differently.
    Shape elements{inputs, outputs};
    if (to->size() != 1)
        for (size_t axis = to->shape.size(); axis-- > 2;)
            if (element_count(Shape(to->shape.begin(), to->shape.end() - 2)) > 1)
                elements.insert(elements.begin(), to->shape[axis - 2]);
    const TableSet set{"table", elements, &*from, &*to};
    const int64_t wires = inputs * outputs;
    if (networks->are_too_many(element_count(elements) << std::min(union_of(*from).width(), most_table_bits)))
        return failure(
            layer.unsupported("has networks that are too large to be tables", "let its inputs have fewer bits"));
    auto tables = write_tables(layer, set, [&](int64_t element, float x) {
        const Float32 y = networks->at(element % wires, x);
        if (!normalization) return y;
        return normalization->at(static_cast<size_t>(element % outputs), y);
    });
    if (!tables) return failure(std::move(tables.error()));
    return DenseTables{layer.format("in", *from), std::move(*tables)};
}

std::string described(const LayerContext& layer, int64_t inputs, int64_t outputs) {
    return std::to_string(inputs) + " × " + std::to_string(outputs) +
           " wires with a table each, trained as networks of " + std::to_string(layer["n_hl"].integer().value_or(0)) +
           " hidden layers";
}

/// The only input, which is moved before it is rounded.
Result<Value> wire_input(const LayerContext& layer) {
    auto x = layer.any_input();
    if (x && x->quotient)
        return failure(
            layer.unsupported("reads a mean that nothing has rounded", "round the mean by its output quantizer"));
    return x;
}

Result<keras::Outputs> write_dense_t(LayerContext& layer) {
    auto x = wire_input(layer);
    if (!x) return failure(std::move(x.error()));
    auto outputs = layer.count("n_out");
    if (!outputs) return failure(std::move(outputs.error()));
    if (x->shape.empty()) return failure(layer.bad("reads a single number"));
    const Shape places(x->shape.begin(), x->shape.end() - 1);
    layer.comment(described(layer, x->shape.back(), *outputs));
    auto made = dense_tables(layer, places, x->shape.back(), *outputs);
    if (!made) return failure(std::move(made.error()));
    layer.program().use("lut");
    Shape shape = places;
    shape.push_back(*outputs);
    return finish(
        layer,
        "lut.dense(" + x->text + ", " + made->format + ", " + made->tables.from + ", " + made->tables.entries + ")",
        shape);
}

Result<Windows> read_windows(const LayerContext& layer, size_t axes) {
    Windows windows;
    for (const auto& [key, into] : {std::pair("kernel_size", &windows.size), std::pair("strides", &windows.stride),
                                    std::pair("dilation_rate", &windows.dilation)}) {
        auto counts = layer.counts(key, axes);
        if (!counts) return failure(std::move(counts.error()));
        *into = std::move(*counts);
    }
    const std::string& padding = layer["padding"].string();
    if (padding != "valid" && padding != "same") return failure(layer.unsupported("its padding is `" + padding + "`"));
    if (layer["data_format"].string() == "channels_first")
        return failure(layer.unsupported("its channels come first", "train it with `channels_last`"));
    if (layer["groups"].integer().value_or(1) != 1) return failure(layer.unsupported("has groups"));
    windows.is_same = padding == "same";
    return windows;
}

/// How many windows there are along an axis; nothing if none fits.
std::optional<int64_t> window_count(const Windows& windows, size_t axis, int64_t extent) {
    if (windows.is_same) return (extent + windows.stride[axis] - 1) / windows.stride[axis];
    const int64_t reach = (windows.size[axis] - 1) * windows.dilation[axis] + 1;
    if (reach > extent) return std::nullopt;
    return (extent - reach) / windows.stride[axis] + 1;
}

std::string counts_text(const std::vector<int64_t>& counts) {
    if (counts.size() == 1) return std::to_string(counts[0]);
    return to_string(Shape(counts.begin(), counts.end()));
}

bool are_ones(const std::vector<int64_t>& counts) {
    return std::ranges::all_of(counts, [](int64_t count) { return count == 1; });
}

Result<keras::Outputs> write_conv_t(LayerContext& layer, size_t axes) {
    auto x = wire_input(layer);
    if (!x) return failure(std::move(x.error()));
    auto outputs = layer.count("filters");
    if (!outputs) return failure(std::move(outputs.error()));
    if (x->shape.size() != axes + 1) return failure(layer.bad("reads numbers of shape " + to_string(x->shape)));
    auto windows = read_windows(layer, axes);
    if (!windows) return failure(std::move(windows.error()));
    int64_t inputs = x->shape.back();
    Shape places;
    for (size_t axis = 0; axis < axes; ++axis) {
        const auto count = window_count(*windows, axis, x->shape[axis]);
        if (!count || windows->size[axis] > most_entries / inputs)
            return failure(layer.bad("has windows that are larger than its input"));
        places.push_back(*count);
        inputs *= windows->size[axis];
    }
    layer.comment(described(layer, inputs, *outputs));
    auto made = dense_tables(layer, places, inputs, *outputs);
    if (!made) return failure(std::move(made.error()));
    layer.program().use("lut");
    std::string text = std::string(axes == 1 ? "lut.conv1d(" : "lut.conv2d(") + x->text + ", " +
                       counts_text(windows->size) + ", " + made->format + ", " + made->tables.from + ", " +
                       made->tables.entries;
    if (!are_ones(windows->stride)) text += ", stride: " + counts_text(windows->stride);
    if (!are_ones(windows->dilation)) text += ", dilation: " + counts_text(windows->dilation);
    if (windows->is_same) text += ", padding: \"same\"";
    Shape shape = places;
    shape.push_back(*outputs);
    return finish(layer, text + ")", shape);
}

Result<keras::Outputs> write_conv_t1(LayerContext& layer) { return write_conv_t(layer, 1); }
Result<keras::Outputs> write_conv_t2(LayerContext& layer) { return write_conv_t(layer, 2); }

Result<keras::Outputs> write_einsum_t(LayerContext& layer) {
    auto x = wire_input(layer);
    if (!x) return failure(std::move(x.error()));
    Shape output;
    for (const Json& extent : layer["output_shape"].items()) output.push_back(extent.integer().value_or(0));
    if (layer["output_shape"].is_number()) output = {layer["output_shape"].integer().value_or(0)};
    const std::string& bias_axes = layer["bias_axes"].string();
    const std::string& axes = layer["normalize_axes"].string();
    layer.comment("tables for " + layer["equation"].string());
    const EinsumTables tables{layer.variables(),
                              layer.name(),
                              "",
                              layer["equation"].string(),
                              output,
                              layer["bias_axes"].is_string(),
                              axes.empty() ? bias_axes : axes};
    auto sum = write_einsum_tables(layer, *x, tables);
    if (!sum) return failure(std::move(sum.error()));
    return finish(layer, sum->text, sum->shape);
}

}  // namespace

std::span<const keras::LayerHandler> wire_rows() {
    static const std::array rows{keras::LayerHandler{keras::Library::hgq, "QDenseT", write_dense_t},
                                 keras::LayerHandler{keras::Library::hgq, "QConvT1D", write_conv_t1},
                                 keras::LayerHandler{keras::Library::hgq, "QConvT2D", write_conv_t2},
                                 keras::LayerHandler{keras::Library::hgq, "QEinsumDenseT", write_einsum_t}};
    return rows;
}

}  // namespace dal::importer::hgq2
