#include "dal/import/qkeras/folding.hpp"

#include <cmath>

#include "dal/import/keras/float32.hpp"

namespace dal::importer::qkeras {
namespace {

namespace float32 = keras::float32;

/// An array for each channel; `otherwise` where the layer has none.
Result<std::vector<double>> statistics(const LayerContext& layer, std::string_view name, int64_t channels, bool has,
                                       double otherwise) {
    if (!has) return std::vector<double>(static_cast<size_t>(channels), otherwise);
    auto stored = variable(layer, name, {channels});
    if (!stored) return failure(std::move(stored.error()));
    return std::move(stored->values);
}

/// What folding makes of each channel.
struct Channels {
    std::vector<double> factor;  ///< gamma / sqrt(variance + epsilon)
    std::vector<double> bias;
};

Result<Channels> fold_channels(const LayerContext& layer, int64_t channels, double nudge) {
    const auto mean = statistics(layer, "moving_mean", channels, true, 0);
    if (!mean) return failure(mean.error());
    const auto variance = statistics(layer, "moving_variance", channels, true, 0);
    if (!variance) return failure(variance.error());
    const auto gamma = statistics(layer, "gamma", channels, layer.flag("scale", true), 1);
    if (!gamma) return failure(gamma.error());
    const auto beta = statistics(layer, "beta", channels, layer.flag("center", true), 0);
    if (!beta) return failure(beta.error());
    const auto bias = statistics(layer, "bias", channels, layer.flag("use_bias", true), 0);
    if (!bias) return failure(bias.error());
    const double epsilon = layer["epsilon"].number().value_or(0.001);
    Channels result;
    for (size_t at = 0; at < mean->size(); ++at) {
        if (!((*variance)[at] + epsilon > 0)) return failure(layer.bad("has a variance that is not positive"));
        const double root = static_cast<float>(inverse_root((*variance)[at], epsilon) * (1 + nudge));
        const double factor = float32::multiply(root, (*gamma)[at]);
        result.factor.push_back(factor);
        result.bias.push_back(
            float32::add(float32::multiply(factor, float32::subtract((*bias)[at], (*mean)[at])), (*beta)[at]));
    }
    return result;
}

Result<Folded> fold_with(const LayerContext& layer, const Tensor& kernel, std::string_view quantizer_key,
                         const Channels& channels) {
    Tensor folded = kernel;
    for (size_t at = 0; at < folded.values.size(); ++at)
        folded.values[at] = float32::multiply(channels.factor[at % channels.factor.size()], kernel.values[at]);
    auto rounded_kernel = rounded(layer, quantizer_key, folded, Role::kernel);
    if (!rounded_kernel) return failure(std::move(rounded_kernel.error()));
    auto rounded_bias = rounded(layer, "bias_quantizer",
                                Tensor{{static_cast<int64_t>(channels.bias.size())}, channels.bias}, Role::other);
    if (!rounded_bias) return failure(std::move(rounded_bias.error()));
    return Folded{std::move(*rounded_kernel), std::move(*rounded_bias)};
}

}  // namespace

double inverse_root(double variance, double epsilon) {
    return static_cast<float>(1 / std::sqrt(float32::add(variance, epsilon)));
}

Result<Folded> fold(const LayerContext& layer, const Tensor& kernel, std::string_view quantizer_key, int64_t channels) {
    const auto exact = fold_channels(layer, channels, 0);
    if (!exact) return failure(exact.error());
    auto folded = fold_with(layer, kernel, quantizer_key, *exact);
    if (!folded) return folded;
    if (!folded->kernel.formats && !folded->bias.formats) return folded;
    // Roots of float32 numbers differ in their last bits from machine to machine: no rounding may depend on these.
    constexpr double last_bits = 2.5e-7;
    for (const double nudge : {-last_bits, last_bits}) {
        const auto other_channels = fold_channels(layer, channels, nudge);
        if (!other_channels) return failure(other_channels.error());
        const auto other = fold_with(layer, kernel, quantizer_key, *other_channels);
        if (!other) return failure(other.error());
        const bool differs = (folded->kernel.formats && other->kernel.value.values != folded->kernel.value.values) ||
                             (folded->bias.formats && other->bias.value.values != folded->bias.value.values);
        if (differs)
            return failure(layer.inexact(
                "has a folded parameter so near to a tie that the last bit of a float32 root decides how it is rounded",
                "fold the normalization before saving: `qkeras.utils.convert_to_folded_model`"));
    }
    return folded;
}

}  // namespace dal::importer::qkeras
