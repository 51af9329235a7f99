// Colour refinement on the bipartite graph of inputs and outputs, whose edges carry the magnitudes of the weights:
// each node's colour is hashed with those of its neighbours until no class splits any more. A class that stays is split
// by giving its first member a colour of its own. Signs and powers of two then follow from the order along a spanning
// forest.
#include "dal/cmvm/cache/normal_form.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>

#include "dal/cmvm/cache/bytes.hpp"
#include "dal/numeric/csd.hpp"
#include "dal/support/check.hpp"
#include "dal/support/hash.hpp"

namespace dal::cmvm {
namespace {

/// Visits of weights that splitting ties may cost.
constexpr size_t most_visits = size_t{1} << 22;

/// A nonzero weight of the matrix.
struct Cell {
    uint32_t row;
    uint32_t column;
    bool negative;
    uint64_t hash;  // of its magnitude in the normal form, as far as that is known
};

class Normalizer {
  public:
    Normalizer(const Matrix& matrix, const std::vector<InputInfo>& inputs, const Options& options)
        : matrix_(matrix), inputs_(inputs), options_(options), rows_are_free_(options.objective == Objective::adders) {}

    std::optional<NormalForm> run() && {
        find_live();
        if (rows_.empty()) return std::nullopt;
        scale_columns();
        hash_cells(!rows_are_free_);
        color();
        write();
        return std::move(form_);
    }

  private:
    void find_live() {
        std::vector<bool> used(matrix_.outputs, false);
        for (uint32_t i = 0; i < matrix_.inputs; ++i) {
            if (inputs_[i].range.is_zero()) continue;
            bool live = false;
            for (size_t o = 0; o < matrix_.outputs; ++o) {
                if (matrix_.at(i, o).is_zero()) continue;
                live = true;
                used[o] = true;
            }
            if (live) rows_.push_back({i, false, -inputs_[i].range.f()});
        }
        for (uint32_t o = 0; o < matrix_.outputs; ++o) {
            if (used[o]) columns_.push_back({o, false, 0});
        }
    }

    /// Each column is divided by its largest power of two, in terms of the inputs' codes.
    void scale_columns() {
        for (NormalForm::Output& column : columns_) {
            int least = std::numeric_limits<int>::max();
            for (const NormalForm::Input& row : rows_) {
                if (!at(row, column).is_zero()) least = std::min(least, exponent(row, column));
            }
            column.exponent = least;
        }
    }

    [[nodiscard]] const Int& at(const NormalForm::Input& row, const NormalForm::Output& column) const {
        return matrix_.at(row.index, column.index);
    }
    /// Of the largest power of two in a weight of the normal form that is not 0.
    [[nodiscard]] int exponent(const NormalForm::Input& row, const NormalForm::Output& column) const {
        return static_cast<int>(at(row, column).trailing_zeros()) + row.exponent - column.exponent;
    }

    void hash_cells(bool with_powers) {
        cells_.clear();
        for (uint32_t r = 0; r < rows_.size(); ++r) {
            for (uint32_t c = 0; c < columns_.size(); ++c) {
                const Int& w = at(rows_[r], columns_[c]);
                if (w.is_zero()) continue;
                const auto power = static_cast<uint64_t>(with_powers ? exponent(rows_[r], columns_[c]) : 0);
                const uint64_t odd = abs(w >> w.trailing_zeros()).hash();
                cells_.push_back({r, c, w.is_negative(), mix_bits(odd + (power << 48))});
            }
        }
    }

    /// The range of a row's codes or of their negatives, so that the sign does not matter.
    [[nodiscard]] std::pair<Int, Int> unsigned_range(const NormalForm::Input& row) const {
        const Interval& range = inputs_[row.index].range;
        const std::pair codes(range.lo(), range.hi());
        return rows_are_free_ ? std::min(codes, std::pair(-range.hi(), -range.lo())) : codes;
    }

    void color() {
        earliest_ = std::numeric_limits<int>::max();
        for (const NormalForm::Input& row : rows_) earliest_ = std::min(earliest_, inputs_[row.index].depth);
        for (const NormalForm::Input& row : rows_) {
            const auto [lo, hi] = unsigned_range(row);
            const auto depth = static_cast<uint64_t>(inputs_[row.index].depth - earliest_);
            row_colors_.push_back(mix_bits(mix_bits(lo.hash() + spread(depth)) + hi.hash()));
        }
        for (const NormalForm::Output& column : columns_) column_colors_.push_back(constant_follows(column) ? 1 : 0);
        row_signs_.assign(rows_.size(), 0);
        column_signs_.assign(columns_.size(), 0);
        size_t visits = 0;
        refine(visits);
        if (!first_tie()) return;
        seed_components();
        for (refine(visits); visits < most_visits && first_tie(); refine(visits)) split_first_tie();
    }

    /// Each color takes in those of the neighbours, until that splits no class any more. Signs take part as far as they
    /// follow from those of the seeds; a sign is a hash that changes its sign if the signs of the line's weights do.
    void refine(size_t& visits) {
        for (size_t found = 0;;) {
            refine_lines(row_colors_, row_signs_, &Cell::row, column_colors_, column_signs_, &Cell::column);
            refine_lines(column_colors_, column_signs_, &Cell::column, row_colors_, row_signs_, &Cell::row);
            visits += 2 * cells_.size() + 1;
            const size_t classes = count_classes(row_colors_) + count_classes(column_colors_);
            const size_t unknown =
                std::ranges::count(row_signs_, int64_t{0}) + std::ranges::count(column_signs_, int64_t{0});
            const size_t now = classes + rows_.size() + columns_.size() - unknown;
            if (now == found || classes == rows_.size() + columns_.size()) return;
            found = now;
        }
    }

    void refine_lines(const std::vector<uint64_t>& from_colors, const std::vector<int64_t>& from_signs,
                      uint32_t Cell::* from, std::vector<uint64_t>& colors, std::vector<int64_t>& signs,
                      uint32_t Cell::* to) const {
        std::vector<uint64_t> sums = colors;
        for (const Cell& cell : cells_) sums[cell.*to] += mix_bits(from_colors[cell.*from] ^ cell.hash);
        if (seeded_) {
            std::vector<uint64_t> odd(colors.size(), 0);
            for (const Cell& cell : cells_) {
                const uint64_t part = odd_hash(from_signs[cell.*from], cell.hash);
                odd[cell.*to] += cell.negative ? -part : part;
            }
            for (size_t j = 0; j < odd.size(); ++j) {
                signs[j] = static_cast<int64_t>(odd_hash(signs[j], 1) + 3 * odd[j]);
                sums[j] += mix_bits(std::min(static_cast<uint64_t>(signs[j]), -static_cast<uint64_t>(signs[j])));
            }
        }
        for (size_t j = 0; j < sums.size(); ++j) colors[j] = mix_bits(sums[j] + 1);
    }

    /// odd_hash(-sign, h) = -odd_hash(sign, h).
    static uint64_t odd_hash(int64_t sign, uint64_t hash) {
        if (sign == 0) return 0;
        const auto bits = static_cast<uint64_t>(sign);
        return sign > 0 ? mix_bits(bits ^ hash) : -mix_bits(-bits ^ hash);
    }

    /// In each connected part, a row of the first color decides on signs and powers of two of the others. Powers follow
    /// layer by layer: a line has the least that its weights on the lines of the layer before can have.
    void seed_components() {
        seeded_ = true;
        std::vector<uint32_t> order(rows_.size());
        std::iota(order.begin(), order.end(), 0U);
        std::ranges::stable_sort(order, {}, [this](uint32_t r) { return row_colors_[r]; });
        std::vector<bool> row_known(rows_.size(), false);
        std::vector<bool> column_known(columns_.size(), false);
        for (const uint32_t seed : order) {
            if (row_known[seed]) continue;
            row_known[seed] = true;
            row_signs_[seed] = 1;
            row_colors_[seed] = mix_bits(row_colors_[seed] + 4);
            std::vector<uint32_t> layer{seed};
            while (!layer.empty()) {
                std::vector<uint32_t> reached;
                for (uint32_t c = 0; c < columns_.size(); ++c) {
                    if (column_known[c]) continue;
                    const auto least = least_exponent(layer, c);
                    if (!least) continue;
                    if (rows_are_free_) columns_[c].exponent += *least;
                    column_known[c] = true;
                    reached.push_back(c);
                }
                layer.clear();
                for (uint32_t r = 0; r < rows_.size(); ++r) {
                    if (row_known[r]) continue;
                    std::optional<int> least;
                    for (const uint32_t c : reached) {
                        if (at(rows_[r], columns_[c]).is_zero()) continue;
                        const int power = exponent(rows_[r], columns_[c]);
                        least = std::min(least.value_or(power), power);
                    }
                    if (!least) continue;
                    if (rows_are_free_) rows_[r].exponent -= *least;
                    row_known[r] = true;
                    layer.push_back(r);
                }
            }
        }
        if (rows_are_free_) hash_cells(true);
    }

    /// The least power of two of a column's weights in some rows; nothing if they are 0.
    [[nodiscard]] std::optional<int> least_exponent(const std::vector<uint32_t>& rows, uint32_t c) const {
        std::optional<int> least;
        for (const uint32_t r : rows) {
            if (at(rows_[r], columns_[c]).is_zero()) continue;
            const int power = exponent(rows_[r], columns_[c]);
            least = std::min(least.value_or(power), power);
        }
        return least;
    }

    static size_t count_classes(std::vector<uint64_t> colors) {
        std::ranges::sort(colors);
        return static_cast<size_t>(std::unique(colors.begin(), colors.end()) - colors.begin());
    }

    /// The first color that several lines have.
    [[nodiscard]] static std::optional<uint64_t> tie_of(std::vector<uint64_t> colors) {
        std::ranges::sort(colors);
        const auto tie = std::ranges::adjacent_find(colors);
        return tie == colors.end() ? std::nullopt : std::optional(*tie);
    }
    [[nodiscard]] bool first_tie() const { return tie_of(row_colors_) || tie_of(column_colors_); }

    /// Gives the first line of the first class with several ones another color, and a sign if it has none.
    void split_first_tie() {
        const auto split = [](std::vector<uint64_t>& colors, std::vector<int64_t>& signs) {
            const auto tie = tie_of(colors);
            if (!tie) return false;
            const auto line = static_cast<size_t>(std::ranges::find(colors, *tie) - colors.begin());
            colors[line] = mix_bits(*tie + 3);
            if (signs[line] == 0) signs[line] = 1;
            return true;
        };
        if (!split(row_colors_, row_signs_)) split(column_colors_, column_signs_);
    }

    template <class Line>
    static void sort_lines(std::vector<Line>& lines, const std::vector<uint64_t>& colors) {
        std::vector<size_t> order(lines.size());
        std::iota(order.begin(), order.end(), size_t{0});
        std::ranges::stable_sort(order, {}, [&](size_t j) { return colors[j]; });
        std::vector<Line> sorted;
        sorted.reserve(lines.size());
        for (const size_t j : order) sorted.push_back(lines[j]);
        lines = std::move(sorted);
    }

    /// Makes the weights of a spanning forest positive, and odd where that is free; depth first, in order.
    void choose_signs_and_powers() {
        std::vector<bool> seen_rows(rows_.size(), false);
        std::vector<bool> seen_columns(columns_.size(), false);
        std::vector<size_t> stack;
        for (size_t root = 0; root < rows_.size(); ++root) {
            if (!seen_rows[root]) stack.push_back(root);
            seen_rows[root] = true;
            while (!stack.empty()) {
                const NormalForm::Input row = rows_[stack.back()];
                stack.pop_back();
                for (size_t c = 0; c < columns_.size(); ++c) {
                    NormalForm::Output& column = columns_[c];
                    if (seen_columns[c] || at(row, column).is_zero()) continue;
                    seen_columns[c] = true;
                    column.negative = row.negative != at(row, column).is_negative();
                    if (rows_are_free_) column.exponent += exponent(row, column);
                    for (size_t r = 0; r < rows_.size(); ++r) {
                        NormalForm::Input& next = rows_[r];
                        if (seen_rows[r] || at(next, column).is_zero()) continue;
                        seen_rows[r] = true;
                        if (rows_are_free_) next.negative = column.negative != at(next, column).is_negative();
                        if (rows_are_free_) next.exponent -= exponent(next, column);
                        stack.push_back(r);
                    }
                }
            }
        }
    }

    [[nodiscard]] bool constant_follows(const NormalForm::Output& column) const {
        return !options_.constant_follows.empty() && options_.constant_follows[column.index];
    }

    void write() {
        sort_lines(rows_, row_colors_);
        sort_lines(columns_, column_colors_);
        choose_signs_and_powers();
        ByteWriter key;
        key.reserve(32 + 8 * rows_.size() + 2 * rows_.size() * columns_.size());
        key.put(static_cast<uint64_t>(options_.depth));
        key.put_signed(options_.depth == Depth::free ? 0 : options_.extra_depth);
        key.put(static_cast<uint64_t>(options_.objective) + (options_.area ? 2 : 0));
        key.put(rows_.size());
        key.put(columns_.size());
        for (const NormalForm::Output& column : columns_) key.put(constant_follows(column) ? 1 : 0);
        for (const NormalForm::Input& row : rows_) {
            const auto [lo, hi] = unsigned_range(row);
            key.put_int(lo);
            key.put_int(hi);
            key.put(static_cast<uint64_t>(inputs_[row.index].depth - earliest_));
        }
        for (const NormalForm::Input& row : rows_) {
            for (const NormalForm::Output& column : columns_) {
                const Int& w = at(row, column);
                const Int odd = w >> w.trailing_zeros();
                key.put_int(row.negative != column.negative ? -odd : odd);
                if (!w.is_zero()) key.put_signed(exponent(row, column));
                for_each_csd_digit(w, [&](int, bool) { ++form_.digits; });
            }
        }
        form_.key = std::move(key).bytes();
        for (const auto* lines : {&rows_, &columns_}) {
            for (const NormalForm::Input& line : *lines) form_.signs.push_back(line.negative ? '-' : '+');
        }
        form_.inputs = std::move(rows_);
        form_.outputs = std::move(columns_);
    }

    const Matrix& matrix_;
    const std::vector<InputInfo>& inputs_;
    const Options& options_;
    const bool rows_are_free_;  // signs and powers of two of inputs cost no adders, but bits
    std::vector<NormalForm::Input> rows_;
    std::vector<NormalForm::Output> columns_;
    std::vector<Cell> cells_;
    std::vector<uint64_t> row_colors_;
    std::vector<uint64_t> column_colors_;
    std::vector<int64_t> row_signs_;  // 0 where unknown
    std::vector<int64_t> column_signs_;
    bool seeded_ = false;
    int earliest_ = 0;
    NormalForm form_;
};

/// A node of the old graph is ±(node of the new graph)·2^exponent.
struct Moved {
    std::optional<uint32_t> node;
    bool negative = false;
    int64_t exponent = 0;
};

/// Rewrites the adders over other inputs, with shifts that are not negative. moved: one entry per input of the old
/// graph; its other nodes are appended. False if an operand is not there or a shift is out of bounds.
bool move_adders(const AdderGraph& from, std::vector<Moved>& moved, AdderGraph& to) {
    constexpr int64_t most = 1 << 24;
    moved.reserve(moved.size() + from.adders.size());
    to.adders.reserve(from.adders.size());
    for (const Adder& adder : from.adders) {
        if (adder.a >= moved.size() || adder.b >= moved.size()) return false;
        const Moved& a = moved[adder.a];
        const Moved& b = moved[adder.b];
        if (!a.node || !b.node) return false;
        const int64_t up_a = a.exponent + adder.shift_a;
        const int64_t up_b = b.exponent + adder.shift_b;
        const int64_t down = std::min(up_a, up_b);
        if (std::max(up_a, up_b) > most || down < -most) return false;
        Adder result;
        result.a = *a.node;
        result.b = *b.node;
        result.shift_a = static_cast<int>(up_a - down);
        result.shift_b = static_cast<int>(up_b - down);
        const bool b_negative = b.negative != adder.subtract;
        result.subtract = a.negative != b_negative;
        result.merged = adder.merged;
        if (result.subtract && a.negative) {
            std::swap(result.a, result.b);
            std::swap(result.shift_a, result.shift_b);
        }
        moved.push_back({static_cast<uint32_t>(to.inputs + to.adders.size()), a.negative && b_negative, down});
        to.adders.push_back(result);
    }
    return true;
}

OutputTap moved_tap(const Moved& node, const OutputTap& tap, bool negate, int64_t exponent) {
    return {node.node, static_cast<int>(exponent + tap.shift + node.exponent), tap.negate != (negate != node.negative)};
}

/// Whether all forms of the graph are hardly longer than the weights: then measuring cannot overflow where it uses
/// 64-bit integers, which it decides by the weights.
bool is_modest(const AdderGraph& graph, const Matrix& matrix) {
    int64_t longest = 0;
    for (const Int& w : matrix.weights) longest = std::max(longest, w.bit_length());
    const int64_t most = longest + std::bit_width(matrix.inputs) + 3;
    std::vector<Int> norms(graph.inputs, Int(1));  // Σ |coefficients|, as far as nothing cancels
    norms.reserve(graph.inputs + graph.adders.size());
    for (const Adder& adder : graph.adders) {
        if (adder.shift_a > most || adder.shift_b > most) return false;
        Int norm = (norms[adder.a] << adder.shift_a) + (norms[adder.b] << adder.shift_b);
        if (norm.bit_length() > most) return false;
        norms.push_back(std::move(norm));
    }
    return true;
}

}  // namespace

std::optional<NormalForm> normal_form(const Matrix& matrix, const std::vector<InputInfo>& inputs,
                                      const Options& options) {
    if (!options.output_depths.empty()) return std::nullopt;  // rare, and one more thing to order outputs by
    return Normalizer(matrix, inputs, options).run();
}

std::optional<AdderGraph> to_normal_form(const NormalForm& form, const AdderGraph& graph) {
    std::vector<Moved> moved(graph.inputs);
    for (uint32_t i = 0; i < form.inputs.size(); ++i) {
        const NormalForm::Input& input = form.inputs[i];
        moved[input.index] = {i, input.negative, input.exponent};
    }
    AdderGraph result;
    result.inputs = form.inputs.size();
    if (!move_adders(graph, moved, result)) return std::nullopt;
    for (const NormalForm::Output& output : form.outputs) {
        const OutputTap& tap = graph.outputs[output.index];
        if (!tap.node || !moved[*tap.node].node) return std::nullopt;
        result.outputs.push_back(moved_tap(moved[*tap.node], tap, output.negative, -int64_t{output.exponent}));
    }
    return result;
}

std::optional<AdderGraph> from_normal_form(const NormalForm& form, const AdderGraph& graph, const Matrix& matrix) {
    if (graph.inputs != form.inputs.size() || graph.outputs.size() != form.outputs.size()) return std::nullopt;
    std::vector<Moved> moved;
    moved.reserve(form.inputs.size());
    for (const NormalForm::Input& input : form.inputs)
        moved.push_back({input.index, input.negative, -int64_t{input.exponent}});
    AdderGraph result;
    result.inputs = matrix.inputs;
    if (!move_adders(graph, moved, result) || !is_modest(result, matrix)) return std::nullopt;
    result.outputs.resize(matrix.outputs);
    for (size_t o = 0; o < form.outputs.size(); ++o) {
        const OutputTap& tap = graph.outputs[o];
        if (!tap.node || *tap.node >= moved.size()) return std::nullopt;
        result.outputs[form.outputs[o].index] =
            moved_tap(moved[*tap.node], tap, form.outputs[o].negative, form.outputs[o].exponent);
    }
    return result;
}

bool is_measurable(const AdderGraph& graph, const Matrix& matrix) {
    if (graph.inputs != matrix.inputs || graph.outputs.size() != matrix.outputs) return false;
    for (size_t n = 0; n < graph.adders.size(); ++n) {
        const Adder& adder = graph.adders[n];
        if (std::max(adder.a, adder.b) >= graph.inputs + n || std::min(adder.shift_a, adder.shift_b) < 0) return false;
    }
    const size_t nodes = graph.inputs + graph.adders.size();
    const bool taps_exist =
        std::ranges::all_of(graph.outputs, [nodes](const OutputTap& tap) { return !tap.node || *tap.node < nodes; });
    return taps_exist && is_modest(graph, matrix);
}

}  // namespace dal::cmvm
