#include "dal/circuit/copy.hpp"

namespace dal::circuit {

std::vector<bool> copy_inputs(const Circuit& from, Circuit& to, std::vector<WireId>& wires) {
    for (const Origin& origin : from.origins()) to.add_origin(origin);
    for (const InputTensor& tensor : from.input_tensors()) to.add_input_tensor(tensor);
    std::vector<bool> is_input(from.size());
    for (const Input& input : from.inputs()) {
        const auto id = static_cast<size_t>(input.wire);
        is_input[id] = true;
        wires[id] = to.input(input.tensor, input.element, input.format, input.declared, from[input.wire].origin);
    }
    return is_input;
}

void copy_outputs(const Circuit& from, Circuit& to, const std::vector<WireId>& wires) {
    for (const OutputTensor& output : from.outputs()) {
        OutputTensor copy = output;
        for (WireId& wire : copy.elements) wire = wires[static_cast<size_t>(wire)];
        to.add_output(std::move(copy));
    }
}

}  // namespace dal::circuit
