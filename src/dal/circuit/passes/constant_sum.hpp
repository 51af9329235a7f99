// Sums with a constant: biases, and what rounding adds.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "dal/circuit/circuit.hpp"

namespace dal::circuit {

/// x + constant, x = ±wire·2^shift. The wire is no shift itself.
struct ConstantSum {
    WireId wire{};
    int shift = 0;
    bool negated = false;
    Dyadic constant;
};

/// Nothing if the operation is no such sum, or is computed modulo a power of two.
std::optional<ConstantSum> as_constant_sum(const Circuit& circuit, const Operation& operation);

/// How often the `live` operations, the outputs and what is kept use each wire. Users of a shift use what it is made
/// of.
std::vector<uint32_t> uses_through_shifts(const Circuit& circuit, const std::vector<bool>& live);

}  // namespace dal::circuit
