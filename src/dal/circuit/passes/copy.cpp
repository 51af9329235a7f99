#include "dal/circuit/passes/copy.hpp"

#include "dal/support/check.hpp"

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

WireId copy_operation(Circuit& to, const Operation& x, const std::vector<WireId>& wires) {
    const auto at = [&](WireId old) { return wires[static_cast<size_t>(old)]; };
    if (is_wrapped(x)) return to.wrapped(x.kind, at(x.a), at(x.b), x.shift, x.slice, x.origin, &x.range);
    switch (x.kind) {
        case Kind::input: break;
        case Kind::constant: return to.constant(x.range.min(), x.origin);
        case Kind::add: return to.add(at(x.a), at(x.b), x.shift, x.origin, &x.range);
        case Kind::sub: return to.sub(at(x.a), at(x.b), x.shift, x.origin, &x.range);
        case Kind::shift: return to.shift(at(x.a), x.shift, x.origin);
        case Kind::slice: return to.slice(at(x.a), x.slice, x.origin, &x.range);
        case Kind::mux: return to.mux(at(x.a), at(x.b), at(x.c), x.origin, &x.range);
        case Kind::bit_and:
        case Kind::bit_or:
        case Kind::bit_xor: return to.bitwise(x.kind, at(x.a), at(x.b), x.origin, &x.range);
        case Kind::bit_not: return to.bit_not(at(x.a), x.origin);
        case Kind::any: return to.any(at(x.a), x.origin);
        case Kind::less: return to.less(at(x.a), to[at(x.b)].range.min(), x.origin);
        case Kind::mul: return to.mul(at(x.a), at(x.b), x.origin, &x.range);
        case Kind::table: return to.table(at(x.a), x.index, x.origin, &x.range);
    }
    internal_error("kind", __FILE__, __LINE__, "inputs are built first");
}

void copy_outputs(const Circuit& from, Circuit& to, const std::vector<WireId>& wires) {
    for (const OutputTensor& output : from.outputs()) {
        OutputTensor copy = output;
        for (WireId& wire : copy.elements) wire = wires[static_cast<size_t>(wire)];
        to.add_output(std::move(copy));
    }
    for (const WireId wire : from.kept()) to.keep(wires[static_cast<size_t>(wire)]);
}

}  // namespace dal::circuit
