// A circuit as ALIR, the JSON of alkaid: what it writes itself, so that it can continue there. docs/import/alir.md
// describes the form.
#pragma once

#include <string>

#include "dal/circuit/circuit.hpp"
#include "dal/support/diagnostic.hpp"

namespace dal::emit {

inline constexpr std::string_view alir_name = "model.json";

/// Input j of the file is element j of all input tensors, one tensor after the other; outputs likewise. The file takes
/// the numbers that the circuit's formats make of inputs; only trn and wrap it does itself. Costs and latencies are
/// those of dal's model, in LUTs and adder levels. Error: not_in_target.
Result<std::string> alir_text(const circuit::Circuit& circuit);

}  // namespace dal::emit
