// QBatchNormalization: the four arrays are rounded, then folded to a factor and an offset in float32.
#include "dal/import/keras/normalization.hpp"

#include <array>

#include "dal/import/keras/float32.hpp"
#include "dal/import/qkeras/families.hpp"
#include "dal/import/qkeras/folding.hpp"

namespace dal::importer::qkeras {
namespace {

namespace float32 = keras::float32;
using keras::Library;
using keras::Outputs;

/// One of the arrays, rounded; `otherwise` for each channel where the layer has none.
Result<std::vector<double>> rounded_statistics(const LayerContext& layer, const std::string& name,
                                               const std::string& quantizer, int64_t channels, bool has,
                                               double otherwise) {
    if (!has) return std::vector<double>(static_cast<size_t>(channels), otherwise);
    if (!layer.config().has(quantizer)) return failure(layer.bad("does not say its `" + quantizer + "`"));
    const auto stored = variable(layer, name, {channels});
    if (!stored) return failure(stored.error());
    const bool is_factor = name == "gamma" || name == "moving_variance";
    auto made = rounded(layer, quantizer, *stored, is_factor ? Role::kernel : Role::other);
    if (!made) return failure(std::move(made.error()));
    return std::move(made->value.values);
}

Result<Outputs> write_batch_normalization(LayerContext& layer) {
    auto input = layer.input();
    if (!input) return failure(std::move(input.error()));
    const auto axis = keras::normalized_axis(layer, input->shape);
    if (!axis) return failure(axis.error());
    const int64_t channels = input->shape[*axis];
    const auto gamma = rounded_statistics(layer, "gamma", "gamma_quantizer", channels, layer.flag("scale", true), 1);
    if (!gamma) return failure(gamma.error());
    const auto beta = rounded_statistics(layer, "beta", "beta_quantizer", channels, layer.flag("center", true), 0);
    if (!beta) return failure(beta.error());
    const auto mean = rounded_statistics(layer, "moving_mean", "mean_quantizer", channels, true, 0);
    if (!mean) return failure(mean.error());
    const auto variance = rounded_statistics(layer, "moving_variance", "variance_quantizer", channels, true, 0);
    if (!variance) return failure(variance.error());
    const double epsilon = layer["epsilon"].number().value_or(0.001);
    Tensor scale{{channels}, {}};
    Tensor offset{{channels}, {}};
    for (size_t at = 0; at < gamma->size(); ++at) {
        if (!((*variance)[at] + epsilon > 0)) return failure(layer.bad("has a variance that is not positive"));
        scale.values.push_back(float32::multiply(inverse_root((*variance)[at], epsilon), (*gamma)[at]));
        offset.values.push_back(float32::subtract((*beta)[at], float32::multiply((*mean)[at], scale.values.back())));
    }
    const auto factor = keras::exact_parameter(layer, "scale", scale);
    if (!factor) return failure(factor.error());
    const auto added = keras::exact_parameter(layer, "offset", offset);
    if (!added) return failure(added.error());
    layer.decide("folded to a factor and an offset in float32, as QKeras computes them");
    const Value result = keras::normalization_expression(layer, *input, *axis, factor->text, added->text);
    return layer.write(result.text, result.shape);
}

}  // namespace

std::span<const keras::LayerHandler> normalization_layers() {
    static constexpr std::array rows{
        keras::LayerHandler{Library::qkeras, "QBatchNormalization", write_batch_normalization},
    };
    return rows;
}

}  // namespace dal::importer::qkeras
