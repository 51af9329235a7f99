// Pipelining: which clock cycle each operation belongs to. The schedule only places registers; the
// Circuit itself does not change. Initiation interval 1.
#pragma once

#include <optional>

#include "dal/circuit/circuit.hpp"

namespace dal::circuit {

/// stage[w]: the stage, from 0, in which wire w is computed. A wire used in a later stage passes one
/// register per stage boundary. Outputs leave through a register after the last stage.
struct Schedule {
    std::vector<uint32_t> stage;
    uint32_t stages = 0;  ///< 0: combinational, no clock; n: inputs at cycle t give outputs at cycle t + n
    int64_t longest = 0;  ///< delay of the slowest stage, thousandths of an adder level
};

/// No registers.
Schedule combinational(const Circuit& circuit);
/// Exactly `stages` ≥ 1 stages with the slowest one as fast as the delay model allows.
Schedule pipeline_into(const Circuit& circuit, uint32_t stages);
/// As few stages as keep each within `limit` thousandths of an adder level; an operation that is slower
/// by itself gets a stage alone.
Schedule pipeline_within(const Circuit& circuit, int64_t limit);
/// Bits of registers that a schedule needs.
int64_t register_bits(const Circuit& circuit, const Schedule& schedule);

}  // namespace dal::circuit
