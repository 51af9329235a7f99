// What the advanced layers of HGQ 2 have in common: quantizers of their parts, activations by name, and formats for
// tables.
#pragma once

#include "dal/import/hgq2/activation.hpp"
#include "dal/import/keras/hgq_quantizer.hpp"

namespace dal::importer::hgq2 {

using keras::HgqPlace;
using keras::HgqQuantizer;
using keras::LayerContext;
using keras::Variables;

/// The variables of an attribute of a layer, "query_dense": where they are in files that name them as the library names
/// its parts.
Variables attribute_of(const Variables& variables, const std::string& attribute);

/// A quantizer that is an attribute of a part of a layer: "iq" among `part`. `config` may be the short forms of HGQ 2,
/// `HardTanhConfig` and `HardSigmoidConfig`, which leave out what they fix.
Result<HgqQuantizer> part_quantizer(const LayerContext& layer, const Variables& part, const std::string& attribute,
                                    const Json& config, HgqPlace place);
/// The same where the part may have none: off then.
Result<HgqQuantizer> stored_quantizer(const LayerContext& layer, const Variables& part, const std::string& attribute,
                                      const Json& config, HgqPlace place);

/// The formats of a quantizer that does nothing but round: tables can read and hold its values. Errors:
/// unsupported_layer.
Result<Formats> table_formats(const LayerContext& layer, const HgqQuantizer& quantizer, std::string_view what);

/// What a quantizer makes of `v`, as the body of a function: an expression without names of its own. Errors:
/// unsupported_layer, bad_model_file.
Result<std::string> quantizer_body(LayerContext& layer, const std::string& v, std::string_view part,
                                   const HgqQuantizer& quantizer, const Shape& shape);

/// " * factor + offset", or nothing.
std::string affine_text(const HgqQuantizer& quantizer);

/// The activation that a key of the configuration names. Error: unsupported_layer, with the names that are known.
Result<const Activation*> activation_of(const LayerContext& layer, std::string_view key);

/// x with the activation, for functions that are exact without a table: linear, relu, relu6, hard_tanh. Nothing for
/// others.
std::optional<std::string> exact_activation(const std::string& x, const Activation& activation);

/// The layer calls its parameters "<layer>_<part>": the trained array at a position of `part`, rounded by its quantizer
/// `attribute`.
struct ParameterPlace {
    std::string name;       ///< "query_kernel"
    size_t position;        ///< among the arrays of the part
    std::string_view role;  ///< in older files: "kernel"
    std::string attribute;  ///< of its quantizer: "kq"
    std::string config;     ///< the key of that: "qkvo_kq_conf"
};
Result<std::string> part_parameter(LayerContext& layer, const Variables& part, const ParameterPlace& place,
                                   const Shape& shape);

/// Letters for the axes of an equation: "abc" for three, from `first` on.
std::string letters(size_t first, size_t count);

}  // namespace dal::importer::hgq2
