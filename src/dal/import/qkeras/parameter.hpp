// Trained arrays as QKeras computes with them: what its quantizers make of float32 numbers, at inference.
//
//   alpha null on a kernel is "auto_po2", on a bias it is 1;
//   "auto_po2" is a power of two for each channel (the last axis), which is not stored: five rounds of least squares in
//   float32 find it. Where a logarithm is so near to a tie that float32 could round it either way, that is refused.
#pragma once

#include "dal/import/keras/dense.hpp"
#include "dal/import/qkeras/quantizer.hpp"

namespace dal::importer::qkeras {

enum class Role : uint8_t { kernel, other };

/// Numbers that were rounded, with the formats that did it; or with none, if they have scales that are no power of two.
struct Rounded {
    Tensor trained;
    Tensor value;
    std::optional<Formats> formats{};
    std::string note{};  ///< what was decided, or empty

    /// The same elements in another shape.
    [[nodiscard]] Rounded reshaped(const Shape& shape) const;
};

/// `quantizer`: none leaves the numbers as they are. Errors: inexact_layer, unsupported_layer, bad_model_file.
Result<Rounded> rounded(const LayerContext& layer, const std::optional<Quantizer>& quantizer, const Tensor& trained,
                        Role role);
/// By the quantizer under a key of the configuration, "kernel_quantizer".
Result<Rounded> rounded(const LayerContext& layer, std::string_view quantizer_key, const Tensor& trained, Role role);

/// A parameter of the program; kernels get a comment.
keras::Parameter parameter(LayerContext& layer, std::string_view part, const Rounded& rounded);

}  // namespace dal::importer::qkeras
