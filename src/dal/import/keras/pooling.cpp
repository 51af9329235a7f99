// Pooling of Keras, and of HGQ 2, which rounds its input first. Means over numbers of elements that are no power of two
// are left to the quantizer that comes next.
#include <algorithm>
#include <array>
#include <numeric>

#include "dal/import/keras/convolution.hpp"
#include "dal/import/keras/families.hpp"
#include "dal/import/keras/quotient.hpp"

namespace dal::importer::keras {
namespace {

/// What a layer pools: with channels behind, rounded by HGQ 2's quantizer, and what it lies in, if that is known.
struct Pooled {
    Value value;
    std::optional<Kif> kif{};
};

/// A format that holds all of these.
Kif hull(const Formats& formats) {
    bool k = false;
    constexpr int none = -1000;
    int i = none;
    int f = none;
    for (int64_t at = 0; at < formats.size(); ++at) {
        const Kif kif = formats.at(at).kif;
        if (kif.is_zero()) continue;
        k = k || kif.k;
        i = std::max(i, kif.i);
        f = std::max(f, kif.f);
    }
    return {k, i, f};
}

Result<Pooled> pooled_input(LayerContext& layer, bool has_channels_first) {
    auto input = layer.any_input();
    if (!input) return failure(std::move(input.error()));
    HgqQuantizer quantizer;
    quantizer.is_off = true;
    if (layer.library() == Library::hgq) {
        auto read = hgq_input_quantizer(layer);
        if (!read) return failure(std::move(read.error()));
        quantizer = std::move(*read);
    }
    auto value = quantize_data(layer, *input, "in", quantizer);
    if (!value) return failure(std::move(value.error()));
    Pooled result{has_channels_first ? channels_last(*value) : std::move(*value)};
    if (!quantizer.is_off && !quantizer.affine && quantizer.scaler == 1) result.kif = hull(quantizer.formats);
    return result;
}

Result<Outputs> finish(LayerContext& layer, const Value& value, bool has_channels_first) {
    const Value result = has_channels_first ? channels_first(value) : value;
    if (layer.library() == Library::hgq) {
        const auto quantizer = hgq_output_quantizer(layer);
        if (!quantizer) return failure(quantizer.error());
        if (!quantizer->is_off) {
            auto rounded = quantize_data(layer, result, "out", *quantizer);
            if (!rounded) return failure(std::move(rounded.error()));
            return layer.write(rounded->text, rounded->shape);
        }
    }
    Value written = layer.write(result.text, result.shape);
    written.quotient = result.quotient;
    return written;
}

template <size_t axes>
Result<Outputs> write_max_pool(LayerContext& layer) {
    const auto windows = read_windows(layer, "pool_size", axes);
    if (!windows) return failure(windows.error());
    auto input = pooled_input(layer, windows->has_channels_first);
    if (!input) return failure(std::move(input.error()));
    if (input->value.shape.size() != axes + 1) return failure(layer.bad("reads a value of another rank"));
    auto shape = windows->positions(layer, Shape(input->value.shape.begin(), input->value.shape.end() - 1));
    if (!shape) return failure(std::move(shape.error()));
    shape->push_back(input->value.shape.back());
    layer.program().use("nn");
    const std::string text =
        "nn.max_pool" + std::to_string(axes) + "d(" + input->value.text + ", " + windows->pool() + ")";
    return finish(layer, {text, std::move(*shape)}, windows->has_channels_first);
}

/// How many elements windows along one axis have, with what is outside left out.
std::vector<int64_t> counts_along(const Windows& windows, size_t axis, int64_t extent, int64_t positions) {
    const int64_t size = windows.size[axis];
    const int64_t stride = windows.strides[axis];
    const bool pads = windows.padding == "same";
    const int64_t before = pads ? std::max<int64_t>((positions - 1) * stride + size - extent, 0) / 2 : 0;
    std::vector<int64_t> counts;
    for (int64_t at = 0; at < positions; ++at) {
        const int64_t first = std::max<int64_t>(at * stride - before, 0);
        const int64_t last = std::min<int64_t>(at * stride - before + size, extent);
        counts.push_back(std::max<int64_t>(last - first, 1));
    }
    return counts;
}

/// The counts of all windows; which ones there are.
Tensor window_counts(const Windows& windows, const Shape& extents, const Shape& positions) {
    Tensor counts{{}, {1}};
    for (size_t axis = 0; axis < extents.size(); ++axis) {
        std::vector<double> next;
        for (const double count : counts.values)
            for (const int64_t along : counts_along(windows, axis, extents[axis], positions[axis]))
                next.push_back(count * static_cast<double>(along));
        counts.values = std::move(next);
        counts.shape.push_back(positions[axis]);
    }
    return counts;
}

/// The bits that sums of `count` elements have more.
Kif sums_of(const Kif& kif, int64_t count) {
    int bits = 0;
    while ((int64_t{1} << bits) < count) ++bits;
    return {kif.k, kif.i + bits, kif.f};
}

Result<Kif> known_format(const LayerContext& layer, const Pooled& input, int64_t divisor) {
    if (input.kif) return *input.kif;
    return failure(
        layer.inexact("takes the mean over " + std::to_string(divisor) + " elements, whose formats are not known here",
                      "`QAveragePooling` of HGQ 2, which rounds its input"));
}

template <size_t axes>
Result<Outputs> write_average_pool(LayerContext& layer) {
    constexpr int64_t most_divisor = 1 << 20;
    const auto windows = read_windows(layer, "pool_size", axes);
    if (!windows) return failure(windows.error());
    auto input = pooled_input(layer, windows->has_channels_first);
    if (!input) return failure(std::move(input.error()));
    if (input->value.shape.size() != axes + 1) return failure(layer.bad("reads a value of another rank"));
    const Shape extents(input->value.shape.begin(), input->value.shape.end() - 1);
    auto shape = windows->positions(layer, extents);
    if (!shape) return failure(std::move(shape.error()));
    const Tensor counts = window_counts(*windows, extents, *shape);
    const int64_t whole = std::accumulate(windows->size.begin(), windows->size.end(), int64_t{1}, std::multiplies<>());
    int64_t divisor = 1;
    for (const double count : counts.values)
        divisor = std::min(std::lcm(divisor, static_cast<int64_t>(count)), most_divisor + 1);
    if (divisor > most_divisor) return failure(layer.inexact("takes means over too many numbers of elements"));
    const bool is_uniform = std::ranges::all_of(counts.values, [&](double count) { return count == counts.values[0]; });
    shape->push_back(input->value.shape.back());
    layer.program().use("nn");
    const std::string call = "nn.avg_pool" + std::to_string(axes) + "d(" + input->value.text + ", " + windows->pool();
    const bool is_exact = power_of_two(static_cast<double>(divisor)).has_value();
    const std::string per_window = "nn.pool_counts(" + to_string(extents) + ", " + windows->pool() + ")";
    if (is_exact && is_uniform && whole == divisor)
        return finish(layer, {call + ")", std::move(*shape)}, windows->has_channels_first);
    if (is_exact)
        return finish(layer, {call + ", scale: 1 / " + per_window + ")", std::move(*shape)},
                      windows->has_channels_first);
    const auto kif = known_format(layer, *input, divisor);
    if (!kif) return failure(kif.error());
    const std::string scale = is_uniform ? "1" : std::to_string(divisor) + " / " + per_window;
    Value sum{call + ", scale: " + scale + ")", std::move(*shape)};
    sum.quotient = Quotient{divisor, sums_of(*kif, whole * divisor)};
    return finish(layer, sum, windows->has_channels_first);
}

/// The shape that is left of [positions…, channels], and a value in it.
Value global_result(const LayerContext& layer, const std::string& text, const Shape& shape) {
    if (!layer.flag("keepdims", false)) return {text, {shape.back()}};
    Shape kept(shape.size(), 1);
    kept.back() = shape.back();
    return {"reshape(" + text + ", " + to_string(kept) + ")", kept};
}

Result<Outputs> finish_global(LayerContext& layer, const Value& value, bool has_channels_first) {
    return finish(layer, value, has_channels_first && layer.flag("keepdims", false));
}

template <size_t axes>
Result<Outputs> write_global_max(LayerContext& layer) {
    const bool first = layer["data_format"].string() == "channels_first";
    auto input = pooled_input(layer, first);
    if (!input) return failure(std::move(input.error()));
    if (input->value.shape.size() != axes + 1) return failure(layer.bad("reads a value of another rank"));
    layer.program().use("nn");
    return finish_global(layer, global_result(layer, "nn.global_max(" + input->value.text + ")", input->value.shape),
                         first);
}

template <size_t axes>
Result<Outputs> write_global_average(LayerContext& layer) {
    const bool first = layer["data_format"].string() == "channels_first";
    auto input = pooled_input(layer, first);
    if (!input) return failure(std::move(input.error()));
    const Shape& shape = input->value.shape;
    if (shape.size() != axes + 1) return failure(layer.bad("reads a value of another rank"));
    const int64_t count = element_count(shape) / shape.back();
    layer.program().use("nn");
    if (power_of_two(static_cast<double>(count)))
        return finish_global(layer, global_result(layer, "nn.global_avg(" + input->value.text + ")", shape), first);
    const auto kif = known_format(layer, *input, count);
    if (!kif) return failure(kif.error());
    Value sum = global_result(layer, "nn.global_avg(" + input->value.text + ", scale: 1)", shape);
    sum.quotient = Quotient{count, sums_of(*kif, count)};
    return finish_global(layer, sum, first);
}

}  // namespace

std::span<const LayerHandler> pooling_layers() {
    static const std::vector<LayerHandler> rows = [] {
        std::vector<LayerHandler> all;
        for (const Library library : {Library::keras, Library::hgq}) {
            const bool is_hgq = library == Library::hgq;
            const std::array<LayerHandler, 12> family{
                LayerHandler{library, is_hgq ? "QMaxPooling1D" : "MaxPooling1D", write_max_pool<1>},
                LayerHandler{library, is_hgq ? "QMaxPooling2D" : "MaxPooling2D", write_max_pool<2>},
                LayerHandler{library, is_hgq ? "QMaxPooling3D" : "MaxPooling3D", write_max_pool<3>},
                LayerHandler{library, is_hgq ? "QAveragePooling1D" : "AveragePooling1D", write_average_pool<1>},
                LayerHandler{library, is_hgq ? "QAveragePooling2D" : "AveragePooling2D", write_average_pool<2>},
                LayerHandler{library, is_hgq ? "QAveragePooling3D" : "AveragePooling3D", write_average_pool<3>},
                LayerHandler{library, is_hgq ? "QGlobalMaxPooling1D" : "GlobalMaxPooling1D", write_global_max<1>},
                LayerHandler{library, is_hgq ? "QGlobalMaxPooling2D" : "GlobalMaxPooling2D", write_global_max<2>},
                LayerHandler{library, is_hgq ? "QGlobalMaxPooling3D" : "GlobalMaxPooling3D", write_global_max<3>},
                LayerHandler{library, is_hgq ? "QGlobalAveragePooling1D" : "GlobalAveragePooling1D",
                             write_global_average<1>},
                LayerHandler{library, is_hgq ? "QGlobalAveragePooling2D" : "GlobalAveragePooling2D",
                             write_global_average<2>},
                LayerHandler{library, is_hgq ? "QGlobalAveragePooling3D" : "GlobalAveragePooling3D",
                             write_global_average<3>},
            };
            all.insert(all.end(), family.begin(), family.end());
        }
        return all;
    }();
    return rows;
}

}  // namespace dal::importer::keras
