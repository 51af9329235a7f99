// Conv and ConvTranspose, in both orders of axes.
#include <algorithm>

#include "dal/import/onnx/kernel.hpp"
#include "dal/import/onnx/operators.hpp"
#include "dal/import/onnx/window.hpp"

namespace dal::importer::onnx {
namespace {

/// The kernel as `nn` has it: axes of space, channels in of a group, channels out. From [out, in, space…], or in the
/// domain with channels last from [out, space…, in].
Constant kernel_of_conv(const Constant& kernel, bool has_channels_last) {
    const size_t axes = kernel.shape.size() - 2;
    Constant ordered = kernel;
    const int64_t outputs = kernel.shape[0];
    const int64_t inputs = has_channels_last ? kernel.shape.back() : kernel.shape[1];
    int64_t space = 1;
    Shape to;
    for (size_t axis = 0; axis < axes; ++axis) {
        to.push_back(kernel.shape[axis + (has_channels_last ? 1 : 2)]);
        space *= to.back();
    }
    to.push_back(inputs);
    to.push_back(outputs);
    std::vector<int64_t> sources;
    sources.reserve(kernel.values.size());
    for (int64_t s = 0; s < space; ++s)
        for (int64_t i = 0; i < inputs; ++i)
            for (int64_t o = 0; o < outputs; ++o)
                sources.push_back(has_channels_last ? (o * space + s) * inputs + i : (o * inputs + i) * space + s);
    return kernel.picked(to, sources);
}

/// From [in, out of a group, space…].
Constant kernel_of_transposed(const Constant& kernel, int64_t groups) {
    const size_t axes = kernel.shape.size() - 2;
    const int64_t all_inputs = kernel.shape[0];
    const int64_t own_outputs = kernel.shape[1];
    const int64_t inputs = all_inputs / groups;
    int64_t space = 1;
    Shape to;
    for (size_t axis = 0; axis < axes; ++axis) {
        to.push_back(kernel.shape[axis + 2]);
        space *= to.back();
    }
    to.push_back(inputs);
    to.push_back(own_outputs * groups);
    std::vector<int64_t> sources;
    sources.reserve(kernel.values.size());
    for (int64_t s = 0; s < space; ++s)
        for (int64_t i = 0; i < inputs; ++i)
            for (int64_t g = 0; g < groups; ++g)
                for (int64_t o = 0; o < own_outputs; ++o)
                    sources.push_back(((g * inputs + i) * own_outputs + o) * space + s);
    return kernel.picked(to, sources);
}

Result<void> set_bias(Builder& builder, const Node& node, LinearLayer& layer, int64_t outputs) {
    if (!builder.has_input(node, 2)) return {};
    const Constant* bias = builder.constant(node, 2);
    if (bias == nullptr || bias->size() != outputs) return refuse(node, "its bias is no constant for each channel");
    layer.bias = *bias;
    layer.bias->shape = layer.channels;
    return {};
}

/// With zeros around, smaller values than those of the operand reach the sums.
void include_zero(Flow& flow) {
    flow.low = std::min(flow.low, Dyadic());
    flow.high = std::max(flow.high, Dyadic());
}

struct Call {
    std::string with_format;     ///< "nn.conv2d"
    std::string without_format;  ///< "nn.correlate2d"; empty: there is none
    std::string arguments;
};

/// What both kinds have in common, once the kernel is in its order.
Result<void> build(Builder& builder, const Node& node, Flow x, LinearLayer layer, const Constant& kernel,
                   const Call& call, const Shape& space) {
    const int64_t outputs = kernel.shape.back();
    auto factor = take_factor(builder, x, node);
    if (!factor) return failure(factor.error());
    layer.name = builder.layer_name(node);
    layer.kernel = split_kernel(kernel);
    layer.factor = *factor;
    if (!layer.bias) take_bias(builder, node, layer, layer.channels.size(), outputs);
    layer.last = layer.last == nullptr ? &node : layer.last;
    const std::string value = builder.operand(x, x.layer);
    const auto [kernel_text, bias_text] = write_parameters(builder, layer);
    Program& program = builder.program();
    program.use("nn");
    Flow y;
    std::string format;
    if (x.rounding) {
        format = program.format(layer.name + "_in", *x.rounding);
        x.rounding.reset();
    } else if (call.without_format.empty()) {
        // The operand is on this grid already.
        const auto least = x.low.code(x.f).value_or(Int(0));
        const auto most = x.high.code(x.f).value_or(Int(0));
        const auto bits = static_cast<int>(
            std::max((least.is_negative() ? -least - Int(1) : Int(0)).bit_length(), most.bit_length()));
        format = program.format(layer.name + "_in",
                                Formats::uniform(least.is_negative(), bits - x.f, x.f, Round::trn, Overflow::wrap));
    }
    if (!format.empty()) {
        y.expression = {call.with_format + "(" + value + ", " + format + ", " + kernel_text + ", " +
                            (bias_text.empty() ? "0" : bias_text) + call.arguments + ")",
                        Expression::Form::call};
    } else {
        y.expression = {call.without_format + "(" + value + ", " + kernel_text + call.arguments + ")",
                        Expression::Form::call};
        if (!bias_text.empty()) Builder::infix(y, '+', bias_text);
    }
    y.f = x.f;
    y.low = x.low;
    y.high = x.high;
    y.layer = layer.name;
    y.is_layer = true;
    include_zero(y);
    sum_range(y, layer.kernel.numbers);
    set_image(node, y, space, outputs);
    if (auto done = finish_linear(builder, node, y, layer); !done) return done;
    builder.set(*layer.last, 0, std::move(y));
    return {};
}

Shape channels_shape(const Node& node, size_t axes, int64_t outputs) {
    Shape shape(is_channels_last(node) ? 1 : axes + 1, 1);
    shape.front() = outputs;
    return shape;
}

Result<const Constant*> kernel_operand(Builder& builder, const Node& node, const Image& image) {
    const Constant* kernel = builder.constant(node, 1);
    if (kernel == nullptr || kernel->shape.size() != image.space.size() + 2 || kernel->values.empty())
        return refuse(node, "its kernel is no constant that fits " + std::to_string(image.space.size()) + " axes");
    return kernel;
}

Result<void> conv(Builder& builder, const Node& node) {
    auto x = builder.flow(node, 0);
    if (!x) return failure(x.error());
    const auto image = take_image(builder, node, *x);
    if (!image) return failure(image.error());
    const auto kernel = kernel_operand(builder, node, *image);
    if (!kernel) return failure(kernel.error());
    const Constant ordered = kernel_of_conv(**kernel, is_channels_last(node));
    const size_t axes = image->space.size();
    const int64_t outputs = ordered.shape.back();
    const int64_t groups = node.integer("group", 1);
    if (groups < 1 || groups > outputs || outputs % groups != 0 || ordered.shape[axes] * groups != image->channels)
        return refuse(node, "its kernel does not fit " + std::to_string(image->channels) + " channels in " +
                                std::to_string(groups) + " groups");
    const auto window = read_window(node, image->space, Shape(ordered.shape.begin(), ordered.shape.end() - 2));
    if (!window) return failure(window.error());
    const auto space = positions(node, image->space, *window);
    if (!space) return failure(space.error());
    LinearLayer layer;
    layer.channels = channels_shape(node, axes, outputs);
    if (auto done = set_bias(builder, node, layer, outputs); !done) return done;
    const std::string d = std::to_string(axes) + "d";
    Call call{"nn.conv" + d, "nn.correlate" + d, window_arguments(*window, false)};
    if (groups > 1) call.arguments += ", groups: " + std::to_string(groups);
    return build(builder, node, std::move(*x), std::move(layer), ordered, call, *space);
}

Result<void> conv_transpose(Builder& builder, const Node& node) {
    auto x = builder.flow(node, 0);
    if (!x) return failure(x.error());
    const auto image = take_image(builder, node, *x);
    if (!image) return failure(image.error());
    const auto kernel = kernel_operand(builder, node, *image);
    if (!kernel) return failure(kernel.error());
    const size_t axes = image->space.size();
    const int64_t groups = node.integer("group", 1);
    if (axes > 2 || is_channels_last(node)) return refuse(node, "is read over one or two axes, with channels first");
    if (groups < 1 || (*kernel)->shape[0] != image->channels || image->channels % groups != 0)
        return refuse(node, "its kernel does not fit " + std::to_string(image->channels) + " channels");
    const std::string automatic = node.text("auto_pad", "NOTSET");
    if (node.find("output_shape") != nullptr || (automatic != "NOTSET" && automatic != "VALID"))
        return refuse(node, "leaves its padding to be computed", "export it with explicit pads and output_padding");
    const Constant ordered = kernel_of_transposed(**kernel, groups);
    const int64_t outputs = ordered.shape.back();
    Node plain = node;
    plain.attributes.erase("auto_pad");
    const auto window = read_window(plain, image->space, Shape(ordered.shape.begin(), ordered.shape.end() - 2));
    if (!window) return failure(window.error());
    Shape more = node.integers("output_padding", Shape(axes, 0));
    if (more.size() != axes) more.assign(axes, 0);
    Shape space;
    for (size_t axis = 0; axis < axes; ++axis) {
        if (more[axis] < 0 || more[axis] >= std::max(window->strides[axis], window->dilations[axis]))
            return refuse(node, "has an output_padding that is not less than its stride");
        space.push_back((image->space[axis] - 1) * window->strides[axis] +
                        (window->size[axis] - 1) * window->dilations[axis] + 1 - window->before[axis] -
                        window->after[axis] + more[axis]);
        if (space.back() < 1) return refuse(node, "cuts off all that it computes");
    }
    LinearLayer layer;
    layer.channels = channels_shape(node, axes, outputs);
    if (auto done = set_bias(builder, node, layer, outputs); !done) return done;
    Call call{"nn.conv_transpose" + std::to_string(axes) + "d", "", window_arguments(*window, false)};
    if (std::ranges::any_of(more, [](int64_t v) { return v != 0; }))
        call.arguments += ", output_padding: " + each_axis_text(more);
    if (groups > 1) call.arguments += ", groups: " + std::to_string(groups);
    return build(builder, node, std::move(*x), std::move(layer), ordered, call, space);
}

constexpr OperatorEntry entries[] = {{"Conv", conv}, {"ConvTranspose", conv_transpose}};

}  // namespace

std::span<const OperatorEntry> convolution_operators() { return entries; }

}  // namespace dal::importer::onnx
