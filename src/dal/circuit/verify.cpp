// The structure of a Circuit, checked.
#include "dal/circuit/circuit.hpp"
#include "dal/circuit/range.hpp"
#include "dal/support/check.hpp"

namespace dal::circuit {
namespace {

std::string describe(const Circuit& circuit, size_t id) {
    return "wire %" + std::to_string(id) + " (" + std::string(to_string(circuit.operations()[id].kind)) + ")";
}

void verify_operation(const Circuit& circuit, size_t id) {
    static const Interval none;
    const Operation& operation = circuit.operations()[id];
    const int count = operand_count(operation.kind);
    const auto range_of = [&](WireId operand, int position) -> const Interval& {
        if (position >= count) return none;
        DAL_CHECK(static_cast<size_t>(operand) < id, describe(circuit, id) + " uses %" +
                                                         std::to_string(static_cast<uint32_t>(operand)) +
                                                         ", which does not come before it");
        return circuit[operand].range;
    };
    const Interval& a = range_of(operation.a, 0);
    const Interval& b = range_of(operation.b, 1);
    const Interval& c = range_of(operation.c, 2);
    DAL_CHECK(circuit.origins().empty() || operation.origin < circuit.origins().size(),
              describe(circuit, id) + " has origin " + std::to_string(operation.origin));
    if (operation.kind == Kind::mux) DAL_CHECK(is_condition(a), describe(circuit, id) + " selects by " + a.to_string());
    if (operation.kind == Kind::bit_not)
        DAL_CHECK(Interval(0, 1, 0).contains(a), describe(circuit, id) + " of " + a.to_string());
    if (operation.kind == Kind::less)
        DAL_CHECK(b.is_constant() && b.f() <= a.f() && a.contains(b),
                  describe(circuit, id) + " compares " + a.to_string() + " with " + b.to_string());
    if (operation.kind == Kind::input) {
        DAL_CHECK(operation.index < circuit.inputs().size(), describe(circuit, id) + " has no entry in inputs()");
        const Input& input = circuit.inputs()[operation.index];
        DAL_CHECK(static_cast<size_t>(input.wire) == id, describe(circuit, id) + " is not the wire of its input");
        DAL_CHECK(Interval::of(input.format.kif).contains(operation.range),
                  describe(circuit, id) + " has range " + operation.range.to_string() + " and format " +
                      input.format.to_string());
    }
    DAL_CHECK((operation.kind == Kind::constant) == operation.range.is_constant(),
              describe(circuit, id) + " has range " + operation.range.to_string());
    if (is_wrapped(operation)) {
        const bool can_wrap = operation.kind == Kind::add || operation.kind == Kind::sub || operation.kind == Kind::mul;
        DAL_CHECK(can_wrap, describe(circuit, id) + " is wrapped to " + operation.slice.to_string());
        const Interval shifted = b.shifted(operation.shift);
        const bool is_product = operation.kind == Kind::mul;
        const int64_t f = is_product ? int64_t{a.f()} + b.f() : std::max(a.f(), shifted.f());
        DAL_CHECK(a.is_zero() || shifted.is_zero() || f <= operation.slice.f,
                  describe(circuit, id) + " loses low bits in " + operation.slice.to_string());
    }
    if (operation.kind == Kind::table)
        DAL_CHECK(operation.index < circuit.tables().size(), describe(circuit, id) + " has no entry in tables()");
    const Interval natural = result_range(circuit, operation, a, b, c);
    DAL_CHECK(natural.contains(operation.range), describe(circuit, id) + " has range " + operation.range.to_string() +
                                                     ", its operands give " + natural.to_string());
}

/// What is merged is an adder for one other adder only, and no chain of several.
void verify_merged(const Circuit& circuit) {
    const auto is_sum = [](const Operation& operation) {
        return operation.kind == Kind::add || operation.kind == Kind::sub;
    };
    std::vector<int> users(circuit.size(), 0);
    for (size_t id = 0; id < circuit.size(); ++id) {
        const Operation& operation = circuit.operations()[id];
        DAL_CHECK(!operation.merged || is_sum(operation), describe(circuit, id) + " is merged");
        int merged = operation.merged ? 1 : 0;
        const WireId operands[] = {operation.a, operation.b, operation.c};
        for (int j = 0; j < operand_count(operation.kind); ++j) {
            // NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Assign): an operation has as many operands as its kind
            const auto operand = static_cast<size_t>(operands[j]);
            if (!circuit.operations()[operand].merged) continue;
            DAL_CHECK(is_sum(operation), describe(circuit, id) + " uses a merged adder");
            ++users[operand];
            ++merged;
        }
        DAL_CHECK(merged <= 1, describe(circuit, id) + " would have more than three operands");
    }
    for (const OutputTensor& output : circuit.outputs())
        for (const WireId wire : output.elements)
            if (circuit[wire].merged) ++users[static_cast<size_t>(wire)];
    for (size_t id = 0; id < circuit.size(); ++id)
        DAL_CHECK(!circuit.operations()[id].merged || users[id] == 1,
                  describe(circuit, id) + " is merged, and used " + std::to_string(users[id]) + " times");
}

}  // namespace

void verify(const Circuit& circuit) {
    for (size_t id = 0; id < circuit.size(); ++id) verify_operation(circuit, id);
    for (const Input& input : circuit.inputs()) {
        DAL_CHECK(input.tensor < circuit.input_tensors().size(), "input of tensor " + std::to_string(input.tensor));
        const InputTensor& tensor = circuit.input_tensors()[input.tensor];
        DAL_CHECK(input.element >= 0 && input.element < element_count(tensor.shape),
                  "input element " + std::to_string(input.element) + " of `" + tensor.name + "`");
        DAL_CHECK(static_cast<size_t>(input.wire) < circuit.size(), "input of `" + tensor.name + "` has no wire");
        const Operation& operation = circuit[input.wire];
        DAL_CHECK(operation.kind == Kind::input || operation.range.is_zero(),
                  describe(circuit, static_cast<size_t>(input.wire)) + " is the wire of an input");
    }
    for (const OutputTensor& output : circuit.outputs()) {
        DAL_CHECK(static_cast<int64_t>(output.elements.size()) == element_count(output.shape),
                  "output `" + output.name + "` has " + std::to_string(output.elements.size()) + " wires and shape " +
                      dal::to_string(output.shape));
        DAL_CHECK(output.ranges.empty() || output.ranges.size() == output.elements.size(),
                  "output `" + output.name + "` has " + std::to_string(output.ranges.size()) + " ranges");
        for (size_t e = 0; e < output.elements.size(); ++e) {
            DAL_CHECK(static_cast<size_t>(output.elements[e]) < circuit.size(),
                      "output `" + output.name + "` uses a wire that does not exist");
            const Interval& range = circuit[output.elements[e]].range;
            DAL_CHECK(output.ranges.empty() || output.ranges[e].contains(range),
                      "output `" + output.name + "` [" + std::to_string(e) + "] has range " + range.to_string() +
                          ", declared is " + output.ranges[e].to_string());
        }
    }
    verify_merged(circuit);
}

}  // namespace dal::circuit
