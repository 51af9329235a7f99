// What tests of the cache share: problems that are kept, searches, and whether two solutions are the same.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

#include "dal/cmvm/cache/cache.hpp"
#include "unit/cmvm/equivalent_problem.hpp"

namespace dal::cmvm::testing {

namespace fs = std::filesystem;

/// A dense problem, large enough for the disk.
inline RandomProblem dense_problem(Random& random, size_t size = 12) {
    RandomProblem problem;
    problem.matrix = {size, size, {}};
    for (size_t n = 0; n < size * size; ++n) problem.matrix.weights.push_back(random.integer(8));
    problem.inputs.assign(size, {Interval::of(Kif(true, 7, 0)), 0});
    return problem;
}

inline Solution solve_with(Cache& cache, const RandomProblem& problem, const Options& options = {}) {
    Solution solution = solve_cached(problem.matrix, problem.inputs, options, cache);
    REQUIRE_FALSE(certify(solution.graph, problem.matrix, problem.inputs));
    return solution;
}

/// One move is enough to be a search.
inline Options short_search(int effort) {
    Options options;
    options.effort = effort;
    options.max_moves = 1;
    return options;
}

inline bool same(const AdderGraph& a, const AdderGraph& b) {
    const auto same_adders = [](const Adder& x, const Adder& y) {
        return x.a == y.a && x.b == y.b && x.shift_a == y.shift_a && x.shift_b == y.shift_b &&
               x.subtract == y.subtract && x.merged == y.merged && x.depth == y.depth && x.range == y.range;
    };
    const auto same_taps = [](const OutputTap& x, const OutputTap& y) {
        return x.node == y.node && x.shift == y.shift && x.negate == y.negate;
    };
    return a.inputs == b.inputs && std::ranges::equal(a.adders, b.adders, same_adders) &&
           std::ranges::equal(a.outputs, b.outputs, same_taps);
}

inline bool same(const Solution& a, const Solution& b) {
    return same(a.graph, b.graph) && a.adders == b.adders && a.bits == b.bits && a.depth == b.depth &&
           a.moves == b.moves;
}

inline std::vector<fs::path> files_in(const fs::path& folder) {
    std::vector<fs::path> files;
    if (!fs::exists(folder)) return files;
    for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
    return files;
}

}  // namespace dal::cmvm::testing
