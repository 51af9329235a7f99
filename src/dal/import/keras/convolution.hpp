// What convolutions of Keras and of HGQ 2 have in common.
#pragma once

#include "dal/import/keras/dense.hpp"

namespace dal::importer::keras {

/// The geometry of a convolution or a pooling, over the axes of positions.
struct Windows {
    std::vector<int64_t> size;
    std::vector<int64_t> strides;
    std::vector<int64_t> dilation;
    std::string padding = "valid";  ///< "valid", "same", "causal"
    bool has_channels_first = false;

    /// How many positions the windows have along each axis. Error: bad_model_file if no window fits.
    [[nodiscard]] Result<Shape> positions(const LayerContext& layer, const Shape& extents) const;
    /// "stride: 2, padding: \"same\"", with a comma in front of each; nothing for what is usual.
    [[nodiscard]] std::string arguments() const;
    /// The arguments of a pooling: "2", "[2, 3], stride: 1".
    [[nodiscard]] std::string pool() const;
};

/// Of a layer over `axes` axes: keys `size_key`, strides, padding, dilation_rate, data_format.
Result<Windows> read_windows(const LayerContext& layer, std::string_view size_key, size_t axes);

/// The extents of the axes of positions. Error: bad_model_file if the value has another rank.
Result<Shape> positions_of(const LayerContext& layer, const Windows& windows, const Shape& shape);

/// A value with its channels behind, and back in front.
Value channels_last(const Value& value);
Value channels_first(const Value& value);

/// Where kernels of convolutions belong: "conv2d" of 2.
struct Convolution {
    Windows windows;
    int64_t groups = 1;
};
Result<Convolution> read_convolution(const LayerContext& layer, size_t axes);

/// x, rounded to a format or not, with a kernel [size…, channels in / groups, channels out] and a bias or none.
Result<Value> convolution_expression(LayerContext& layer, const Convolution& convolution, const RoundedInput& x,
                                     const Parameter& kernel, const std::optional<Parameter>& bias);

}  // namespace dal::importer::keras
