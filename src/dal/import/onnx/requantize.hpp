// Values that a model scales by numbers that are no powers of two, rounded again: exactly, by integers.
#pragma once

#include "dal/import/onnx/builder.hpp"

namespace dal::importer::onnx {

/// From which integer on (in units of 2^-f of a flow) a level is reached, for one element.
struct CodeLevel {
    enum class Kind : uint8_t { always, never, from, up_to };
    Kind kind = Kind::from;
    Int code{};
};

/// All levels of one element; nothing if a step is not monotone, or cannot be decided.
std::optional<std::vector<CodeLevel>> code_levels(const Flow& flow, const StepIndex& index, int64_t element,
                                                  const std::vector<Level>& levels);

/// The steps and the quantizer as `quantize(x * factor + offset, …)` with factors and offsets of as few bits as give
/// the same code for every value that there can be. The flow then holds (code - zero) · unit. False, and the flow is
/// what it was, if that cannot be.
bool requantize(Builder& builder, Flow& flow, const Quantizer& quantizer, const Dyadic& unit);

/// The steps and the quantizer as one table. False if it would be too large.
Result<bool> look_up(Builder& builder, const Node& node, Flow& flow, const Quantizer& quantizer, const Dyadic& unit);

}  // namespace dal::importer::onnx
