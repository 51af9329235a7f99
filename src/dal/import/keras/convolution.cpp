#include "dal/import/keras/convolution.hpp"

#include <algorithm>

namespace dal::importer::keras {
namespace {

/// How far a window may reach, and move.
constexpr int64_t most_reach = 4096;

/// "2" where all are the same, else "[2, 1]".
std::string one_or_all(const std::vector<int64_t>& numbers) {
    if (std::ranges::all_of(numbers, [&](int64_t number) { return number == numbers.front(); }))
        return std::to_string(numbers.front());
    return to_string(numbers);
}

bool are_ones(const std::vector<int64_t>& numbers) {
    return std::ranges::all_of(numbers, [](int64_t number) { return number == 1; });
}

std::string transposed(const Value& value, const std::vector<int64_t>& axes, Shape& shape) {
    for (const int64_t axis : axes) shape.push_back(value.shape[static_cast<size_t>(axis)]);
    return "transpose(" + value.text + ", " + to_string(axes) + ")";
}

}  // namespace

Result<Shape> Windows::positions(const LayerContext& layer, const Shape& extents) const {
    Shape result;
    for (size_t axis = 0; axis < extents.size(); ++axis) {
        const int64_t reach = (size[axis] - 1) * dilation[axis];
        const int64_t starts = padding == "valid" ? extents[axis] - reach : extents[axis];
        if (starts < 1) return failure(layer.bad("has windows that are larger than what it reads"));
        result.push_back((starts - 1) / strides[axis] + 1);
    }
    return result;
}

std::string Windows::pool() const {
    return one_or_all(size) + (strides == size ? "" : ", stride: " + one_or_all(strides)) +
           (padding == "same" ? ", padding: \"same\"" : "");
}

std::string Windows::arguments() const {
    std::string text;
    if (!are_ones(strides)) text += ", stride: " + one_or_all(strides);
    if (!are_ones(dilation)) text += ", dilation: " + one_or_all(dilation);
    if (padding == "same") text += ", padding: \"same\"";
    if (padding == "causal") text += ", padding: [[" + std::to_string((size[0] - 1) * dilation[0]) + ", 0]]";
    return text;
}

Result<Windows> read_windows(const LayerContext& layer, std::string_view size_key, size_t axes) {
    Windows windows;
    auto size = layer.counts(size_key, axes);
    if (!size) return failure(std::move(size.error()));
    windows.size = std::move(*size);
    windows.strides = windows.size;
    windows.dilation.assign(axes, 1);
    if (!layer["strides"].is_null()) {
        auto strides = layer.counts("strides", axes);
        if (!strides) return failure(std::move(strides.error()));
        windows.strides = std::move(*strides);
    }
    if (!layer["dilation_rate"].is_null()) {
        auto dilation = layer.counts("dilation_rate", axes);
        if (!dilation) return failure(std::move(dilation.error()));
        windows.dilation = std::move(*dilation);
    }
    for (size_t axis = 0; axis < axes; ++axis)
        if (windows.strides[axis] > most_reach || windows.dilation[axis] > most_reach ||
            windows.size[axis] > most_reach / windows.dilation[axis])
            return failure(layer.unsupported("has windows that reach further than 4,096 positions"));
    windows.padding = layer["padding"].is_null() ? "valid" : layer["padding"].string();
    if (windows.padding != "valid" && windows.padding != "same" && !(windows.padding == "causal" && axes == 1))
        return failure(layer.unsupported("has the padding `" + windows.padding + "`"));
    const std::string& format = layer["data_format"].string();
    windows.has_channels_first = format == "channels_first";
    if (!format.empty() && format != "channels_last" && !windows.has_channels_first)
        return failure(layer.bad("has the data format `" + format + "`"));
    return windows;
}

Result<Shape> positions_of(const LayerContext& layer, const Windows& windows, const Shape& shape) {
    if (shape.size() != windows.size.size() + 1)
        return failure(layer.bad("reads a value of shape " + to_string(shape)));
    return windows.has_channels_first ? Shape(shape.begin() + 1, shape.end()) : Shape(shape.begin(), shape.end() - 1);
}

Value channels_last(const Value& value) {
    std::vector<int64_t> axes;
    for (size_t axis = 1; axis < value.shape.size(); ++axis) axes.push_back(static_cast<int64_t>(axis));
    axes.push_back(0);
    Value result = value;
    result.shape.clear();
    result.text = transposed(value, axes, result.shape);
    result.format.clear();
    return result;
}

Value channels_first(const Value& value) {
    std::vector<int64_t> axes{static_cast<int64_t>(value.shape.size()) - 1};
    for (size_t axis = 0; axis + 1 < value.shape.size(); ++axis) axes.push_back(static_cast<int64_t>(axis));
    Value result = value;
    result.shape.clear();
    result.text = transposed(value, axes, result.shape);
    result.format.clear();
    return result;
}

Result<Convolution> read_convolution(const LayerContext& layer, size_t axes) {
    auto windows = read_windows(layer, "kernel_size", axes);
    if (!windows) return failure(std::move(windows.error()));
    if (layer["strides"].is_null()) windows->strides.assign(axes, 1);
    Convolution result{std::move(*windows)};
    if (!layer["groups"].is_null()) {
        const auto groups = layer.count("groups");
        if (!groups) return failure(groups.error());
        result.groups = *groups;
    }
    return result;
}

Result<Value> convolution_expression(LayerContext& layer, const Convolution& convolution, const RoundedInput& x,
                                     const Parameter& kernel, const std::optional<Parameter>& bias) {
    const Windows& windows = convolution.windows;
    auto extents = positions_of(layer, windows, x.value.shape);
    if (!extents) return failure(std::move(extents.error()));
    auto shape = windows.positions(layer, *extents);
    if (!shape) return failure(std::move(shape.error()));
    const size_t axes = extents->size();
    const int64_t channels = windows.has_channels_first ? x.value.shape.front() : x.value.shape.back();
    const int64_t filters = kernel.shape.back();
    if (kernel.shape.size() != axes + 2 || channels % convolution.groups != 0 || filters % convolution.groups != 0 ||
        kernel.shape[axes] != channels / convolution.groups)
        return failure(layer.bad("has a kernel of shape " + to_string(kernel.shape) + " for " +
                                 std::to_string(channels) + " channels"));
    shape->push_back(filters);
    std::string arguments = windows.arguments();
    if (convolution.groups != 1) arguments += ", groups: " + std::to_string(convolution.groups);
    layer.program().use("nn");
    const std::string number = std::to_string(axes) + "d(";
    if (!x.format.empty() && !windows.has_channels_first)
        return Value{x.value.text + " |> nn.conv" + number + x.format + ", " + kernel.text + ", " +
                         (bias ? bias->text : "0") + arguments + ")",
                     std::move(*shape)};
    Value data = x.value;
    if (!x.format.empty()) data.text = "quantize(" + data.text + ", " + x.format + ")";
    if (windows.has_channels_first) data = channels_last(data);
    Value result{"nn.correlate" + number + data.text + ", " + kernel.text + arguments + ")", std::move(*shape)};
    if (bias) result.text += " + " + bias->text;
    return windows.has_channels_first ? channels_first(result) : result;
}

}  // namespace dal::importer::keras
