// Means over numbers of elements that are no power of two, and scalers that are none: a value that is divided only when
// a quantizer rounds it, by `nn.quotient`, so that it is rounded as the exact quotient is.
#pragma once

#include "dal/import/keras/layer.hpp"

namespace dal::importer::keras {

/// The value divided by what is left to divide by, if there is something, as a number that `formats` round as they
/// round the exact quotient. `part` names it.
Result<Value> without_quotient(LayerContext& layer, const Value& value, std::string_view part, const Formats& formats);

}  // namespace dal::importer::keras
