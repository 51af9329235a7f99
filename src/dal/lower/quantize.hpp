// Rounding and overflow as plain circuit operations. Private to this layer.
#pragma once

#include "dal/circuit/circuit.hpp"

namespace dal {

/// quantize(x, format) for a wire. `range` holds every value of the result; the wire's range lies within.
/// Nothing is built that the range of x makes unnecessary.
circuit::WireId build_quantize(circuit::Circuit& circuit, circuit::WireId x, const Format& format,
                               const Interval& range, uint32_t origin);

}  // namespace dal
