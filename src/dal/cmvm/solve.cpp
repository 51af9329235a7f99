#include <array>
#include <optional>

#include "dal/cmvm/assemble.hpp"
#include "dal/cmvm/cmvm.hpp"
#include "dal/cmvm/linear_forms.hpp"
#include "dal/cmvm/output_symmetry.hpp"
#include "dal/cmvm/pair_elimination.hpp"
#include "dal/support/check.hpp"

namespace dal::cmvm {
namespace {

bool better(const Solution& a, const Solution& b, Objective objective) {
    const auto key = [objective](const Solution& s) {
        return objective == Objective::adders ? std::array{s.adders, s.bits} : std::array{s.bits, s.adders};
    };
    return key(a) < key(b);
}

void check_arguments(const Matrix& matrix, const std::vector<InputInfo>& inputs, const Options& options) {
    DAL_CHECK(inputs.size() == matrix.inputs,
              std::to_string(inputs.size()) + " intervals for " + std::to_string(matrix.inputs) + " inputs");
    DAL_CHECK(matrix.weights.size() == matrix.inputs * matrix.outputs,
              std::to_string(matrix.weights.size()) + " weights in a matrix of " + std::to_string(matrix.inputs) +
                  " by " + std::to_string(matrix.outputs));
    DAL_CHECK(options.extra_depth >= 0, "extra depth " + std::to_string(options.extra_depth));
}

}  // namespace

Solution solve(const Matrix& matrix, const std::vector<InputInfo>& inputs, const Options& options) {
    check_arguments(matrix, inputs, options);
    std::optional<Solution> best;
    const auto try_problem = [&](const Problem& problem) {
        constexpr std::array kScores{Score::count, Score::overlap, Score::width, Score::level_gap};
        for (const Plan& plan : eliminate_pairs(problem, kScores)) {
            AdderGraph graph = assemble(problem, plan);
            reduce_negations(graph);
            Solution solution = measure(std::move(graph), matrix, inputs);
            if (!best || better(solution, *best, options.objective)) best = std::move(solution);
        }
    };
    const Problem problem = make_problem(matrix, inputs, options);
    try_problem(problem);
    if (const auto split = split_symmetric_sums(problem)) try_problem(*split);
    const auto fault = certify(best->graph, matrix, inputs);
    DAL_CHECK(!fault, *fault);
    return std::move(*best);
}

}  // namespace dal::cmvm
