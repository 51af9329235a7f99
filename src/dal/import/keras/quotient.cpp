#include "dal/import/keras/quotient.hpp"

#include <algorithm>
#include <cmath>

namespace dal::importer::keras {

Result<Value> without_quotient(LayerContext& layer, const Value& value, std::string_view part, const Formats& formats) {
    if (!value.quotient) return value;
    const auto [divisor, dividend] = *value.quotient;
    int finest = 0;
    bool is_first = true;
    for (int64_t at = 0; at < formats.size(); ++at) {
        const Kif kif = formats.at(at).kif;
        if (kif.is_zero()) continue;
        finest = is_first ? kif.f : std::max(finest, kif.f);
        is_first = false;
    }
    layer.program().use("nn");
    layer.decide("a division by " + std::to_string(divisor) + " is rounded as the exact quotient");
    const bool has_ties = formats.round != Round::trn && formats.round != Round::rnd;
    return layer.program().let(layer.name() + "_" + std::string(part) + "_mean",
                               "nn.quotient(" + value.text + ", " + std::to_string(divisor) + ", " +
                                   dividend.to_string() + ", " + std::to_string(finest) +
                                   (has_ties ? ")" : ", ties: false)"),
                               value.shape);
}

}  // namespace dal::importer::keras
