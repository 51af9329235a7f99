// A problem in other clothes: lines in another order, with other signs and powers of two. Only for tests.
#pragma once

#include <numeric>

#include "unit/cmvm/random_problem.hpp"

namespace dal::cmvm::testing {

inline RandomProblem equivalent_problem(Random& random, const RandomProblem& problem, Objective objective) {
    const Matrix& from = problem.matrix;
    const auto shuffled = [&random](size_t count) {
        std::vector<size_t> order(count);
        std::iota(order.begin(), order.end(), size_t{0});
        for (size_t j = count; j > 1; --j)
            std::swap(order[j - 1], order[static_cast<size_t>(random.between(0, static_cast<int64_t>(j) - 1))]);
        return order;
    };
    const std::vector<size_t> rows = shuffled(from.inputs);
    const std::vector<size_t> columns = shuffled(from.outputs);
    RandomProblem result;
    result.matrix = {from.inputs, from.outputs, std::vector<Int>(from.weights.size())};
    for (size_t i = 0; i < from.inputs; ++i) {
        InputInfo info = problem.inputs[rows[i]];
        const auto scale = static_cast<int>(random.between(0, 3));
        const bool negative = objective == Objective::adders && random.chance(50);
        if (negative) info.range = -info.range;
        // A finer input and a larger weight go together, unless only adders count.
        if (objective == Objective::bits || random.chance(50)) info.range = info.range.shifted(-scale);
        info.depth += 2;
        result.inputs.push_back(info);
        for (size_t o = 0; o < from.outputs; ++o) {
            const Int& w = from.at(rows[i], columns[o]);
            result.matrix.weights[i * from.outputs + o] = (negative ? -w : w) << scale;
        }
    }
    for (size_t o = 0; o < from.outputs; ++o) {
        const int64_t scale = random.between(0, 3);
        const bool negative = random.chance(50);
        for (size_t i = 0; i < from.inputs; ++i) {
            Int& w = result.matrix.weights[i * from.outputs + o];
            w = (negative ? -w : w) << scale;
        }
    }
    return result;
}

}  // namespace dal::cmvm::testing
