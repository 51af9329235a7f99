// What layers of HGQ 2 with a kernel have in common: what they compute with before they round it, and that rounded.
#pragma once

#include "dal/import/keras/dense.hpp"
#include "dal/import/keras/own_variables.hpp"

namespace dal::importer::keras {

struct HgqTrained {
    Tensor kernel;
    std::optional<Tensor> bias{};
};

/// Input, kernel and bias as the program has them.
struct HgqParts {
    RoundedInput input;
    Parameter kernel;
    std::optional<Parameter> bias{};
};

/// Rounds all three by the quantizers `iq`, `kq` and `bq`, with a comment above.
Result<HgqParts> hgq_parts(LayerContext& layer, const Value& input, const HgqTrained& trained);

/// gamma / sqrt(variance + epsilon) in float32; `gamma` is empty where the layer has none.
Result<Tensor> normalizing_factors(const OwnVariables& own, std::string_view gamma, const Tensor& variance,
                                   double epsilon);

}  // namespace dal::importer::keras
