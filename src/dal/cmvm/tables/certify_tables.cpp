// The certificate of packed solutions. Shares no code with what packs: the affine form of a table follows from its
// entries alone, and the forms of all tables with the matrix that is left must be the matrix that was asked for.
#include <algorithm>

#include "dal/cmvm/tables/tables.hpp"

namespace dal::cmvm {
namespace {

/// constant + Σ coefficients·x.
struct Form {
    std::vector<Dyadic> coefficients;  // of the table's inputs, in their order
    Dyadic constant;
};

Dyadic value_of(const BitTable& table, size_t address) { return {table.entries[address], -int64_t{table.f}}; }

/// The value of an input whose lowest bit is `bit`.
Dyadic value_of(const Interval& range, bool bit) { return range.lo().is_odd() == bit ? range.min() : range.max(); }

/// Fills in the form; or what is wrong with the table.
std::optional<std::string> read_table(const BitTable& table, const std::vector<InputInfo>& inputs, Form& form) {
    const size_t count = table.inputs.size();
    if (count == 0 || count > BitTable::most_inputs) return "it has " + std::to_string(count) + " inputs";
    if (table.entries.size() != size_t{1} << count)
        return "it has another number of entries than its inputs have values";
    int depth = 0;
    for (size_t j = 0; j < count; ++j) {
        const uint32_t i = table.inputs[j];
        if (i >= inputs.size()) return "an input does not exist";
        if (j > 0 && table.inputs[j - 1] >= i) return "its inputs are not in order";
        const Interval& range = inputs[i].range;
        if (range.hi() - range.lo() != Int(1)) return "an input has not two values";
        depth = j == 0 ? inputs[i].depth : std::max(depth, inputs[i].depth);
    }
    if (table.depth != depth + 1) return "its depth is wrong";
    const Dyadic origin = value_of(table, 0);
    form.constant = origin;
    std::vector<Dyadic> steps;
    for (size_t j = 0; j < count; ++j) {
        const Interval& range = inputs[table.inputs[j]].range;
        steps.push_back(value_of(table, size_t{1} << j) - origin);
        // The other value is a power of two away.
        const bool up = value_of(range, true) > value_of(range, false);
        const Dyadic slope = steps.back().shifted(range.f());
        form.coefficients.push_back(up ? slope : -slope);
        form.constant = form.constant - form.coefficients.back() * value_of(range, false);
    }
    Dyadic low = origin;
    Dyadic high = origin;
    for (size_t address = 0; address < table.entries.size(); ++address) {
        Dyadic expected = origin;
        for (size_t j = 0; j < count; ++j)
            if ((address >> j & 1) != 0) expected = expected + steps[j];
        if (value_of(table, address) != expected) return "entry " + std::to_string(address) + " is on no affine form";
        low = std::min(low, expected);
        high = std::max(high, expected);
    }
    if (table.range.min() != low || table.range.max() != high) return "its range is " + table.range.to_string();
    for (size_t address = 0; address < table.entries.size(); ++address)
        if (!table.range.contains(value_of(table, address)))
            return "its range does not hold entry " + std::to_string(address);
    return std::nullopt;
}

}  // namespace

std::optional<std::string> certify(const PackedSolution& packed, const Matrix& matrix,
                                   const std::vector<InputInfo>& inputs, const std::vector<Dyadic>& offsets) {
    const size_t outputs = matrix.outputs;
    if (inputs.size() != matrix.inputs) return "the number of input intervals is not that of the inputs";
    if (!offsets.empty() && offsets.size() != outputs) return "the number of offsets is not that of the outputs";
    if (packed.matrix.inputs != matrix.inputs + packed.tables.size() || packed.inputs.size() != packed.matrix.inputs ||
        packed.matrix.outputs != outputs || packed.matrix.weights.size() != packed.matrix.inputs * outputs)
        return "the problem that is left has another shape";
    if (packed.rest.size() != outputs) return "the number of constants is not that of the outputs";
    for (size_t i = 0; i < inputs.size(); ++i)
        if (packed.inputs[i].range != inputs[i].range || packed.inputs[i].depth != inputs[i].depth)
            return "input " + std::to_string(i) + " is another one";

    std::vector<Dyadic> found;  // what tables and direct weights add up to
    found.reserve(matrix.weights.size());
    for (size_t n = 0; n < matrix.weights.size(); ++n) found.emplace_back(packed.matrix.weights[n]);
    std::vector<Dyadic> constants = packed.rest;
    for (size_t t = 0; t < packed.tables.size(); ++t) {
        const BitTable& table = packed.tables[t];
        const size_t row = inputs.size() + t;
        Form form;
        if (const auto fault = read_table(table, inputs, form)) return "table " + std::to_string(t) + ": " + *fault;
        if (packed.inputs[row].range != table.range || packed.inputs[row].depth != table.depth)
            return "table " + std::to_string(t) + " enters the sums as another one";
        for (size_t o = 0; o < outputs; ++o) {
            const Int& weight = packed.matrix.at(row, o);
            if (weight.is_zero()) continue;
            constants[o] = constants[o] + form.constant * Dyadic(weight);
            for (size_t j = 0; j < table.inputs.size(); ++j) {
                Dyadic& sum = found[table.inputs[j] * outputs + o];
                sum = sum + form.coefficients[j] * Dyadic(weight);
            }
        }
    }
    for (size_t n = 0; n < matrix.weights.size(); ++n)
        if (found[n] != Dyadic(matrix.weights[n]) && !inputs[n / outputs].range.is_zero())
            return "the weight of input " + std::to_string(n / outputs) + " in output " + std::to_string(n % outputs) +
                   " is not that of the matrix";
    for (size_t o = 0; o < outputs; ++o)
        if (constants[o] != (offsets.empty() ? Dyadic() : offsets[o]))
            return "the constant of output " + std::to_string(o) + " is " + constants[o].to_string();
    return certify(packed.solution.graph, packed.matrix, packed.inputs);
}

}  // namespace dal::cmvm
