// QDense and QDenseBatchnorm.
#include <array>

#include "dal/import/qkeras/activation.hpp"
#include "dal/import/qkeras/families.hpp"
#include "dal/import/qkeras/folding.hpp"
#include "dal/import/qkeras/layers.hpp"

namespace dal::importer::qkeras {
namespace {

using keras::Library;
using keras::Outputs;

/// The kernel, [channels, outputs].
Result<Tensor> matrix(const LayerContext& layer, const Value& input) {
    auto trained = variable(layer, "kernel");
    if (!trained) return trained;
    if (input.shape.empty() || trained->shape.size() != 2 || trained->shape[0] != input.shape.back())
        return failure(layer.bad("has a kernel of shape " + to_string(trained->shape) + " for a value of shape " +
                                 to_string(input.shape)));
    return trained;
}

Result<Outputs> write_dense(LayerContext& layer) {
    auto input = layer.input();
    if (!input) return failure(std::move(input.error()));
    const auto trained = matrix(layer, *input);
    if (!trained) return failure(trained.error());
    const auto made = rounded(layer, "kernel_quantizer", *trained, Role::kernel);
    if (!made) return failure(made.error());
    const keras::Parameter kernel = parameter(layer, "kernel", *made);
    const auto offset = bias(layer, trained->shape[1]);
    if (!offset) return failure(offset.error());
    return finish_with_activation(layer, keras::dense_expression(layer, {*input, {}}, kernel, *offset));
}

Result<Outputs> write_dense_batchnorm(LayerContext& layer) {
    auto input = layer.input();
    if (!input) return failure(std::move(input.error()));
    const auto trained = matrix(layer, *input);
    if (!trained) return failure(trained.error());
    const auto folded = fold(layer, *trained, "kernel_quantizer", trained->shape[1]);
    if (!folded) return failure(folded.error());
    return finish_with_activation(
        layer, keras::dense_expression(layer, {*input, {}}, parameter(layer, "kernel", folded->kernel),
                                       parameter(layer, "bias", folded->bias)));
}

}  // namespace

std::span<const keras::LayerHandler> dense_layers() {
    static constexpr std::array rows{
        keras::LayerHandler{Library::qkeras, "QDense", write_dense},
        keras::LayerHandler{Library::qkeras, "QDenseBatchnorm", write_dense_batchnorm},
    };
    return rows;
}

}  // namespace dal::importer::qkeras
