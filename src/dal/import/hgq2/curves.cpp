#include "dal/import/hgq2/curves.hpp"

#include <algorithm>
#include <array>

#include "dal/import/hgq2/parts.hpp"
#include "dal/import/hgq2/steps.hpp"

namespace dal::importer::hgq2 {
namespace {

bool is_straight(std::string_view name) {
    constexpr std::array straight{"linear", "relu", "relu6", "leaky_relu", "hard_tanh"};
    return std::ranges::find(straight, name) != straight.end();
}

/// What the sums of the layer are multiples of: 2 to the power of minus this.
int sum_grid(const LayerContext& layer) {
    const auto finest = [&](const std::string& attribute, HgqPlace place) {
        auto quantizer = stored_quantizer(layer, layer.variables(), attribute, layer[attribute + "_conf"], place);
        return !quantizer || quantizer->is_off ? 0 : std::ranges::max(quantizer->formats.f);
    };
    return std::max(finest("iq", HgqPlace::data) + finest("kq", HgqPlace::parameter),
                    finest("bq", HgqPlace::parameter));
}

}  // namespace

Result<std::optional<Value>> write_curve(LayerContext& layer, const Value& sums) {
    const auto name = activation_name(layer["activation"]);
    const Activation* activation = name ? find_activation(*name) : nullptr;
    if (activation == nullptr || sums.quotient || is_straight(*name) || !layer.flag("enable_oq", false))
        return std::nullopt;
    if (!activation->never_falls)
        return failure(layer.unsupported("has the activation `" + *name + "` of sums that are not rounded",
                                         "write it as a QUnaryFunctionLUT behind the layer"));
    auto quantizer = keras::hgq_output_quantizer(layer);
    if (!quantizer) return failure(std::move(quantizer.error()));
    auto to = table_formats(layer, *quantizer, "output");
    if (!to) return failure(std::move(to.error()));
    if (!is_broadcastable(to->shape, sums.shape))
        return failure(layer.bad("has formats of shape " + to_string(to->shape) + " for numbers of shape " +
                                 to_string(sums.shape)));
    const Value named = layer.program().let(layer.name() + "_sums", sums.text, sums.shape);
    auto text = write_steps(layer, named.text, {*name, activation->at, &*to, sum_grid(layer)});
    if (!text) return failure(std::move(text.error()));
    return Value{*text, sums.shape};
}

}  // namespace dal::importer::hgq2
