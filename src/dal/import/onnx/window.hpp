// Windows that slide over axes: convolutions and pooling.
#pragma once

#include "dal/import/onnx/builder.hpp"

namespace dal::importer::onnx {

struct Window {
    Shape size;
    Shape strides;
    Shape dilations;
    Shape before;  ///< padding
    Shape after;

    [[nodiscard]] bool has_padding() const;
};

/// Attributes of a node that works over the axes of `space`. `size` is that of the kernel, if the node has one.
/// `ceil_mode` is resolved: padding behind is made larger. Errors: unsupported_layer.
Result<Window> read_window(const Node& node, const Shape& space, const Shape& size);
/// How many windows there are along each axis. Error: none fits.
Result<Shape> positions(const Node& node, const Shape& space, const Window& window);
/// ", stride: 2, dilation: …, padding: …" as functions of `nn` take them; what is not there is left out. `pool`: the
/// default of stride is the size.
std::string window_arguments(const Window& window, bool is_pool);
/// "2", or "[2, 3]".
std::string each_axis_text(const Shape& numbers);

/// An image with its channels last in the program: the extents of space and channels of a flow, whatever the domain.
struct Image {
    Shape space;
    int64_t channels = 0;
};
/// Moves channels to the end. Error: no axis of channels, or more than three of space.
Result<Image> take_image(Builder& builder, const Node& node, Flow& flow);
/// Sets the shape of a result with channels last in the program.
void set_image(const Node& node, Flow& flow, const Shape& space, int64_t channels);

}  // namespace dal::importer::onnx
