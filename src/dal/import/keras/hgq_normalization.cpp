// HGQ 2: the quantizer as a layer, and the batch normalization of its own.
#include <array>

#include "dal/import/keras/families.hpp"
#include "dal/import/keras/float32.hpp"
#include "dal/import/keras/hgq_parts.hpp"
#include "dal/import/keras/normalization.hpp"

namespace dal::importer::keras {
namespace {

Result<Outputs> write_quantizer(LayerContext& layer) {
    auto input = layer.any_input();
    if (!input) return failure(std::move(input.error()));
    const Variables& own = layer.variables();
    const Variables inner =
        own.naming() == Variables::Naming::by_position ? own.part("quantizer", "") : own.only_part();
    const auto quantizer = read_hgq_quantizer(layer, layer["config"], inner, HgqPlace::data);
    if (!quantizer) return failure(quantizer.error());
    if (quantizer->is_off) return *input;
    auto rounded = quantize_data(layer, *input, "q", *quantizer);
    if (!rounded) return failure(std::move(rounded.error()));
    Value value = layer.write(rounded->text, rounded->shape);
    value.format = rounded->format;
    return value;
}

Result<Outputs> write_batch_normalization(LayerContext& layer) {
    auto input = layer.any_input();
    if (!input) return failure(std::move(input.error()));
    const auto axis = normalized_axis(layer, input->shape);
    if (!axis) return failure(axis.error());
    const bool has_scale = layer.flag("scale", true);
    if (!layer.flag("center", true))
        return failure(layer.unsupported("has `center=False`: HGQ 2 0.2 adds 1 then, and other versions 0",
                                         "`center=True` with a beta of 0"));
    const OwnVariables own(layer, {has_scale ? "bn_gamma" : "", "bn_beta"}, {"moving_mean", "moving_variance"});
    const auto folded = fold_normalization(layer, own, input->shape[*axis], has_scale ? "bn_gamma" : "", "bn_beta");
    if (!folded) return failure(folded.error());
    const auto iq = hgq_input_quantizer(layer);
    if (!iq) return failure(iq.error());
    const auto kq = hgq_parameter_quantizer(layer, "kq");
    if (!kq) return failure(kq.error());
    const auto bq = hgq_parameter_quantizer(layer, "bq");
    if (!bq) return failure(bq.error());
    const auto scale = hgq_parameter(layer, "scale", folded->scale, *kq);
    if (!scale) return failure(scale.error());
    const auto offset = hgq_parameter(layer, "offset", folded->offset, *bq);
    if (!offset) return failure(offset.error());
    const auto value = quantize_data(layer, *input, "in", *iq);
    if (!value) return failure(value.error());
    return finish_layer(layer, normalization_expression(layer, *value, *axis, *scale, *offset));
}

}  // namespace

std::span<const LayerHandler> hgq_normalization_layers() {
    static constexpr std::array rows{
        LayerHandler{Library::hgq, "Quantizer", write_quantizer},
        LayerHandler{Library::hgq, "QBatchNormalization", write_batch_normalization},
    };
    return rows;
}

}  // namespace dal::importer::keras
