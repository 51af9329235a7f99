#include "dal/circuit/passes/constant_sum.hpp"

#include <array>
#include <span>

namespace dal::circuit {

std::optional<ConstantSum> as_constant_sum(const Circuit& circuit, const Operation& operation) {
    if ((operation.kind != Kind::add && operation.kind != Kind::sub) || is_wrapped(operation)) return std::nullopt;
    const Interval& a = circuit[operation.a].range;
    const Interval& b = circuit[operation.b].range;
    const bool minus = operation.kind == Kind::sub;
    if (a.is_constant() == b.is_constant()) return std::nullopt;
    ConstantSum sum{operation.b, operation.shift, minus, a.min()};
    if (b.is_constant()) {
        const Dyadic constant = b.min().shifted(operation.shift);
        sum = {operation.a, 0, false, minus ? -constant : constant};
    }
    for (; circuit[sum.wire].kind == Kind::shift; sum.wire = circuit[sum.wire].a) sum.shift += circuit[sum.wire].shift;
    return sum;
}

std::vector<uint32_t> uses_through_shifts(const Circuit& circuit, const std::vector<bool>& live) {
    std::vector<uint32_t> uses(circuit.size());
    for (const OutputTensor& output : circuit.outputs())
        for (const WireId wire : output.elements) ++uses[static_cast<size_t>(wire)];
    for (const WireId wire : circuit.kept()) ++uses[static_cast<size_t>(wire)];
    for (size_t id = circuit.size(); id-- > 0;) {
        if (!live[id]) continue;
        const Operation& x = circuit.operations()[id];
        const std::array operands{x.a, x.b, x.c};
        const auto count = static_cast<size_t>(operand_count(x.kind));
        for (const WireId operand : std::span(operands).first(count))
            uses[static_cast<size_t>(operand)] += x.kind == Kind::shift ? uses[id] : 1;
    }
    return uses;
}

}  // namespace dal::circuit
