// Whether two circuits compute the same: on random inputs, by the evaluator.
#pragma once

#include <optional>
#include <string>

#include "dal/circuit/circuit.hpp"

namespace dal::circuit {

/// What differs first, in words, on `samples` inputs that depend on the circuits alone: in the inputs that they have,
/// or in a value of an output or of a kept wire. Both have the same outputs and keep as many wires.
std::optional<std::string> first_difference(const Circuit& a, const Circuit& b, int64_t samples);

}  // namespace dal::circuit
