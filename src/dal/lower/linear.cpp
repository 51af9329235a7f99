#include "dal/lower/linear.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>

#include "dal/circuit/cost/cost.hpp"
#include "dal/circuit/passes/constant_sum.hpp"
#include "dal/support/check.hpp"

namespace dal {

using circuit::Kind;
using circuit::WireId;

/// A connected part of the map: these inputs occur in these rows only, and these rows have no others.
struct LinearMaps::Block {
    std::vector<WireId> inputs;
    std::vector<size_t> rows;
    std::vector<LinearRow> terms;  ///< of each row; wires in ascending order
};

namespace {

/// Follows a term through moves of the binary point.
void skip_shifts(const circuit::Circuit& circuit, LinearTerm& term) {
    while (circuit[term.wire].kind == Kind::shift) {
        term.weight = term.weight.shifted(circuit[term.wire].shift);
        term.wire = circuit[term.wire].a;
    }
}

/// A wire of two values that are not neighbors, -1 and 1 say, is a bit, scaled, and a constant: the term of the bit,
/// and what it adds to the offset. Nothing if the wire is none of these.
std::optional<LinearTerm> as_bit(const circuit::Circuit& circuit, const LinearTerm& term, Dyadic& offset) {
    const circuit::Operation& operation = circuit[term.wire];
    if (cmvm::is_two_valued(operation.range)) return std::nullopt;
    if (operation.kind == Kind::mux) {
        const Interval& chosen_by = circuit[operation.a].range;
        const Interval& if_true = circuit[operation.b].range;
        const Interval& if_false = circuit[operation.c].range;
        if (!if_true.is_constant() || !if_false.is_constant() || !cmvm::is_two_valued(chosen_by)) return std::nullopt;
        offset = if_false.min() * term.weight;
        const Dyadic step = if_true.min() - if_false.min();
        // Of the two values of a condition one is 0, the other ±2^n.
        const bool negative = chosen_by.lo().is_negative();
        return LinearTerm{operation.a, (negative ? -step : step) * term.weight.shifted(chosen_by.f())};
    }
    const bool is_sum = (operation.kind == Kind::add || operation.kind == Kind::sub) && !circuit::is_wrapped(operation);
    if (!is_sum) return std::nullopt;
    const Dyadic second = Dyadic(operation.kind == Kind::sub ? -1 : 1).shifted(operation.shift) * term.weight;
    LinearTerm bit{operation.a, term.weight};
    LinearTerm constant{operation.b, second};
    if (circuit[operation.a].range.is_constant()) std::swap(bit, constant);
    skip_shifts(circuit, bit);
    if (!circuit[constant.wire].range.is_constant() || !cmvm::is_two_valued(circuit[bit.wire].range))
        return std::nullopt;
    offset = circuit[constant.wire].range.min() * constant.weight;
    return bit;
}

/// Merges equal wires (a shifted wire is its operand with another weight), drops zeros, and moves what is
/// constant into the offset that it returns.
Dyadic normalize(const circuit::Circuit& circuit, LinearRow& row) {
    Dyadic offset;
    LinearRow kept;
    for (LinearTerm& term : row) skip_shifts(circuit, term);
    // Bits can share tables, which hold constants as well; a single one only swaps one adder for another.
    Dyadic unused;
    const auto is_bit = [&](const LinearTerm& term) { return as_bit(circuit, term, unused).has_value(); };
    if (std::count_if(row.begin(), row.end(), is_bit) > 1) {
        for (LinearTerm& term : row) {
            Dyadic constant;
            const auto bit = as_bit(circuit, term, constant);
            if (!bit) continue;
            term = *bit;
            offset = offset + constant;
            skip_shifts(circuit, term);
        }
    }
    for (LinearTerm& term : row) {
        const Interval& range = circuit[term.wire].range;
        if (range.is_constant())
            offset = offset + range.min() * term.weight;
        else if (!term.weight.is_zero())
            kept.push_back(std::move(term));
    }
    std::sort(kept.begin(), kept.end(), [](const LinearTerm& x, const LinearTerm& y) { return x.wire < y.wire; });
    row.clear();
    for (LinearTerm& term : kept) {
        if (!row.empty() && row.back().wire == term.wire)
            row.back().weight = row.back().weight + term.weight;
        else
            row.push_back(std::move(term));
    }
    std::erase_if(row, [](const LinearTerm& term) { return term.weight.is_zero(); });
    return offset;
}

/// Disjoint sets of dense indices.
class Partition {
  public:
    explicit Partition(size_t size) : parent_(size) { std::iota(parent_.begin(), parent_.end(), size_t{0}); }
    size_t find(size_t x) {
        while (parent_[x] != x) x = parent_[x] = parent_[parent_[x]];
        return x;
    }
    void join(size_t x, size_t y) { parent_[find(x)] = find(y); }

  private:
    std::vector<size_t> parent_;
};

/// A wire and a power of two that nobody has applied yet: shifts are put into the adder that needs them.
struct Scaled {
    WireId wire;
    int shift;
};

/// The terms of a row as numbers that do not overlap, from the lowest up; nothing if they do. A negative weight is one
/// of a single bit, whose negative is the same bit as a sign.
std::optional<std::vector<Scaled>> as_fields(circuit::Circuit& circuit, const LinearRow& row, uint32_t origin) {
    struct Field {
        Interval range;
        const LinearTerm* term;
    };
    if (row.size() < 2) return std::nullopt;
    std::vector<Field> fields;
    for (const LinearTerm& term : row) {
        const Interval& range = circuit[term.wire].range;
        const bool is_power = term.weight.mantissa() == Int(1);
        if (!is_power && (term.weight.mantissa() != Int(-1) || range.width() != 1)) return std::nullopt;
        fields.push_back({range.scaled(term.weight), &term});
    }
    std::sort(fields.begin(), fields.end(), [](const Field& x, const Field& y) { return x.range.f() > y.range.f(); });
    for (size_t j = 0; j + 1 < fields.size(); ++j) {
        const Dyadic next(1, -int64_t{fields[j + 1].range.f()});
        if (fields[j].range.lo().is_negative() || next <= fields[j].range.max()) return std::nullopt;
    }
    std::vector<Scaled> result;
    for (const Field& field : fields) {
        const bool minus = field.term->weight.is_negative();
        const WireId zero = circuit.constant({}, origin);
        const WireId wire = minus ? circuit.sub(zero, field.term->wire, 0, origin) : field.term->wire;
        result.push_back({wire, static_cast<int>(field.term->weight.exponent())});
    }
    return result;
}

}  // namespace

int LinearMaps::depth(WireId wire) {
    for (size_t id = depths_.size(); id <= static_cast<size_t>(wire); ++id) {
        const circuit::Operation& operation = circuit_.operations()[id];
        const WireId operands[] = {operation.a, operation.b, operation.c};
        int deepest = 0;
        for (int j = 0; j < circuit::operand_count(operation.kind); ++j)
            deepest = std::max(deepest, depths_[static_cast<size_t>(operands[j])]);
        // A multiplier counts as the levels of the tree that adds its rows; a table of single bits as one.
        int levels = operation.kind == Kind::add || operation.kind == Kind::sub ? 1 : 0;
        if (operation.kind == Kind::table && packed_tables_.contains(WireId(id))) levels = 1;
        if (const auto ready = depth_with_constant(operation)) {
            depths_.push_back(*ready);
            continue;
        }
        if (operation.kind == Kind::mul) levels = static_cast<int>(circuit::delay(circuit_, WireId(id)) / 1000);
        depths_.push_back(deepest + levels);
    }
    return depths_[static_cast<size_t>(wire)];
}

std::optional<int> LinearMaps::depth_with_constant(const circuit::Operation& operation) const {
    auto sum = circuit::as_constant_sum(circuit_, operation);
    if (!sum) return std::nullopt;
    WireId wire{};
    for (; sum; sum = circuit::as_constant_sum(circuit_, circuit_[wire])) {  // constants become one
        wire = sum->wire;
        while (circuit_[wire].kind == Kind::shift) wire = circuit_[wire].a;
    }
    const auto known = depth_with_constant_.find(wire);
    return known == depth_with_constant_.end() ? std::nullopt : std::optional(known->second);
}

std::vector<WireId> LinearMaps::build(std::vector<LinearRow> rows, const std::vector<Interval>& ranges, uint32_t origin,
                                      const std::vector<bool>& constant_follows, std::span<const int64_t> groups) {
    DAL_CHECK(rows.size() == ranges.size(), "ranges of " + std::to_string(rows.size()) + " rows");
    std::vector<Dyadic> offsets;
    std::vector<WireId> inputs;
    std::vector<WireId> result(rows.size());
    std::vector<bool> is_done(rows.size(), false);
    for (size_t r = 0; r < rows.size(); ++r) {
        LinearRow& row = rows[r];
        offsets.push_back(normalize(circuit_, row));
        // Fields side by side are wiring: nothing to search for.
        if (const auto fields = as_fields(circuit_, row, origin)) {
            WireId sum = circuit_.shift(fields->front().wire, fields->front().shift, origin);
            for (size_t j = 1; j < fields->size(); ++j) {
                const WireId field = circuit_.shift((*fields)[j].wire, (*fields)[j].shift, origin);
                const Interval range = circuit_[sum].range + circuit_[field].range;
                sum = circuit_.bitwise(Kind::bit_or, sum, field, origin, &range);
            }
            result[r] = offsets[r].is_zero()
                            ? sum
                            : circuit_.add(sum, circuit_.constant(offsets[r], origin), 0, origin, &ranges[r]);
            is_done[r] = true;
            row.clear();
        }
        for (const LinearTerm& term : row) inputs.push_back(term.wire);
    }
    std::sort(inputs.begin(), inputs.end());
    inputs.erase(std::unique(inputs.begin(), inputs.end()), inputs.end());
    const auto index_of = [&](WireId wire) {
        return static_cast<size_t>(std::lower_bound(inputs.begin(), inputs.end(), wire) - inputs.begin());
    };
    Partition partition(inputs.size());
    for (const LinearRow& row : rows)
        for (const LinearTerm& term : row) partition.join(index_of(row.front().wire), index_of(term.wire));

    std::vector<int64_t> terms_of(inputs.size());  // of a connected part, by its representative
    for (const LinearRow& row : rows)
        if (!row.empty()) terms_of[partition.find(index_of(row.front().wire))] += static_cast<int64_t>(row.size());

    // Blocks in the order of their first rows; their inputs in the order of the wires.
    std::vector<Block> blocks;
    std::map<std::pair<size_t, int64_t>, size_t> block_of;  // by representative and group
    for (size_t r = 0; r < rows.size(); ++r) {
        if (is_done[r]) continue;
        if (rows[r].empty()) {
            result[r] = circuit_.constant(offsets[r], origin);
            continue;
        }
        const size_t part = partition.find(index_of(rows[r].front().wire));
        const int64_t group = groups.empty() || terms_of[part] <= most_shared_terms ? 0 : groups[r];
        const auto [at, is_new] = block_of.try_emplace({part, group}, blocks.size());
        if (is_new) blocks.emplace_back();
        Block& block = blocks[at->second];
        block.rows.push_back(r);
        for (const LinearTerm& term : rows[r]) block.inputs.push_back(term.wire);
        block.terms.push_back(std::move(rows[r]));
    }
    for (Block& block : blocks) {
        std::sort(block.inputs.begin(), block.inputs.end());
        block.inputs.erase(std::unique(block.inputs.begin(), block.inputs.end()), block.inputs.end());
    }
    for (const Block& block : blocks) build_block(block, offsets, ranges, constant_follows, origin, result);
    return result;
}

WireId LinearMaps::build_table(const Block& block, const cmvm::BitTable& table, uint32_t origin) {
    // The lowest bits of the inputs, side by side.
    std::optional<WireId> address;
    for (size_t j = 0; j < table.inputs.size(); ++j) {
        const WireId input = block.inputs[table.inputs[j]];
        const int f = circuit_[input].range.f();
        const WireId bit =
            circuit_.shift(circuit_.slice(input, Kif(false, 1 - f, f), origin), f + static_cast<int>(j), origin);
        address = address ? circuit_.bitwise(Kind::bit_or, *address, bit, origin) : bit;
    }
    auto list = std::make_shared<circuit::Table>();
    list->entries = table.entries;
    list->entry_f = table.f;
    const WireId wire = circuit_.table(*address, circuit_.add_table(std::move(list)), origin, &table.range);
    packed_tables_.insert(wire);
    return wire;
}

void LinearMaps::build_block(const Block& block, const std::vector<Dyadic>& offsets,
                             const std::vector<Interval>& ranges, const std::vector<bool>& constant_follows,
                             uint32_t origin, std::vector<WireId>& result) {
    // One power of two makes all weights integers.
    int64_t exponent = INT64_MAX;
    for (const LinearRow& row : block.terms)
        for (const LinearTerm& term : row) exponent = std::min(exponent, term.weight.exponent());
    cmvm::Matrix matrix{block.inputs.size(), block.rows.size(), {}};
    matrix.weights.resize(matrix.inputs * matrix.outputs);
    for (size_t o = 0; o < block.terms.size(); ++o)
        for (const LinearTerm& term : block.terms[o]) {
            const auto i = static_cast<size_t>(std::lower_bound(block.inputs.begin(), block.inputs.end(), term.wire) -
                                               block.inputs.begin());
            matrix.weights[i * matrix.outputs + o] = term.weight.mantissa() << (term.weight.exponent() - exponent);
        }
    std::vector<cmvm::InputInfo> infos;
    int earliest = INT32_MAX;
    for (const WireId wire : block.inputs) {
        infos.push_back({circuit_[wire].range, depth(wire)});
        earliest = std::min(earliest, infos.back().depth);
    }
    for (cmvm::InputInfo& info : infos) info.depth -= earliest;

    std::vector<Dyadic> constants;
    cmvm::Options options = options_;
    for (const size_t row : block.rows) {
        constants.push_back(offsets[row].shifted(-exponent));
        options.constant_follows.push_back(!constant_follows.empty() && constant_follows[row]);
    }
    const cmvm::PackedSolution packed = cmvm::solve_packed(matrix, infos, constants, options, cache_);
    const cmvm::AdderGraph& graph = packed.solution.graph;
    const std::vector<int> ready = cmvm::depths_with_constants(graph, packed.inputs);
    std::vector<Scaled> nodes;
    for (const WireId wire : block.inputs) nodes.push_back({wire, 0});
    for (const cmvm::BitTable& table : packed.tables) nodes.push_back({build_table(block, table, origin), 0});
    for (const cmvm::Adder& adder : graph.adders) {
        const Scaled& a = nodes[adder.a];
        const Scaled& b = nodes[adder.b];
        const int shift_a = a.shift + adder.shift_a;
        const int shift_b = b.shift + adder.shift_b;
        const Interval range = adder.range.shifted(-shift_a);
        const WireId wire = adder.subtract ? circuit_.sub(a.wire, b.wire, shift_b - shift_a, origin, &range)
                                           : circuit_.add(a.wire, b.wire, shift_b - shift_a, origin, &range);
        nodes.push_back({wire, shift_a});
    }
    for (size_t o = 0; o < block.rows.size(); ++o) {
        const size_t row = block.rows[o];
        const cmvm::OutputTap& tap = graph.outputs[o];
        DAL_CHECK(tap.node, "a row with terms is the constant 0");
        const Scaled& node = nodes[*tap.node];
        depth_with_constant_.try_emplace(node.wire, earliest + ready[o]);
        const int shift = node.shift + tap.shift + static_cast<int>(exponent);
        const Dyadic rest = packed.rest[o].shifted(exponent);
        const bool plain = !tap.negate && rest.is_zero();
        if (plain) {
            result[row] = circuit_.shift(node.wire, shift, origin);
            continue;
        }
        const WireId offset = circuit_.constant(rest, origin);
        result[row] = tap.negate ? circuit_.sub(offset, node.wire, shift, origin, &ranges[row])
                                 : circuit_.add(offset, node.wire, shift, origin, &ranges[row]);
    }
}

}  // namespace dal
