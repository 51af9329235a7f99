// Dense layers of Keras: products with the float32 numbers as they are.
#include <array>

#include "dal/import/keras/dense.hpp"
#include "dal/import/keras/einsum.hpp"
#include "dal/import/keras/families.hpp"
#include "dal/import/keras/own_variables.hpp"

namespace dal::importer::keras {
namespace {

Result<std::optional<Parameter>> exact_bias(LayerContext& layer, const OwnVariables& own, bool has_bias) {
    if (!has_bias) return std::nullopt;
    const auto bias = own.at("bias");
    if (!bias) return failure(bias.error());
    auto parameter = exact_parameter(layer, "bias", *bias);
    if (!parameter) return failure(std::move(parameter.error()));
    return std::move(*parameter);
}

Result<Outputs> write_dense(LayerContext& layer) {
    auto input = layer.input();
    if (!input) return failure(std::move(input.error()));
    const auto units = layer.count("units");
    if (!units) return failure(units.error());
    if (input->shape.empty()) return failure(layer.bad("reads a value without channels"));
    const bool has_bias = layer.flag("use_bias", true);
    const OwnVariables own(layer, {"kernel", has_bias ? "bias" : ""});
    const auto trained = own.at("kernel", {input->shape.back(), *units});
    if (!trained) return failure(trained.error());
    const auto kernel = exact_parameter(layer, "kernel", *trained);
    if (!kernel) return failure(kernel.error());
    const auto bias = exact_bias(layer, own, has_bias);
    if (!bias) return failure(bias.error());
    if (*bias && (*bias)->shape != Shape{*units}) return failure(layer.bad("has a bias of another shape"));
    return finish_layer(layer, dense_expression(layer, {*input, {}}, *kernel, *bias));
}

Result<Outputs> write_einsum_dense(LayerContext& layer) {
    auto input = layer.input();
    if (!input) return failure(std::move(input.error()));
    const bool has_bias = !layer["bias_axes"].string().empty();
    const OwnVariables own(layer, {"kernel", has_bias ? "bias" : ""});
    const auto trained = own.at("kernel");
    if (!trained) return failure(trained.error());
    const auto einsum =
        read_einsum(layer, layer["equation"].string(), {input->shape.size(), trained->shape.size()}, false);
    if (!einsum) return failure(einsum.error());
    auto shape = einsum_shape(layer, *einsum, {input->shape, trained->shape});
    if (!shape) return failure(std::move(shape.error()));
    const auto kernel = exact_parameter(layer, "kernel", *trained);
    if (!kernel) return failure(kernel.error());
    const auto bias = exact_bias(layer, own, has_bias);
    if (!bias) return failure(bias.error());
    if (*bias && !is_broadcastable((*bias)->shape, *shape)) return failure(layer.bad("has a bias of another shape"));
    std::string text = "einsum(\"" + einsum->text() + "\", " + input->text + ", " + kernel->text + ")";
    if (*bias && (*bias)->text != "0") text += " + " + (*bias)->text;
    return finish_layer(layer, {text, std::move(*shape)});
}

}  // namespace

std::span<const LayerHandler> dense_layers() {
    static constexpr std::array rows{
        LayerHandler{Library::keras, "Dense", write_dense},
        LayerHandler{Library::keras, "EinsumDense", write_einsum_dense},
    };
    return rows;
}

}  // namespace dal::importer::keras
