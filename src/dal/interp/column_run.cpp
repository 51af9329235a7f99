#include "dal/interp/column_run.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>

#include "dal/graph/inputs.hpp"
#include "dal/numeric/quantize.hpp"
#include "dal/support/check.hpp"
#include "dal/support/parallel.hpp"

namespace dal {

/// The terms of an einsum with at most one variable operand, as in the interpreter; weights are codes of one binary
/// point for each result.
struct ColumnPlan::Sum {
    struct Result {
        std::vector<size_t> elements;  ///< of the variable operand
        std::vector<int64_t> weights;  ///< empty if they are not small
        int64_t f = 0;
        std::vector<Dyadic> exact;
    };
    NodeId variable;
    std::vector<Result> results;
};

/// The entries of a table as codes of one binary point; empty if they are not small.
struct ColumnPlan::Entries {
    std::vector<int64_t> codes;
    int64_t f = 0;
};

namespace {

constexpr int64_t most_bits = 60;

/// Codes of one binary point; empty if some are not small.
std::pair<std::vector<int64_t>, int64_t> codes_of(const std::vector<Dyadic>& values) {
    int64_t f = INT64_MIN;
    for (const Dyadic& value : values)
        if (!value.is_zero()) f = std::max(f, -value.exponent());
    if (f == INT64_MIN) f = 0;
    std::vector<int64_t> codes;
    codes.reserve(values.size());
    for (const Dyadic& value : values) {
        if (value.mantissa().bit_length() + value.exponent() + f > most_bits) return {};
        codes.push_back(value.code(f)->to_int64());
    }
    return {std::move(codes), f};
}

const op::Constant* constant_of(const Graph& graph, NodeId id) {
    return std::get_if<op::Constant>(&graph[id].operation);
}

/// Where a node that is no constant is among the operands; nothing if several are.
std::optional<size_t> only_variable(const Graph& graph, const Node& node) {
    size_t variable = 0;
    int count = 0;
    for (size_t j = 0; j < node.operands.size(); ++j)
        if (constant_of(graph, node.operands[j]) == nullptr) {
            variable = j;
            ++count;
        }
    return count > 1 ? std::nullopt : std::optional(variable);
}

}  // namespace

ColumnPlan::~ColumnPlan() = default;

ColumnPlan::ColumnPlan(const Graph& graph, std::vector<bool> unbounded)
    : graph_(graph),
      unbounded_(std::move(unbounded)),
      is_output_(graph.size()),
      wanted_(graph.size(), true),
      sums_(graph.size()),
      entries_(graph.size()) {
    std::vector<bool> read(graph.size());
    for (size_t index = 0; index < graph.size(); ++index) {
        const Node& node = graph.nodes()[index];
        last_reader_.push_back(static_cast<NodeId>(index));
        for (const NodeId operand : node.operands) last_reader_[static_cast<size_t>(operand)] = last_reader_[index];
        if (const auto* table = std::get_if<op::Table>(&node.operation)) {
            auto [codes, f] = codes_of(*table->entries);
            entries_[index] = std::make_unique<Entries>(Entries{std::move(codes), f});
        }
        const auto* einsum = std::get_if<op::Einsum>(&node.operation);
        const auto variable = einsum != nullptr ? only_variable(graph, node) : std::nullopt;
        const size_t all = node.operands.size();
        const size_t only = variable.value_or(all);
        if (only < all) sums_[index] = sum_of(node, einsum->spec, only);
        for (size_t j = 0; j < all; ++j)
            if (only == all || j == only) read[static_cast<size_t>(node.operands[j])] = true;
    }
    for (const Output& output : graph.outputs()) is_output_[static_cast<size_t>(output.node)] = true;
    for (size_t index = 0; index < graph.size(); ++index)
        wanted_[index] = read[index] || is_output_[index] || constant_of(graph, static_cast<NodeId>(index)) == nullptr;
}

std::unique_ptr<const ColumnPlan::Sum> ColumnPlan::sum_of(const Node& node, const EinsumSpec& spec,
                                                          size_t variable) const {
    std::vector<Shape> shapes;
    for (const NodeId operand : node.operands) shapes.push_back(graph_[operand].shape);
    const EinsumTerms terms(spec, shapes);
    auto sum = std::make_unique<Sum>();
    sum->variable = node.operands[variable];
    for (int64_t e = 0; e < terms.results(); ++e) {
        Sum::Result& result = sum->results.emplace_back();
        terms.for_each(e, [&](std::span<const int64_t> at) {
            Dyadic weight = 1;
            for (size_t j = 0; j < at.size(); ++j)
                if (j != variable)
                    weight = weight * constant_of(graph_, node.operands[j])->values[static_cast<size_t>(at[j])];
            if (weight.is_zero()) return;
            result.elements.push_back(static_cast<size_t>(at[variable]));
            result.exact.push_back(std::move(weight));
        });
        std::tie(result.weights, result.f) = codes_of(result.exact);
        if (!result.weights.empty()) result.exact = {};
    }
    return sum;
}

ColumnRun::ColumnRun(const ColumnPlan& plan) : ElementWise(plan.graph_), plan_(plan) {
    for (size_t index = 0; index < graph_.size(); ++index)
        if (const op::Constant* constant = constant_of(graph_, static_cast<NodeId>(index));
            constant != nullptr && plan.wanted_[index])
            for (const Dyadic& value : constant->values) values_[index].emplace_back(value);
}

void ColumnRun::compute_node(NodeId id) {
    compute(id, Overloaded{
                    [](const op::Input&) {},     // loaded already
                    [](const op::Constant&) {},  // never changes
                    [&](const op::Quantize& quantizer) { quantize(id, quantizer.formats); },
                    [&](const op::Einsum&) { multiply(id); },
                    [&](const op::Bitwise& bitwise) {
                        broadcasting(
                            id, [&](const Column& a, const Column& b) { return combined(bitwise.function, a, b); });
                    },
                    [&](const op::Table& table) { look_up(id, table); },
                });
    if (plan_.unbounded_.empty()) check(id);
}

void ColumnRun::release_operands(NodeId id) {
    for (const NodeId operand : graph_[id].operands) {
        const auto at = static_cast<size_t>(operand);
        if (plan_.last_reader_[at] == id && !plan_.is_output_[at] && constant_of(graph_, operand) == nullptr)
            values_[at] = {};
    }
}

void ColumnRun::quantize(NodeId id, const FormatMap& formats) {
    const std::vector<Column>& x = values(graph_[id].operands[0]);
    const bool unbounded = !plan_.unbounded_.empty() && plan_.unbounded_[static_cast<size_t>(id)];
    each(id, [&](int64_t element) {
        const Format& format = formats.at(element);
        const Column& value = x[static_cast<size_t>(element)];
        if (unbounded && !format.kif.is_zero()) return value.rounded(format.kif.f, format.round);
        return value.quantized(format);
    });
}

void ColumnRun::multiply(NodeId id) {
    const ColumnPlan::Sum* sum = plan_.sums_[static_cast<size_t>(id)].get();
    if (sum == nullptr) return multiply_variables(id);
    const std::vector<Column>& x = values(sum->variable);
    std::vector<const Column*> columns;
    each(id, [&](int64_t element) {
        const ColumnPlan::Sum::Result& result = sum->results[static_cast<size_t>(element)];
        columns.clear();
        for (const size_t at : result.elements) columns.push_back(&x[at]);
        if (result.exact.empty())
            if (auto small = Column::sum_of_products(columns, result.weights.data(), result.f))
                return std::move(*small);
        Column all;
        for (size_t j = 0; j < columns.size(); ++j)
            all = all + *columns[j] *
                            Column(result.exact.empty() ? Dyadic(Int(result.weights[j]), -result.f) : result.exact[j]);
        return all;
    });
}

void ColumnRun::multiply_variables(NodeId id) {
    const Node& node = graph_[id];
    std::vector<Shape> shapes;
    for (const NodeId operand : node.operands) shapes.push_back(graph_[operand].shape);
    const EinsumTerms terms(std::get<op::Einsum>(node.operation).spec, shapes);
    each(id, [&](int64_t element) {
        Column sum;
        terms.for_each(element, [&](std::span<const int64_t> at) {
            Column product = values(node.operands[0])[static_cast<size_t>(at[0])];
            for (size_t j = 1; j < at.size(); ++j)
                product = product * values(node.operands[j])[static_cast<size_t>(at[j])];
            sum = sum + product;
        });
        return sum;
    });
}

void ColumnRun::look_up(NodeId id, const op::Table& table) {
    const std::vector<Column>& x = values(graph_[id].operands[0]);
    const ColumnPlan::Entries& entries = *plan_.entries_[static_cast<size_t>(id)];
    const Int last = table.first + Int(table.size - 1);
    each(id, [&](int64_t element) {
        // A position for each sample.
        std::array<int64_t, block_samples> positions{};
        const Column& value = x[static_cast<size_t>(element)];
        for (size_t s = 0; s < block_samples; ++s) {
            if (!plan_.unbounded_.empty()) {
                const Int code = round_code(Rational(value.at(s)), table.f, Round::trn);
                positions[s] = (std::clamp(code, table.first, last) - table.first).to_int64();
                continue;
            }
            const auto code = value.at(s).code(table.f);
            DAL_CHECK(code && table.first <= *code && *code <= last, value.at(s).to_string() + " is not in the table");
            positions[s] = (*code - table.first).to_int64();
        }
        if (entries.codes.empty()) {
            std::vector<Dyadic> values;
            for (const int64_t position : positions) values.push_back(table.entry(element, position));
            return Column::of_exact(std::move(values));
        }
        const int64_t which = table.which.empty() ? 0 : table.which[static_cast<size_t>(element)];
        BlockCodes codes;
        for (size_t s = 0; s < block_samples; ++s)
            codes[s] = entries.codes[static_cast<size_t>(which * table.size + positions[s])];
        return Column::of_codes(codes, entries.f);
    });
}

void ColumnRun::check(NodeId id) const {
    const Node& node = graph_[id];
    if (node.real || values(id).empty()) return;
    const int64_t size = node.size();
    for (int64_t element = 0; element < size; ++element) {
        const Interval& range = node.range[static_cast<size_t>(element)];
        const Column& column = values(id)[static_cast<size_t>(element)];
        if (column.is_in(range)) continue;
        for (size_t s = 0; s < block_samples; ++s)
            DAL_CHECK(range.contains(column.at(s)), "node %" + std::to_string(static_cast<uint32_t>(id)) + " (" +
                                                        std::string(operation_name(node.operation)) +
                                                        (node.name.empty() ? "" : " " + node.name) + ") element " +
                                                        std::to_string(element) + " of sample " +
                                                        std::to_string(first_ + static_cast<int64_t>(s)) + " is " +
                                                        column.at(s).to_string() + ", inferred " + range.to_string());
    }
}

void ColumnRun::write_output(NodeId id, int64_t first, int64_t count, Codes& codes) const {
    for (int64_t element = 0; element < codes.elements(); ++element) {
        const Column& column = values(id)[static_cast<size_t>(element)];
        const int f = codes.f()[static_cast<size_t>(element)];
        const int64_t raise = f - column.f();
        if (column.codes() != nullptr && codes.limbs() == 1 && raise >= 0 && raise < 63) {
            for (int64_t s = 0; s < count; ++s)  // fits: the range does
                *codes.at(first + s, element) = static_cast<uint64_t>((*column.codes())[static_cast<size_t>(s)])
                                                << raise;
            continue;
        }
        for (int64_t s = 0; s < count; ++s)
            codes.set_code(first + s, element, column.at(static_cast<size_t>(s)).code(f).value());
    }
}

Result<void> for_each_block(int64_t samples, int threads, const RunBlock& run) {
    constexpr auto size = static_cast<int64_t>(block_samples);
    std::vector<Result<void>> results(static_cast<size_t>((samples + size - 1) / size));
    std::atomic<bool> failed = false;
    parallel_for(results.size(), threads, [&](size_t block, size_t thread) {
        if (failed) return;
        const auto first = static_cast<int64_t>(block) * size;
        results[block] = run(block, thread, first, std::min(size, samples - first));
        if (!results[block]) failed = true;
    });
    for (Result<void>& result : results)
        if (!result) return failure(std::move(result.error()));
    return {};
}

}  // namespace dal
