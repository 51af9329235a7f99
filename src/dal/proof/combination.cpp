#include "dal/proof/combination.hpp"

#include <algorithm>

namespace dal::proof {
namespace {

// Modulo a prime: factors are small integers if there are any, and a wrong guess does no harm.
constexpr uint64_t prime = (uint64_t{1} << 31) - 1;

uint64_t residue(int64_t a) {
    const int64_t rest = a % static_cast<int64_t>(prime);
    return rest < 0 ? static_cast<uint64_t>(rest) + prime : static_cast<uint64_t>(rest);
}
uint64_t times(uint64_t a, uint64_t b) { return a * b % prime; }
uint64_t inverse(uint64_t a) {
    uint64_t result = 1;
    for (uint64_t exponent = prime - 2; exponent > 0; exponent >>= 1, a = times(a, a))
        if (exponent & 1) result = times(result, a);
    return result;
}

void add_points(const Pieces& function, size_t most, std::vector<int64_t>& points) {
    const size_t runs = function.runs().size();
    const size_t step = runs / most + 1;
    for (size_t j = 0; j < runs; j += step) {
        points.push_back(function.runs()[j].start);
        points.push_back(function.last_of(j));
    }
}

using Matrix = std::vector<std::vector<uint64_t>>;

/// Gauss and Jordan; returns the row of each column's pivot, -1 without one. The last column is the right side.
std::vector<int> eliminate(Matrix& rows, size_t columns) {
    std::vector<int> pivots(columns, -1);
    size_t done = 0;
    for (size_t column = 0; column < columns && done < rows.size(); ++column) {
        const auto pivot = std::find_if(rows.begin() + static_cast<std::ptrdiff_t>(done), rows.end(),
                                        [&](const auto& row) { return row[column] != 0; });
        if (pivot == rows.end()) continue;
        std::swap(rows[done], *pivot);
        const uint64_t scale = inverse(rows[done][column]);
        for (uint64_t& entry : rows[done]) entry = times(entry, scale);
        for (size_t r = 0; r < rows.size(); ++r) {
            const uint64_t factor = rows[r][column];
            if (r == done || factor == 0) continue;
            for (size_t c = column; c <= columns; ++c)
                rows[r][c] = (rows[r][c] + times(prime - factor, rows[done][c])) % prime;
        }
        pivots[column] = static_cast<int>(done++);
    }
    return pivots;
}

}  // namespace

std::optional<std::vector<int64_t>> combination_of(const std::vector<const Pieces*>& functions, const Pieces& function,
                                                   Budget& budget) {
    std::vector<int64_t> points;
    add_points(function, 16, points);
    for (const Pieces* other : functions) add_points(*other, 4, points);
    std::sort(points.begin(), points.end());
    points.erase(std::unique(points.begin(), points.end()), points.end());
    const size_t columns = functions.size() + 2;
    Matrix rows;
    for (const int64_t t : points) {
        std::vector<uint64_t> row = {residue(t), 1};
        for (const Pieces* other : functions) row.push_back(residue(other->at(t)));
        row.push_back(residue(function.at(t)));
        rows.push_back(std::move(row));
        budget.spend(static_cast<int64_t>(columns * columns));
    }
    const std::vector<int> pivots = eliminate(rows, columns);
    size_t rank = 0;
    for (const int pivot : pivots) rank += pivot >= 0 ? 1 : 0;
    for (size_t r = rank; r < rows.size(); ++r)
        if (rows[r][columns] != 0) return std::nullopt;
    std::vector<int64_t> factors;
    constexpr int64_t most = int64_t{1} << 28;
    for (size_t j = 2; j < columns; ++j) {
        const uint64_t found = pivots[j] < 0 ? 0 : rows[static_cast<size_t>(pivots[j])][columns];
        const int64_t factor = found > prime / 2 ? -static_cast<int64_t>(prime - found) : static_cast<int64_t>(found);
        if (factor > most || factor < -most) return std::nullopt;
        factors.push_back(factor);
    }
    return factors;
}

}  // namespace dal::proof
