// MaxPool, AveragePool, and the global forms.
#include <algorithm>

#include "dal/import/onnx/operators.hpp"
#include "dal/import/onnx/window.hpp"

namespace dal::importer::onnx {
namespace {

/// Steps that only rise, and are the same for all elements of a channel, may as well come after a maximum.
bool keeps_order(const Flow& flow) {
    const auto along_space = [&](const Step& step) {
        // Numbers per channel: axis 0 of the model's shape.
        size_t others = 0;
        for (size_t axis = 0; axis < step.shape.size(); ++axis) {
            const size_t own = axis + flow.shape.size() - step.shape.size();
            if (own != 0 && step.shape[axis] != 1) ++others;
        }
        return others == 0;
    };
    return std::ranges::all_of(flow.steps, [&](const Step& step) {
        if (!along_space(step)) return false;
        if (step.kind == Step::Kind::clip) return true;
        if (step.kind == Step::Kind::unary) return is_monotone(step.unary);
        return std::ranges::all_of(step.factor, [](const Real& factor) {
            const auto side = sign(factor);
            return side && *side > 0;
        });
    });
}

Result<Image> prepare(Builder& builder, const Node& node, Flow& flow, bool is_maximum) {
    if (!flow.rounding)
        if (auto known = builder.require_format(flow, node); !known) return failure(known.error());
    builder.round(flow, flow.layer);
    if (!is_maximum || is_channels_last(node) || !keeps_order(flow))
        if (auto settled = builder.settle(flow, node); !settled) return failure(settled.error());
    return take_image(builder, node, flow);
}

struct Pool {
    Image image;
    Window window;
    Shape space;  ///< positions of windows
};

/// What both kinds of pools slide over the value, without dilation.
Result<Pool> read_pool(Builder& builder, const Node& node, Flow& flow, bool is_maximum) {
    auto image = prepare(builder, node, flow, is_maximum);
    if (!image) return failure(image.error());
    auto window = read_window(node, image->space, {});
    if (!window) return failure(window.error());
    auto space = positions(node, image->space, *window);
    if (!space) return failure(space.error());
    if (std::ranges::any_of(window->dilations, [](int64_t v) { return v != 1; })) return refuse(node, "has a dilation");
    return Pool{std::move(*image), std::move(*window), std::move(*space)};
}

Result<void> max_pool(Builder& builder, const Node& node) {
    auto x = builder.flow(node, 0);
    if (!x) return failure(x.error());
    if (node.outputs.size() > 1 && !node.outputs[1].empty()) return refuse(node, "gives positions too (Indices)");
    const auto pool = read_pool(builder, node, *x, true);
    if (!pool) return failure(pool.error());
    const auto& [image, window, space] = *pool;
    for (size_t axis = 0; axis < space.size(); ++axis)
        if (window.before[axis] >= window.size[axis] || window.after[axis] >= window.size[axis])
            return refuse(node, "has windows of padding only");
    builder.program().use("nn");
    Builder::call(*x, "nn.max_pool" + std::to_string(space.size()) + "d",
                  each_axis_text(window.size) + window_arguments(window, true));
    set_image(node, *x, space, image.channels);
    builder.set(node, 0, std::move(*x));
    return {};
}

/// Sums over windows, and a division that the steps keep.
Result<void> average_pool(Builder& builder, const Node& node) {
    auto x = builder.flow(node, 0);
    if (!x) return failure(x.error());
    const auto pool = read_pool(builder, node, *x, false);
    if (!pool) return failure(pool.error());
    const auto& [image, window, space] = *pool;
    const bool counts_padding = node.integer("count_include_pad", 0) != 0;
    if (window.has_padding() && (!counts_padding || node.integer("ceil_mode", 0) != 0))
        return refuse(node, "divides by the elements of each window that are no padding",
                      "use count_include_pad=1 without ceil_mode, or no padding");
    int64_t count = 1;
    for (const int64_t extent : window.size) count *= extent;
    if (count > (int64_t{1} << 24)) return refuse(node, "has too large a window");
    builder.program().use("nn");
    const bool is_exact = (count & (count - 1)) == 0;
    Builder::call(*x, "nn.avg_pool" + std::to_string(space.size()) + "d",
                  each_axis_text(window.size) + window_arguments(window, true) + (is_exact ? "" : ", scale: 1"));
    x->low = std::min(x->low, Dyadic());
    x->high = std::max(x->high, Dyadic());
    set_image(node, *x, space, image.channels);
    if (is_exact) {
        x->f += power_of_two(static_cast<double>(count)).value_or(0);
    } else {
        x->low = x->low * Dyadic(Int(count));
        x->high = x->high * Dyadic(Int(count));
        x->steps.push_back(Step::scale(Real(Rational(Dyadic(1), Int(1)) / Rational(Dyadic(Int(count))))));
    }
    builder.set(node, 0, std::move(*x));
    return {};
}

Result<void> global_pool(Builder& builder, const Node& node) {
    auto x = builder.flow(node, 0);
    if (!x) return failure(x.error());
    const bool is_maximum = node.type == "GlobalMaxPool";
    const auto image = prepare(builder, node, *x, is_maximum);
    if (!image) return failure(image.error());
    int64_t count = 1;
    for (const int64_t extent : image->space) count *= extent;
    builder.program().use("nn");
    const bool is_exact = (count & (count - 1)) == 0;
    if (is_maximum) {
        Builder::call(*x, "nn.global_max");
    } else {
        Builder::call(*x, "nn.global_avg", is_exact ? "" : "1");
        if (is_exact) {
            x->f += power_of_two(static_cast<double>(count)).value_or(0);
        } else {
            x->low = x->low * Dyadic(Int(count));
            x->high = x->high * Dyadic(Int(count));
            x->steps.push_back(Step::scale(Real(Rational(1) / Rational(Dyadic(Int(count))))));
        }
    }
    // The result has axes of extent 1 where the positions were.
    x->shape = {image->channels};
    x->is_channels_last = false;
    const Shape ones(image->space.size(), 1);
    Shape full = is_channels_last(node) ? ones : Shape{image->channels};
    if (is_channels_last(node))
        full.push_back(image->channels);
    else
        full.insert(full.end(), ones.begin(), ones.end());
    Builder::call(*x, "reshape", to_string(full));
    x->shape = full;
    builder.set(node, 0, std::move(*x));
    return {};
}

constexpr OperatorEntry entries[] = {{"MaxPool", max_pool},
                                     {"AveragePool", average_pool},
                                     {"GlobalAveragePool", global_pool},
                                     {"GlobalMaxPool", global_pool}};

}  // namespace

std::span<const OperatorEntry> pooling_operators() { return entries; }

}  // namespace dal::importer::onnx
