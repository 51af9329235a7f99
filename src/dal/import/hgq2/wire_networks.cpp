#include <algorithm>
#include <cmath>
#include <limits>

#include "dal/import/hgq2/wires.hpp"

namespace dal::importer::hgq2 {
namespace {

constexpr int64_t most_hidden_layers = 64;

/// The trained array of a layer of the networks: [wires…, inputs, outputs] or, at the end, [wires…, inputs].
Result<Tensor> read_array(const LayerContext& layer, const Variables& variables, size_t position, std::string_view name,
                          const Shape& wires, size_t further) {
    auto array = variables.at(position, name);
    if (!array) return array;
    const bool fits =
        array->shape.size() == wires.size() + further && std::equal(wires.begin(), wires.end(), array->shape.begin());
    if (!fits)
        return failure(layer.bad("has a network with an array of shape " + to_string(array->shape) +
                                 " for wires of shape " + to_string(wires)));
    return array;
}

/// One unit in the last place of a float32 number.
float last_place(float value) {
    const float size = std::abs(value);
    return std::nextafter(size, std::numeric_limits<float>::infinity()) - size;
}

}  // namespace

Result<WireNetworks> WireNetworks::read(const LayerContext& layer, const Variables& variables, const Shape& wires,
                                        bool has_biases) {
    const auto hidden = layer["n_hl"].integer();
    if (!hidden || *hidden < 0 || *hidden > most_hidden_layers)
        return failure(layer.bad("has `n_hl`, which is no number from 0 to 64"));
    auto activation = activation_of(layer, "subnn_activation");
    if (!activation) return failure(std::move(activation.error()));
    Variables parts = attribute_of(variables, "module");
    if (parts.naming() == Variables::Naming::by_position) parts = parts.part("layers", "layers");
    WireNetworks networks;
    size_t inputs = 1;
    for (int64_t at = 0; at <= *hidden; ++at) {
        const bool is_last = at == *hidden;
        const Variables part = parts.numbered("einsum_dense", static_cast<size_t>(at));
        Layer each;
        auto kernel = read_array(layer, part, 0, "kernel", wires, is_last ? 1 : 2);
        if (!kernel) return failure(std::move(kernel.error()));
        each.kernel = std::move(*kernel);
        each.inputs = static_cast<size_t>(each.kernel.shape[wires.size()]);
        each.outputs = is_last ? 1 : static_cast<size_t>(each.kernel.shape.back());
        // QEinsumDenseT builds the first layer for as many inputs as hidden places: each reads the same number.
        if (each.inputs != inputs && at > 0) return failure(layer.bad("has networks whose layers do not fit together"));
        if (has_biases) {
            auto bias = read_array(layer, part, 1, "bias", wires, is_last ? 0 : 1);
            if (!bias) return failure(std::move(bias.error()));
            each.bias = std::move(*bias);
            if (each.bias.size() * static_cast<int64_t>(each.inputs) != each.kernel.size())
                return failure(layer.bad("has networks whose biases do not fit"));
        }
        each.activation = is_last ? find_activation("linear") : *activation;
        inputs = each.outputs;
        networks.layers_.push_back(std::move(each));
    }
    return networks;
}

bool WireNetworks::are_too_many(int64_t values) const {
    constexpr int64_t most_products = int64_t{1} << 26;
    int64_t products = 0;
    for (const Layer& layer : layers_) products += static_cast<int64_t>(layer.inputs * layer.outputs);
    return values > most_products / std::max<int64_t>(products, 1);
}

// Sums of products round in an order that libraries do not promise: their slack is what rounding each step may change,
// as if errors had signs at random.
Float32 WireNetworks::at(int64_t wire, float argument) const {
    std::vector<Float32> values{{argument, 0}};
    std::vector<Float32> next;
    for (const Layer& layer : layers_) {
        next.assign(layer.outputs, {});
        const double* kernel = layer.kernel.values.data() + static_cast<size_t>(wire) * layer.inputs * layer.outputs;
        for (size_t o = 0; o < layer.outputs; ++o) {
            float sum = 0;
            float carried = 0;  // the squares of slacks
            for (size_t i = 0; i < layer.inputs; ++i) {
                const auto weight = static_cast<float>(kernel[i * layer.outputs + o]);
                const Float32& x = values[values.size() == 1 ? 0 : i];
                const float product = weight * x.value;
                sum += product;
                const float own = layer.inputs == 1 ? 0 : last_place(std::max(std::abs(product), std::abs(sum))) / 2;
                const float passed = std::abs(weight) * x.slack;
                carried += own * own + passed * passed;
            }
            if (!layer.bias.values.empty()) {
                sum += static_cast<float>(layer.bias.values[static_cast<size_t>(wire) * layer.outputs + o]);
                carried += last_place(sum) * last_place(sum) / 4;
            }
            const float slack = std::sqrt(carried);
            const Float32 result = layer.activation->at(sum);
            const float bent = std::max(std::abs(layer.activation->at(sum + slack).value - result.value),
                                        std::abs(layer.activation->at(sum - slack).value - result.value));
            next[o] = {result.value, result.slack + bent};
        }
        std::swap(values, next);
    }
    return values[0];
}

Float32 Normalization::at(size_t place, const Float32& y) const {
    const float factor = factors[place];
    const float value = (y.value * factor + offsets[place]) / divisor;
    const float other = std::fma(y.value, factor, offsets[place]) * (1 / divisor);
    return {value, std::abs(y.slack * factor / divisor) + std::abs(value - other) + last_place(value)};
}

}  // namespace dal::importer::hgq2
