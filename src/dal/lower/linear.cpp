#include "dal/lower/linear.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>

#include "dal/circuit/cost.hpp"
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

/// Merges equal wires (a shifted wire is its operand with another weight), drops zeros, and moves what is
/// constant into the offset that it returns.
Dyadic normalize(const circuit::Circuit& circuit, LinearRow& row) {
    Dyadic offset;
    LinearRow kept;
    for (LinearTerm& term : row) {
        while (circuit[term.wire].kind == Kind::shift) {
            term.weight = term.weight.shifted(circuit[term.wire].shift);
            term.wire = circuit[term.wire].a;
        }
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
        // A multiplier counts as the levels of the tree that adds its rows.
        int levels = operation.kind == Kind::add || operation.kind == Kind::sub ? 1 : 0;
        if (operation.kind == Kind::mul) levels = static_cast<int>(circuit::delay(circuit_, WireId(id)) / 1000);
        depths_.push_back(deepest + levels);
    }
    return depths_[static_cast<size_t>(wire)];
}

std::vector<WireId> LinearMaps::build(std::vector<LinearRow> rows, const std::vector<Interval>& ranges, uint32_t origin,
                                      std::span<const int64_t> groups) {
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
    for (const Block& block : blocks) build_block(block, offsets, ranges, origin, result);
    return result;
}

void LinearMaps::build_block(const Block& block, const std::vector<Dyadic>& offsets,
                             const std::vector<Interval>& ranges, uint32_t origin, std::vector<WireId>& result) {
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

    const cmvm::AdderGraph graph = cmvm::solve_cached(matrix, infos, options_, cache_).graph;
    std::vector<Scaled> nodes;
    for (const WireId wire : block.inputs) nodes.push_back({wire, 0});
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
        const int shift = node.shift + tap.shift + static_cast<int>(exponent);
        const bool plain = !tap.negate && offsets[row].is_zero();
        if (plain) {
            result[row] = circuit_.shift(node.wire, shift, origin);
            continue;
        }
        const WireId offset = circuit_.constant(offsets[row], origin);
        result[row] = tap.negate ? circuit_.sub(offset, node.wire, shift, origin, &ranges[row])
                                 : circuit_.add(offset, node.wire, shift, origin, &ranges[row]);
    }
}

}  // namespace dal
