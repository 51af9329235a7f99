#include "dal/circuit/passes/merge_adders.hpp"

#include <array>

#include "dal/circuit/cost/cost.hpp"
#include "dal/numeric/window.hpp"
#include "dal/support/forest_matching.hpp"

namespace dal::circuit {
namespace {

bool is_sum(const Operation& operation) { return operation.kind == Kind::add || operation.kind == Kind::sub; }

/// The only operation that uses each wire; no_parent where there are several, or an output.
std::vector<size_t> only_users(const Circuit& circuit) {
    std::vector<size_t> users(circuit.size(), no_parent);
    std::vector<int> count(circuit.size(), 0);
    for (size_t id = 0; id < circuit.size(); ++id) {
        const Operation& operation = circuit.operations()[id];
        const std::array<WireId, 3> operands{operation.a, operation.b, operation.c};
        for (int j = 0; j < operand_count(operation.kind); ++j) {
            const auto operand = static_cast<size_t>(operands[static_cast<size_t>(j)]);
            users[operand] = id;
            ++count[operand];
        }
    }
    for (const OutputTensor& output : circuit.outputs())
        for (const WireId wire : output.elements) count[static_cast<size_t>(wire)] += 2;
    for (const WireId wire : circuit.kept()) count[static_cast<size_t>(wire)] += 2;
    for (size_t id = 0; id < users.size(); ++id)
        if (count[id] != 1) users[id] = no_parent;
    return users;
}

/// Whether `outer` modulo its power of two does not see that `inner` was taken modulo another.
bool agrees(const Operation& inner, const Operation& outer, int shift) {
    if (!is_wrapped(inner)) return true;
    return is_wrapped(outer) && top_of(outer.slice) <= top_of(inner.slice) + shift;
}

}  // namespace

Circuit merge_adders(const Circuit& from) {
    Circuit circuit = from;
    std::vector<size_t> users = only_users(circuit);
    std::vector<int64_t> gains(users.size(), 0);
    for (size_t id = 0; id < users.size(); ++id) {
        const auto inner = static_cast<WireId>(id);
        const Operation part = circuit[inner];
        if (users[id] == no_parent) continue;
        const auto outer = static_cast<WireId>(users[id]);
        const Operation sum = circuit[outer];
        const int shift = sum.b == inner ? sum.shift : 0;
        const auto is_constant = [&](WireId wire) { return circuit[wire].kind == Kind::constant; };
        const bool is_possible =
            is_sum(part) && is_sum(sum) && agrees(part, sum, shift) && !is_constant(part.a) && !is_constant(part.b);
        if (!is_possible) {
            users[id] = no_parent;
            continue;
        }
        const int64_t before = half_luts(circuit, inner) + half_luts(circuit, outer);
        circuit.set_merged(inner, true);
        gains[id] = before - half_luts(circuit, outer);
        circuit.set_merged(inner, false);
    }
    const std::vector<bool> merged = heaviest_matching(users, gains);
    for (size_t id = 0; id < merged.size(); ++id)
        if (merged[id]) circuit.set_merged(static_cast<WireId>(id), true);
    return circuit;
}

}  // namespace dal::circuit
