#include "dal/import/onnx/window.hpp"

#include <algorithm>

#include "dal/import/onnx/operators.hpp"

namespace dal::importer::onnx {
namespace {

constexpr int64_t most_extent = int64_t{1} << 20;

bool all_are(const Shape& numbers, int64_t value) {
    return std::ranges::all_of(numbers, [&](int64_t number) { return number == value; });
}

/// One number for each axis, each in a range. Nothing if not.
std::optional<Shape> numbers_of(const Node& node, std::string_view name, size_t count, int64_t otherwise,
                                int64_t least) {
    Shape numbers = node.integers(name, Shape(count, otherwise));
    if (numbers.empty()) numbers.assign(count, otherwise);
    if (numbers.size() != count) return std::nullopt;
    for (const int64_t number : numbers)
        if (number < least || number > most_extent) return std::nullopt;
    return numbers;
}

}  // namespace

bool Window::has_padding() const { return !all_are(before, 0) || !all_are(after, 0); }

Result<Window> read_window(const Node& node, const Shape& space, const Shape& size) {
    const size_t axes = space.size();
    Window window;
    window.size = size;
    if (size.empty()) window.size = node.integers("kernel_shape");
    const Shape said = node.integers("kernel_shape", window.size);
    const auto strides = numbers_of(node, "strides", axes, 1, 1);
    const auto dilations = numbers_of(node, "dilations", axes, 1, 1);
    const auto pads = numbers_of(node, "pads", 2 * axes, 0, 0);
    if (window.size.size() != axes || said != window.size || !strides || !dilations || !pads)
        return refuse(node, "has strides, dilations, padding or a size that do not fit its operand");
    for (const int64_t extent : window.size)
        if (extent < 1 || extent > most_extent) return refuse(node, "has a window without elements");
    window.strides = *strides;
    window.dilations = *dilations;
    window.before.assign(pads->begin(), pads->begin() + static_cast<std::ptrdiff_t>(axes));
    window.after.assign(pads->begin() + static_cast<std::ptrdiff_t>(axes), pads->end());
    const std::string automatic = node.text("auto_pad", "NOTSET");
    const bool is_same = automatic == "SAME_UPPER" || automatic == "SAME_LOWER";
    if (!is_same && automatic != "NOTSET" && automatic != "VALID" && !automatic.empty())
        return refuse(node, "has an auto_pad that is not known: `" + automatic + "`");
    if (automatic == "VALID") {
        window.before.assign(axes, 0);
        window.after.assign(axes, 0);
    }
    for (size_t axis = 0; axis < axes; ++axis) {
        const int64_t reach = (window.size[axis] - 1) * window.dilations[axis] + 1;
        const int64_t stride = window.strides[axis];
        if (is_same) {
            const int64_t count = (space[axis] + stride - 1) / stride;
            const int64_t missing = std::max<int64_t>((count - 1) * stride + reach - space[axis], 0);
            const int64_t less = missing / 2;
            window.before[axis] = automatic == "SAME_UPPER" ? less : missing - less;
            window.after[axis] = missing - window.before[axis];
        } else if (node.integer("ceil_mode", 0) != 0) {
            const int64_t left = space[axis] + window.before[axis] + window.after[axis] - reach;
            int64_t count = left < 0 ? 0 : (left + stride - 1) / stride + 1;
            // A window that would begin behind the padding does not count.
            if (count > 1 && (count - 1) * stride >= space[axis] + window.before[axis]) --count;
            window.after[axis] =
                std::max(window.after[axis], (count - 1) * stride + reach - space[axis] - window.before[axis]);
        }
    }
    return window;
}

Result<Shape> positions(const Node& node, const Shape& space, const Window& window) {
    Shape result;
    for (size_t axis = 0; axis < space.size(); ++axis) {
        const int64_t reach = (window.size[axis] - 1) * window.dilations[axis] + 1;
        const int64_t left = space[axis] + window.before[axis] + window.after[axis] - reach;
        if (left < 0) return refuse(node, "has a window larger than its operand");
        result.push_back(left / window.strides[axis] + 1);
    }
    return result;
}

std::string each_axis_text(const Shape& numbers) {
    return all_are(numbers, numbers.front()) ? std::to_string(numbers.front()) : to_string(numbers);
}

std::string window_arguments(const Window& window, bool is_pool) {
    std::string text;
    if (is_pool ? window.strides != window.size : !all_are(window.strides, 1))
        text += ", stride: " + each_axis_text(window.strides);
    if (!all_are(window.dilations, 1)) text += ", dilation: " + each_axis_text(window.dilations);
    if (window.has_padding()) {
        if (window.before == window.after) {
            text += ", padding: " + each_axis_text(window.before);
        } else {
            text += ", padding: [";
            for (size_t axis = 0; axis < window.before.size(); ++axis)
                text += (axis == 0 ? "[" : ", [") + std::to_string(window.before[axis]) + ", " +
                        std::to_string(window.after[axis]) + "]";
            text += "]";
        }
    }
    return text;
}

Result<Image> take_image(Builder& builder, const Node& node, Flow& flow) {
    const size_t rank = flow.shape.size();
    if (rank < 2 || rank > 4)
        return refuse(node,
                      "works over one to three axes behind the channels; its operand is " + to_string(flow.shape));
    Image image;
    if (is_channels_last(node)) {
        builder.to_model_layout(flow);
        image.space.assign(flow.shape.begin(), flow.shape.end() - 1);
        image.channels = flow.shape.back();
    } else {
        builder.to_channels_last(flow);
        image.space.assign(flow.shape.begin() + 1, flow.shape.end());
        image.channels = flow.shape.front();
    }
    return image;
}

void set_image(const Node& node, Flow& flow, const Shape& space, int64_t channels) {
    flow.shape = space;
    flow.is_channels_last = !is_channels_last(node);
    if (flow.is_channels_last)
        flow.shape.insert(flow.shape.begin(), channels);
    else
        flow.shape.push_back(channels);
}

}  // namespace dal::importer::onnx
