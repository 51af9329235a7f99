#include "dal/import/keras/hgq_parts.hpp"

#include "dal/import/keras/float32.hpp"

namespace dal::importer::keras {

Result<HgqParts> hgq_parts(LayerContext& layer, const Value& input, const HgqTrained& trained) {
    const auto iq = hgq_input_quantizer(layer);
    if (!iq) return failure(iq.error());
    const auto kq = hgq_parameter_quantizer(layer, "kq");
    if (!kq) return failure(kq.error());
    auto kernel = hgq_parameter(layer, "kernel", trained.kernel, *kq);
    if (!kernel) return failure(std::move(kernel.error()));
    HgqParts result{{}, {std::move(*kernel), trained.kernel.shape}};
    if (trained.bias) {
        const auto bq = hgq_parameter_quantizer(layer, "bq");
        if (!bq) return failure(bq.error());
        auto bias = hgq_parameter(layer, "bias", *trained.bias, *bq);
        if (!bias) return failure(std::move(bias.error()));
        result.bias = Parameter{std::move(*bias), trained.bias->shape};
    }
    auto rounded = round_input(layer, input, "in", *iq);
    if (!rounded) return failure(std::move(rounded.error()));
    result.input = std::move(*rounded);
    return result;
}

Result<Tensor> normalizing_factors(const OwnVariables& own, std::string_view gamma, const Tensor& variance,
                                   double epsilon) {
    Tensor factors{variance.shape, std::vector<double>(variance.values.size(), 1)};
    if (!gamma.empty()) {
        auto stored = own.at(gamma, variance.shape);
        if (!stored) return stored;
        factors = std::move(*stored);
    }
    for (size_t at = 0; at < factors.values.size(); ++at)
        factors.values[at] =
            float32::divide(factors.values[at], float32::sqrt(float32::add(variance.values[at], epsilon)));
    return factors;
}

}  // namespace dal::importer::keras
