// Sources: for multiplications by constants, O. Gustafsson, Lower bounds for constant multiplication problems, IEEE
// TCAS-II 54(11), 2007; transposition, A. G. Dempster and M. D. Macleod, 1995. Here for matrices.
#include <algorithm>
#include <bit>
#include <set>

#include "dal/cmvm/cmvm.hpp"
#include "dal/numeric/csd.hpp"

namespace dal::cmvm {
namespace {

using Column = std::vector<Int>;

/// Odd as a whole, and the first weight that is not 0 positive: what is free to get from what.
Column normalized(Column column) {
    int64_t shift = -1;
    bool negative = false;
    for (const Int& w : column) {
        if (w.is_zero()) continue;
        const int64_t zeros = w.trailing_zeros();
        if (shift < 0) negative = w.is_negative();
        shift = shift < 0 ? zeros : std::min(shift, zeros);
    }
    for (Int& w : column) {
        if (w.is_zero()) continue;
        w >>= static_cast<int>(shift);
        if (negative) w = -w;
    }
    return column;
}

/// Distinct columns without those of zeros.
std::set<Column> distinct(const std::vector<Column>& columns) {
    std::set<Column> result;
    for (const Column& column : columns) {
        if (std::ranges::any_of(column, [](const Int& w) { return !w.is_zero(); })) result.insert(normalized(column));
    }
    return result;
}

int64_t log2_of_digits(const Int& weight) {
    const size_t digits = csd_digits(weight).size();
    return digits <= 1 ? 0 : std::bit_width(digits - 1);
}

/// Of one sum Σ wᵢ·xᵢ: its transpose makes all wᵢ·x of one x, with one adder less per further input. That takes an
/// adder per odd number, and one adder at most doubles the number of digits.
int64_t of_column(const Column& column) {
    int64_t inputs = 0;
    std::set<Int> odd;
    for (const Int& w : column) {
        if (w.is_zero()) continue;
        ++inputs;
        odd.insert(abs(w) >> static_cast<int>(w.trailing_zeros()));
    }
    odd.erase(Int(1));
    int64_t fewest = 0;
    int64_t most = 0;
    for (const Int& w : odd) {
        const int64_t steps = log2_of_digits(w);
        fewest = fewest == 0 ? steps : std::min(fewest, steps);
        most = std::max(most, steps);
    }
    const auto count = static_cast<int64_t>(odd.size());
    return inputs - 1 + std::max(most, count == 0 ? 0 : fewest + count - 1);
}

/// The first of the columns to be ready needs what it needs alone, each other one an adder of its own.
int64_t of_columns(const std::set<Column>& columns) {
    int64_t count = 0;
    int64_t fewest = 0;
    int64_t most = 0;
    for (const Column& column : columns) {
        const int64_t adders = of_column(column);
        if (adders == 0) continue;  // an input
        fewest = count == 0 ? adders : std::min(fewest, adders);
        most = std::max(most, adders);
        ++count;
    }
    return std::max(most, count == 0 ? 0 : fewest + count - 1);
}

std::vector<Column> transposed(const std::set<Column>& columns, size_t size) {
    std::vector<Column> result(size);
    for (const Column& column : columns) {
        for (size_t i = 0; i < size; ++i) result[i].push_back(column[i]);
    }
    return result;
}

}  // namespace

int64_t lower_bound(const Matrix& matrix, const std::vector<InputInfo>& inputs) {
    std::vector<Column> columns(matrix.outputs);
    for (size_t o = 0; o < matrix.outputs; ++o) {
        for (size_t i = 0; i < matrix.inputs; ++i) {
            if (inputs.empty() || !inputs[i].range.is_zero()) columns[o].push_back(matrix.at(i, o));
        }
    }
    const std::set<Column> outputs = distinct(columns);
    if (outputs.empty()) return 0;
    // Transposing a graph turns its inputs into outputs, and adds or removes as many adders as there are more.
    const std::vector<Column> rows = transposed(outputs, outputs.begin()->size());
    int64_t used = 0;
    for (const Column& row : rows) {
        used += static_cast<int64_t>(std::ranges::any_of(row, [](const Int& w) { return !w.is_zero(); }));
    }
    const int64_t difference = used - static_cast<int64_t>(outputs.size());
    return std::max(of_columns(outputs), of_columns(distinct(rows)) + difference);
}

}  // namespace dal::cmvm
