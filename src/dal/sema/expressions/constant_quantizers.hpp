// Constants that get a format: by `quantize`, or because numbers of a file meet a variable where `with` says of which
// format weights and biases are. Internal to this layer.
#pragma once

#include "dal/sema/values/value.hpp"

namespace dal::sema {

class TensorOps;

/// quantize(x, formats) of a constant, or of a real constant. `map`: the formats of its elements. Reports real numbers
/// that cannot be rounded.
Value quantize_constant(TensorOps& e, const Placed& x, const Formats& formats, const FormatMap& map, const Span& format,
                        const Span& span);

/// A constant that meets a variable, in the format of the innermost `with` for this place (of `weight`, if there is
/// none for biases): if it was computed from floating-point numbers of a file that do not fit this format exactly, and
/// nobody quantized it. Anything else as it is. Reports numbers that the format does not hold; then Poison.
Placed in_place(TensorOps& e, const Placed& constant, Place place);

}  // namespace dal::sema
