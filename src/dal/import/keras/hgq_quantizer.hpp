// Quantizers of HGQ 2 as they were trained: a format for each element that has one, from the configuration and the
// variables; and what they make of values and of parameters. What they compute at inference:
//
//   widths are floats, rounded half to even; k + i + f <= 0 is the constant 0; a KBI quantizer has f = b - i;
//   "S_RND" rounds as "RND" does, "SYM" is "SAT_SYM"; modes come in upper and in lower case;
//   a scaler divides before and multiplies after, then an affine function follows, all in float32;
//   with "WRAP", weights that are trained are only rounded (KBI: only with "RND"), all others wrap.
#pragma once

#include <optional>
#include <utility>

#include "dal/import/keras/layer.hpp"

namespace dal::importer::keras {

struct HgqQuantizer {
    bool is_off = false;       ///< values pass as they are
    bool only_rounds = false;  ///< what is too large stays
    Formats formats{};         ///< for data without the axis of the batch
    double scaler = 1;
    std::optional<std::pair<double, double>> affine{};  ///< factor, offset
};

/// What a quantizer is for: with the axis of the batch, or without.
enum class HgqPlace : uint8_t { data, parameter };

/// `config`: {"class_name": "QuantizerConfig", "config": {…}}, or null (off). `variables`: of the inner quantizer.
/// Errors: bad_model_file, inexact_layer (floating-point quantizers), unsupported_layer.
Result<HgqQuantizer> read_hgq_quantizer(const LayerContext& layer, const Json& config, const Variables& variables,
                                        HgqPlace place);

/// Where the variables of a layer's quantizer are: attribute "iq", in older files "dense_1_iq".
Variables hgq_quantizer_variables(const LayerContext& layer, const std::string& attribute);

/// The quantizer of a part of a layer: "kq" from `kq_conf`. Off if the configuration has none.
Result<HgqQuantizer> hgq_parameter_quantizer(const LayerContext& layer, const std::string& attribute);

/// The quantizer of the only input, "iq", and of the output, "oq": off where they are disabled.
Result<HgqQuantizer> hgq_input_quantizer(const LayerContext& layer);
Result<HgqQuantizer> hgq_output_quantizer(const LayerContext& layer);

/// The value as the quantizer leaves it, as an expression; `part` names the arrays of its formats. Where it is off the
/// value must be quantized already. Errors: unknown_input_format, bad_model_file (another shape), inexact_layer.
Result<Value> quantize_data(LayerContext& layer, const Value& value, std::string_view part,
                            const HgqQuantizer& quantizer);

/// A value and the format that a function of `nn` is to round it to; no format where nothing is left to round.
struct RoundedInput {
    Value value;
    std::string format;
};
Result<RoundedInput> round_input(LayerContext& layer, const Value& value, std::string_view part,
                                 const HgqQuantizer& quantizer);

/// The numbers that a quantizer makes of trained ones.
Tensor hgq_quantized(const Tensor& trained, const HgqQuantizer& quantizer);

/// A parameter of the program: its text. Error: bad_model_file if formats and numbers have other shapes.
Result<std::string> hgq_parameter(LayerContext& layer, std::string_view part, const Tensor& trained,
                                  const HgqQuantizer& quantizer);

}  // namespace dal::importer::keras
