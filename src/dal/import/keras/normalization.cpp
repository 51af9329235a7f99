// Batch normalization of Keras, which has no quantizers: an exact product and an exact sum with float32 numbers.
#include "dal/import/keras/normalization.hpp"

#include <array>

#include "dal/import/keras/families.hpp"
#include "dal/import/keras/float32.hpp"
#include "dal/import/keras/hgq_parts.hpp"
#include "dal/import/keras/merge.hpp"

namespace dal::importer::keras {

Result<size_t> normalized_axis(const LayerContext& layer, const Shape& shape) {
    const Json& key = layer["axis"];
    if (key.items().size() > 1) return failure(layer.unsupported("normalizes over several axes"));
    const auto rank = static_cast<int64_t>(shape.size()) + 1;
    const auto axis = key.is_null() ? -1 : (key.is_array() ? key[0] : key).integer();
    if (!axis || *axis < -rank || *axis >= rank || *axis == 0 || *axis == -rank)
        return failure(layer.bad("normalizes over an axis that is not there"));
    return static_cast<size_t>((*axis < 0 ? *axis + rank : *axis) - 1);
}

Result<FoldedNormalization> fold_normalization(const LayerContext& layer, const OwnVariables& own, int64_t channels,
                                               std::string_view gamma, std::string_view beta) {
    const auto epsilon = layer["epsilon"].number();
    if (!epsilon) return failure(layer.bad("has no `epsilon`"));
    const auto mean = own.at("moving_mean", {channels});
    if (!mean) return failure(mean.error());
    const auto variance = own.at("moving_variance", {channels});
    if (!variance) return failure(variance.error());
    auto scale = normalizing_factors(own, gamma, *variance, *epsilon);
    if (!scale) return failure(std::move(scale.error()));
    Tensor offset{{channels}, std::vector<double>(mean->values.size(), 0)};
    if (!beta.empty()) {
        auto stored = own.at(beta, {channels});
        if (!stored) return failure(std::move(stored.error()));
        offset = std::move(*stored);
    }
    for (size_t at = 0; at < offset.values.size(); ++at)
        offset.values[at] =
            float32::subtract(offset.values[at], float32::multiply(mean->values[at], scale->values[at]));
    return FoldedNormalization{std::move(*scale), std::move(offset)};
}

Value normalization_expression(LayerContext& layer, const Value& x, size_t axis, const std::string& scale,
                               const std::string& offset) {
    if (axis + 1 == x.shape.size()) {
        layer.program().use("nn");
        return {x.text + " |> nn.scale_offset(" + scale + ", " + offset + ")", x.shape};
    }
    Shape along(x.shape.size() - axis, 1);
    along.front() = x.shape[axis];
    const std::string shape = to_string(along);
    return {operand_text(x.text) + " * reshape(" + scale + ", " + shape + ") + reshape(" + offset + ", " + shape + ")",
            x.shape};
}

namespace {

Result<Outputs> write_batch_normalization(LayerContext& layer) {
    auto input = layer.input();
    if (!input) return failure(std::move(input.error()));
    const auto axis = normalized_axis(layer, input->shape);
    if (!axis) return failure(axis.error());
    const bool has_scale = layer.flag("scale", true);
    const bool has_center = layer.flag("center", true);
    const OwnVariables own(layer, {has_scale ? "gamma" : "", has_center ? "beta" : ""},
                           {"moving_mean", "moving_variance"});
    const auto folded =
        fold_normalization(layer, own, input->shape[*axis], has_scale ? "gamma" : "", has_center ? "beta" : "");
    if (!folded) return failure(folded.error());
    const auto scale = exact_parameter(layer, "scale", folded->scale);
    if (!scale) return failure(scale.error());
    const auto offset = exact_parameter(layer, "offset", folded->offset);
    if (!offset) return failure(offset.error());
    return finish_layer(layer, normalization_expression(layer, *input, *axis, scale->text, offset->text));
}

}  // namespace

std::span<const LayerHandler> normalization_layers() {
    static constexpr std::array rows{
        LayerHandler{Library::keras, "BatchNormalization", write_batch_normalization},
        LayerHandler{Library::keras, "BatchNormalizationV1", write_batch_normalization},
        LayerHandler{Library::keras, "SyncBatchNormalization", write_batch_normalization},
    };
    return rows;
}

}  // namespace dal::importer::keras
