// A circuit as ALIR, the JSON of alkaid: what it writes itself, so that it can continue there. docs/import/alir.md
// describes the form.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dal/circuit/circuit.hpp"
#include "dal/support/diagnostic.hpp"

namespace dal::emit {

inline constexpr std::string_view alir_name = "model.json";

/// The inputs of the file: first the elements of all input tensors, one tensor after the other. An element that the
/// circuit rounds in two ways, not both of them trn and wrap, has further inputs at the end.
struct AlirInputs {
    int64_t count = 0;
    std::vector<int64_t> positions;  ///< of each of Circuit::inputs()
};
AlirInputs alir_inputs(const circuit::Circuit& circuit);
/// Whether the file rounds the number itself. Else it is to be given what the circuit's format makes of it.
bool is_rounded_in_alir(const circuit::Input& input) noexcept;

/// Outputs are the elements of all output tensors. Costs and latencies are those of dal's model, in LUTs and adder
/// levels. Error: not_in_target.
Result<std::string> alir_text(const circuit::Circuit& circuit);

}  // namespace dal::emit
