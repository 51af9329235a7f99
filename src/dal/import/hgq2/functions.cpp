// Layers that are a function of each number: QUnaryFunctionLUT, and QAffinedUnaryFunctionLUT, which multiplies and adds
// before. Input and output are rounded, so the function is a table; one for all elements, as it is the same function,
// unless the output formats differ.
#include <array>
#include <cmath>

#include "dal/import/hgq2/parts.hpp"
#include "dal/import/hgq2/rows.hpp"
#include "dal/import/hgq2/table.hpp"

namespace dal::importer::hgq2 {
namespace {

/// x · factor + offset in float32, before the activation.
struct Affine {
    float factor = 1;
    float offset = 0;
};

Result<Affine> read_affine(const LayerContext& layer) {
    Affine affine;
    for (const auto& [position, name, value] :
         {std::tuple(0, "scale", &affine.factor), std::tuple(1, "bias", &affine.offset)}) {
        auto stored = layer.variables().at(static_cast<size_t>(position), name, {1});
        if (!stored) return failure(std::move(stored.error()));
        *value = static_cast<float>(stored->values[0]);
    }
    return affine;
}

/// The activation of x · factor + offset. Some machines round between product and sum, some do not: where that makes a
/// difference, it counts as slack.
Float32 apply(const Activation& activation, const Affine& affine, float x) {
    const float product = x * affine.factor;
    const Float32 result = activation.at(product + affine.offset);
    const Float32 fused = activation.at(std::fma(x, affine.factor, affine.offset));
    return {result.value, result.slack + std::abs(result.value - fused.value)};
}

std::string described(const Activation& activation, const Affine& affine) {
    std::string text(activation.name);
    if (affine.factor != 1 || affine.offset != 0)
        text += " of " + std::to_string(affine.factor) + " x " + (affine.offset < 0 ? "- " : "+ ") +
                std::to_string(std::abs(affine.offset));
    return text;
}

Result<keras::Outputs> write_function(LayerContext& layer, const Affine& affine) {
    auto x = layer.any_input();
    if (!x) return failure(std::move(x.error()));
    auto activation = activation_of(layer, "activation");
    if (!activation) return failure(std::move(activation.error()));
    auto reads = keras::hgq_input_quantizer(layer);
    if (!reads) return failure(std::move(reads.error()));
    auto gives = keras::hgq_output_quantizer(layer);
    if (!gives) return failure(std::move(gives.error()));
    layer.comment(described(**activation, affine));
    const bool is_plain = affine.factor == 1 && affine.offset == 0;
    auto rounded = keras::quantize_data(layer, *x, "in", *reads);
    if (!rounded) return failure(std::move(rounded.error()));
    if (const auto exact = is_plain ? exact_activation(rounded->text, **activation) : std::nullopt) {
        auto result = gives->is_off ? Result<Value>(Value{*exact, x->shape})
                                    : keras::quantize_data(layer, {*exact, x->shape}, "out", *gives);
        if (!result) return failure(std::move(result.error()));
        return layer.write(result->text, result->shape);
    }
    auto from = table_formats(layer, *reads, "input");
    if (!from) return failure(std::move(from.error()));
    if (gives->is_off)
        return failure(
            layer.unsupported("gives the numbers of a function, and does not round them", "set `enable_oq`"));
    auto to = table_formats(layer, *gives, "output");
    if (!to) return failure(std::move(to.error()));
    // A table reads what it was made for, whatever a configuration says.
    if (layer.program().options().exactness == Exactness::off)
        rounded->text = "quantize(" + x->text + ", " + layer.format("in", *from) + ")";
    const TableSet set{"table", to->size() == 1 ? Shape{} : to->shape, &*from, &*to};
    if (to->size() != 1 && !is_broadcastable(to->shape, x->shape))
        return failure(
            layer.bad("has formats of shape " + to_string(to->shape) + " for numbers of shape " + to_string(x->shape)));
    auto tables = write_tables(layer, set, [&](int64_t, float v) { return apply(**activation, affine, v); });
    if (!tables) return failure(std::move(tables.error()));
    return layer.write(rounded->text + " |> lookup(" + tables->entries + ", " + tables->from + ")", x->shape);
}

Result<keras::Outputs> write_unary(LayerContext& layer) { return write_function(layer, {}); }

Result<keras::Outputs> write_affined(LayerContext& layer) {
    auto affine = read_affine(layer);
    if (!affine) return failure(std::move(affine.error()));
    return write_function(layer, *affine);
}

}  // namespace

std::span<const keras::LayerHandler> function_rows() {
    static const std::array rows{keras::LayerHandler{keras::Library::hgq, "QUnaryFunctionLUT", write_unary},
                                 keras::LayerHandler{keras::Library::hgq, "QAffinedUnaryFunctionLUT", write_affined}};
    return rows;
}

}  // namespace dal::importer::hgq2
