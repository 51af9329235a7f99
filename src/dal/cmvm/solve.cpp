#include <array>
#include <optional>
#include <span>

#include "dal/cmvm/assemble/area.hpp"
#include "dal/cmvm/assemble/assemble.hpp"
#include "dal/cmvm/assemble/linear_forms.hpp"
#include "dal/cmvm/cmvm.hpp"
#include "dal/cmvm/greedy/pair_elimination.hpp"
#include "dal/cmvm/problem/column_tree.hpp"
#include "dal/cmvm/problem/output_symmetry.hpp"
#include "dal/cmvm/search/improve.hpp"
#include "dal/support/check.hpp"

namespace dal::cmvm {
namespace {

/// With fewer digits than this, all scores together take no longer than a millisecond or so.
constexpr size_t small_problem = 400;

void check_arguments(const Matrix& matrix, const std::vector<InputInfo>& inputs, const Options& options) {
    DAL_CHECK(inputs.size() == matrix.inputs,
              std::to_string(inputs.size()) + " intervals for " + std::to_string(matrix.inputs) + " inputs");
    DAL_CHECK(matrix.weights.size() == matrix.inputs * matrix.outputs,
              std::to_string(matrix.weights.size()) + " weights in a matrix of " + std::to_string(matrix.inputs) +
                  " by " + std::to_string(matrix.outputs));
    DAL_CHECK(
        options.output_depths.empty() || options.output_depths.size() == matrix.outputs,
        std::to_string(options.output_depths.size()) + " depths for " + std::to_string(matrix.outputs) + " outputs");
    DAL_CHECK(options.constant_follows.empty() || options.constant_follows.size() == matrix.outputs,
              std::to_string(options.constant_follows.size()) + " constants for " + std::to_string(matrix.outputs) +
                  " outputs");
    DAL_CHECK(options.extra_depth >= 0, "extra depth " + std::to_string(options.extra_depth));
}

/// Without the negations of outputs.
int64_t adders_of(const Problem& problem, const Plan& plan) {
    size_t adders = plan.nodes.size() + problem.combinations.size();
    for (const Sum& sum : plan.sums) adders += sum.size() - 1;
    return static_cast<int64_t>(adders);
}

/// Keeps the best solution of all greedy passes in `best`. `problem` is `whole` or `whole` with split sums.
void try_scores(const Problem& problem, const Problem& whole, const Matrix& matrix,
                const std::vector<InputInfo>& inputs, const Options& options, std::optional<Solution>& best) {
    constexpr std::array all_scores{Score::saved_overlap, Score::count,        Score::count_then_overlap,
                                    Score::width,         Score::long_overlap, Score::level_gap};
    const bool one = options.effort == 0 && digits_of(problem) > small_problem;
    for (const Plan& plan : eliminate_pairs(problem, std::span(all_scores).first(one ? 1 : all_scores.size()))) {
        const bool hopeless = best && options.objective == Objective::adders && adders_of(problem, plan) > best->adders;
        if (hopeless) continue;
        AdderGraph graph = assemble(problem, plan);
        reduce_negations(graph);
        Solution solution = measure(std::move(graph), matrix, inputs);
        if (!best || better(solution, *best, whole, options.objective)) best = std::move(solution);
    }
}

}  // namespace

Solution solve(const Matrix& matrix, const std::vector<InputInfo>& inputs, const Options& options) {
    check_arguments(matrix, inputs, options);
    const Problem problem = make_problem(matrix, inputs, options);
    std::optional<Solution> best;
    try_scores(problem, problem, matrix, inputs, options, best);
    const auto split = split_symmetric_sums(problem);
    if (split) try_scores(*split, problem, matrix, inputs, options, best);
    if (options.effort > 0) {
        if (const auto tree = split_by_differences(problem)) try_scores(*tree, problem, matrix, inputs, options, best);
    }
    const bool has_start = options.start != nullptr && !certify(*options.start, matrix, inputs);
    if (has_start) {
        AdderGraph of_two = *options.start;
        for (Adder& adder : of_two.adders) adder.merged = false;
        Solution start = measure(std::move(of_two), matrix, inputs, true);
        if (better(start, *best, problem, options.objective)) best = std::move(start);
    }
    if (options.effort > 0) best = improve(std::move(*best), problem, matrix, inputs, options, split.has_value());
    if (options.area) {
        best = with_three_operands(*best, problem, matrix, inputs, options);
        if (has_start) {
            Solution start = measure(*options.start, matrix, inputs, true);
            if (better(start, *best, problem, options.objective)) best = std::move(start);
        }
    }
    const auto fault = certify(best->graph, matrix, inputs);
    DAL_CHECK(!fault, *fault);
    return std::move(*best);
}

}  // namespace dal::cmvm
