// A circuit that has every kind of operation on operands of one width.
#pragma once

#include "dal/circuit/circuit.hpp"

namespace dal::sim::test {

/// Every wire is an output element. `width` ≥ 1.
circuit::Circuit every_kind(int width);

}  // namespace dal::sim::test
