#include "dal/cmvm/tables/pack.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "dal/numeric/csd.hpp"
#include "dal/numeric/lut_cost.hpp"

namespace dal::cmvm {
namespace {

using Group = std::vector<uint32_t>;

/// Members of `all` in groups of at most `size`, as equal as possible.
void divide(const std::vector<uint32_t>& all, size_t size, std::vector<Group>& groups) {
    const size_t count = (all.size() + size - 1) / size;
    size_t next = 0;
    for (size_t g = 0; g < count; ++g) {
        const size_t end = (g + 1) * all.size() / count;
        groups.emplace_back(all.begin() + static_cast<std::ptrdiff_t>(next),
                            all.begin() + static_cast<std::ptrdiff_t>(end));
        next = end;
    }
}

/// Values of Σ weights·x by address, exactly: entries·2^-f.
struct Values {
    std::vector<Int> entries;
    int f = 0;

    /// On the coarsest grid that holds them.
    void trim() {
        int64_t zeros = INT64_MAX;
        for (const Int& entry : entries)
            if (!entry.is_zero()) zeros = std::min(zeros, entry.trailing_zeros());
        if (zeros == INT64_MAX) {
            f = 0;
            return;
        }
        for (Int& entry : entries) entry = entry >> zeros;
        f -= static_cast<int>(zeros);
    }

    /// value·factor + offset.
    [[nodiscard]] Values scaled(const Int& factor, const Dyadic& offset) const {
        Values result;
        result.f = offset.is_zero() ? f : std::max(f, static_cast<int>(-offset.exponent()));
        const Int constant = offset.is_zero() ? Int(0) : *offset.code(result.f);
        for (const Int& entry : entries) result.entries.push_back(((entry * factor) << (result.f - f)) + constant);
        result.trim();
        return result;
    }
};

class Packer {
  public:
    Packer(const Matrix& matrix, const std::vector<InputInfo>& inputs, const std::vector<Dyadic>& offsets,
           const PackLayout& layout)
        : matrix_(matrix), inputs_(inputs), layout_(layout), rest_(offsets), columns_(matrix.outputs) {
        rest_.resize(matrix.outputs);
        direct_ = matrix.weights;
    }

    PackedSolution run() && {
        make_groups();
        std::vector<Group> own;
        for (size_t o = 0; o < matrix_.outputs; ++o) {
            own.clear();
            if (layout_.groups == PackLayout::Groups::per_output) {
                for (const auto& [depth, members] : by_depth_) divide(used_by(members, o), layout_.size, own);
            }
            for (const Group& group : layout_.groups == PackLayout::Groups::per_output ? own : groups_)
                add_part(used_by(group, o), o);
        }
        for (size_t o = 0; o < matrix_.outputs; ++o) absorb_rest(o);
        return result();
    }

  private:
    struct Use {
        size_t table;
        Int weight;
    };

    [[nodiscard]] std::vector<uint32_t> used_by(const std::vector<uint32_t>& members, size_t o) const {
        std::vector<uint32_t> used;
        for (const uint32_t i : members)
            if (!matrix_.at(i, o).is_zero()) used.push_back(i);
        return used;
    }

    /// Inputs that arrive at different times are never in one table: it would make the early ones late.
    void make_groups() {
        for (uint32_t i = 0; i < inputs_.size(); ++i)
            if (is_two_valued(inputs_[i].range)) by_depth_[inputs_[i].depth].push_back(i);
        for (auto& [depth, members] : by_depth_) {
            if (layout_.groups == PackLayout::Groups::equal_rows) {
                std::map<std::vector<Int>, Group> equal;
                for (const uint32_t i : members) equal[row(i)].push_back(i);
                for (const uint32_t i : members)
                    if (const Group& group = equal[row(i)]; group.front() == i) divide(group, layout_.size, groups_);
                continue;
            }
            if (layout_.groups == PackLayout::Groups::by_overlap) order_by_overlap(members);
            divide(members, layout_.size, groups_);
        }
        for (Group& group : groups_) std::ranges::sort(group);
    }

    [[nodiscard]] std::vector<Int> row(uint32_t i) const {
        const auto first = matrix_.weights.begin() + static_cast<std::ptrdiff_t>(i * matrix_.outputs);
        return {first, first + static_cast<std::ptrdiff_t>(matrix_.outputs)};
    }

    /// Groups grow by the input that has most outputs in common with those that are in.
    void order_by_overlap(std::vector<uint32_t>& members) const {
        std::vector<uint32_t> left = members;
        std::vector<uint32_t> order;
        std::vector<int> weight(matrix_.outputs);
        while (!left.empty()) {
            if (order.size() % layout_.size == 0) std::ranges::fill(weight, 0);
            size_t best = 0;
            int64_t most = -1;
            for (size_t j = 0; j < left.size(); ++j) {
                int64_t common = 0;
                for (size_t o = 0; o < matrix_.outputs; ++o)
                    if (!matrix_.at(left[j], o).is_zero()) common += 1 + 2 * matrix_.outputs * weight[o];
                if (common > most) {
                    most = common;
                    best = j;
                }
            }
            for (size_t o = 0; o < matrix_.outputs; ++o)
                if (!matrix_.at(left[best], o).is_zero()) ++weight[o];
            order.push_back(left[best]);
            left.erase(left.begin() + static_cast<std::ptrdiff_t>(best));
        }
        members = std::move(order);
    }

    /// The part of output o over these inputs, none of which has the weight 0, as a table if it is large enough.
    void add_part(const std::vector<uint32_t>& members, size_t o) {
        int digits = 0;
        int64_t zeros = INT64_MAX;
        for (const uint32_t i : members) {
            for_each_csd_digit(matrix_.at(i, o), [&](int, bool) { ++digits; });
            zeros = std::min(zeros, matrix_.at(i, o).trailing_zeros());
        }
        // A product of a single bit costs nothing; it is worth a table of its own if it would cost an adder.
        if (digits < (members.size() == 1 ? 2 : layout_.least_digits)) return;
        const Int& first = matrix_.at(members.front(), o);
        const bool negative = first.is_negative();
        const bool equal = layout_.groups == PackLayout::Groups::equal_rows;
        if (equal && members.size() < 2) return;
        const Int factor = equal ? first : negative ? -Int::pow2(zeros) : Int::pow2(zeros);
        Values values;
        values.f = inputs_[members.front()].range.f();
        for (const uint32_t i : members) values.f = std::max(values.f, inputs_[i].range.f());
        values.entries.assign(size_t{1} << members.size(), Int(0));
        for (size_t j = 0; j < members.size(); ++j) {
            const Interval& range = inputs_[members[j]].range;
            const Int weight = equal ? Int(1) : abs(matrix_.at(members[j], o)) >> zeros;
            const bool minus = !equal && matrix_.at(members[j], o).is_negative() != negative;
            for (size_t address = 0; address < values.entries.size(); ++address) {
                const bool bit = (address >> j & 1) != 0;
                const Int& code = range.lo().is_odd() == bit ? range.lo() : range.hi();
                const Int part = (code * weight) << (values.f - range.f());
                values.entries[address] = minus ? values.entries[address] - part : values.entries[address] + part;
            }
        }
        if (layout_.from_zero) {
            const Int least = *std::ranges::min_element(values.entries);
            const Dyadic low(least, -int64_t{values.f});
            for (Int& entry : values.entries) entry = entry - least;
            rest_[o] = rest_[o] + low * Dyadic(factor);
        }
        values.trim();
        columns_[o].push_back({table_of(members, std::move(values)), factor});
        for (const uint32_t i : members) direct_[i * matrix_.outputs + o] = 0;
    }

    /// The index of this table, or of an equal one.
    size_t table_of(const std::vector<uint32_t>& members, Values values) {
        const auto [known, fresh] = known_.try_emplace({members, values.entries, values.f}, tables_.size());
        if (fresh) {
            BitTable& table = tables_.emplace_back();
            table.inputs = members;
            table.f = values.f;
            const auto [low, high] = std::ranges::minmax(values.entries);
            table.range = Interval(low, high, values.f);
            for (const uint32_t i : members) table.depth = std::max(table.depth, inputs_[i].depth + 1);
            table.entries = std::move(values.entries);
            users_.push_back(0);
        }
        ++users_[known->second];
        return known->second;
    }

    /// Puts what is left of an offset into the table of the output that the fewest others use.
    void absorb_rest(size_t o) {
        if (rest_[o].is_zero() || columns_[o].empty()) return;
        Use& use = *std::ranges::min_element(columns_[o], {}, [this](const Use& u) { return users_[u.table]; });
        --users_[use.table];
        const BitTable table = tables_[use.table];
        use = {table_of(table.inputs, Values{table.entries, table.f}.scaled(use.weight, rest_[o])), Int(1)};
        rest_[o] = {};
    }

    PackedSolution result() {
        PackedSolution packed;
        std::vector<size_t> place(tables_.size());
        for (size_t t = 0; t < tables_.size(); ++t) {
            place[t] = packed.tables.size();
            if (users_[t] > 0) packed.tables.push_back(std::move(tables_[t]));
        }
        packed.inputs = inputs_;
        for (const BitTable& table : packed.tables) packed.inputs.push_back({table.range, table.depth});
        packed.matrix = {packed.inputs.size(), matrix_.outputs, std::move(direct_)};
        packed.matrix.weights.resize(packed.matrix.inputs * matrix_.outputs);
        for (size_t o = 0; o < matrix_.outputs; ++o)
            for (const Use& use : columns_[o]) {
                Int& weight = packed.matrix.weights[(inputs_.size() + place[use.table]) * matrix_.outputs + o];
                weight = weight + use.weight;
            }
        packed.rest = std::move(rest_);
        return packed;
    }

    const Matrix& matrix_;
    const std::vector<InputInfo>& inputs_;
    const PackLayout& layout_;
    std::vector<Dyadic> rest_;
    std::vector<std::vector<Use>> columns_;  // tables of each output
    std::vector<Int> direct_;                // weights of what is in no table
    std::map<int, std::vector<uint32_t>> by_depth_;
    std::vector<Group> groups_;
    std::vector<BitTable> tables_;
    std::vector<size_t> users_;  // outputs of each table
    std::map<std::tuple<std::vector<uint32_t>, std::vector<Int>, int>, size_t> known_;
};

}  // namespace

bool is_two_valued(const Interval& range) { return range.hi() - range.lo() == Int(1); }

int64_t half_luts(const BitTable& table) {
    if (table.inputs.size() <= 1) return 0;
    return table.range.width() * table_bit_half_luts(static_cast<int64_t>(table.inputs.size()));
}

PackedSolution pack(const Matrix& matrix, const std::vector<InputInfo>& inputs, const std::vector<Dyadic>& offsets,
                    const PackLayout& layout) {
    return Packer(matrix, inputs, offsets, layout).run();
}

}  // namespace dal::cmvm
