// Convolutions of HGQ 2 over one, two and three axes.
#include <algorithm>
#include <array>

#include "dal/import/keras/convolution.hpp"
#include "dal/import/keras/families.hpp"
#include "dal/import/keras/hgq_parts.hpp"

namespace dal::importer::keras {
namespace {

template <size_t axes>
Result<Outputs> write_convolution(LayerContext& layer) {
    auto input = layer.any_input();
    if (!input) return failure(std::move(input.error()));
    const auto convolution = read_convolution(layer, axes);
    if (!convolution) return failure(convolution.error());
    const auto filters = layer.count("filters");
    if (!filters) return failure(filters.error());
    const bool has_bias = layer.flag("use_bias", true);
    const OwnVariables own(layer, {"kernel", has_bias ? "bias" : ""});
    auto kernel = own.at("kernel");
    if (!kernel) return failure(std::move(kernel.error()));
    if (kernel->shape.size() != axes + 2 || kernel->shape.back() != *filters ||
        !std::equal(kernel->shape.begin(), kernel->shape.begin() + axes, convolution->windows.size.begin()))
        return failure(layer.bad("has a kernel of shape " + to_string(kernel->shape)));
    HgqTrained trained{std::move(*kernel)};
    if (has_bias) {
        auto bias = own.at("bias", {*filters});
        if (!bias) return failure(std::move(bias.error()));
        trained.bias = std::move(*bias);
    }
    auto parts = hgq_parts(layer, *input, trained);
    if (!parts) return failure(std::move(parts.error()));
    auto expression = convolution_expression(layer, *convolution, parts->input, parts->kernel, parts->bias);
    if (!expression) return failure(std::move(expression.error()));
    return finish_layer(layer, *expression);
}

}  // namespace

std::span<const LayerHandler> hgq_convolution_layers() {
    static constexpr std::array rows{
        LayerHandler{Library::hgq, "QConv1D", write_convolution<1>},
        LayerHandler{Library::hgq, "QConv2D", write_convolution<2>},
        LayerHandler{Library::hgq, "QConv3D", write_convolution<3>},
    };
    return rows;
}

}  // namespace dal::importer::keras
