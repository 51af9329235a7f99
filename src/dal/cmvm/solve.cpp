#include <array>
#include <optional>
#include <span>

#include "dal/cmvm/assemble/area.hpp"
#include "dal/cmvm/assemble/assemble.hpp"
#include "dal/cmvm/assemble/linear_forms.hpp"
#include "dal/cmvm/cmvm.hpp"
#include "dal/cmvm/constants/single_constant.hpp"
#include "dal/cmvm/greedy/pair_elimination.hpp"
#include "dal/cmvm/problem/column_tree.hpp"
#include "dal/cmvm/problem/equal_inputs.hpp"
#include "dal/cmvm/problem/output_symmetry.hpp"
#include "dal/cmvm/search/improve.hpp"
#include "dal/support/check.hpp"

namespace dal::cmvm {
namespace {

/// With fewer digits than this, all scores together take no longer than a millisecond or so.
constexpr size_t small_problem = 400;

/// Inputs of equal weights that are added first when bits count.
constexpr size_t many_alike = 16;

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

/// One problem on its way to a solution with adders of two operands.
class Solver {
  public:
    Solver(const Matrix& matrix, const std::vector<InputInfo>& inputs, const Options& options)
        : matrix_(matrix),
          inputs_(inputs),
          options_(options),
          problem_(make_problem(matrix, inputs, options)),
          watch_(options, [this]() -> const Solution& { return so_far(); }) {}
    Solver(const Solver&) = delete;
    Solver& operator=(const Solver&) = delete;

    Solution run() && {
        watch_.use(part_for_greedy);
        try_scores(problem_);
        const auto split = split_symmetric_sums(problem_);
        if (split && watch_.look()) try_scores(*split);
        if (options_.effort > 0 && watch_.look()) {
            if (const auto tree = split_by_differences(problem_)) try_scores(*tree);
        }
        const bool is_best = try_single_constant();
        watch_.use(1);
        if (options_.start != nullptr && !certify(*options_.start, matrix_, inputs_)) {
            AdderGraph of_two = *options_.start;
            for (Adder& adder : of_two.adders) adder.merged = false;
            keep_better(measure(std::move(of_two), matrix_, inputs_, true));
        }
        if (options_.effort > 0 && !is_best && watch_.look())
            best_ = improve(std::move(*best_), problem_, matrix_, inputs_, options_, split.has_value(), watch_);
        return std::move(*best_);
    }

  private:
    /// Of the seconds that there are.
    static constexpr double part_for_greedy = 0.5;

    /// Of what there is so far; at first, the sums added up with nothing shared.
    const Solution& so_far() {
        if (best_) return *best_;
        if (!unshared_) unshared_ = measure(assemble(problem_, Plan{{}, problem_.sums}), matrix_, inputs_);
        return *unshared_;
    }

    void keep_better(Solution solution) {
        if (!best_ || better(solution, *best_, problem_, options_.objective)) best_ = std::move(solution);
    }

    /// One input times one constant; whether there is no better solution then.
    bool try_single_constant() {
        if (problem_.sums.size() != 1) return false;
        const Sum& sum = problem_.sums[0];
        const uint32_t input = sum[0].value;
        Int constant(0);
        for (const Term& term : sum) {
            if (term.value != input) return false;
            constant += (term.negative ? Int(-1) : Int(1)) << term.shift;
        }
        if (abs(constant).bit_length() > most_constant_bits) return false;
        const auto magnitude = static_cast<uint64_t>(abs(constant).to_int64());
        // More than three adders take some milliseconds, which the quickest pass does not have.
        const auto most =
            static_cast<int>(std::min<int64_t>(options_.effort == 0 ? 3 : most_constant_adders, best_->adders));
        bool found = false;
        // If a constant follows it may need a level of its own.
        for (const int spare : {0, problem_.spare[0] ? 1 : 0}) {
            const int levels =
                problem_.bounded ? problem_.bounds[0] - problem_.depths[input] - spare : most_constant_adders;
            auto graph = constant_graph(magnitude, levels, most);
            if (!graph) continue;
            keep_better(measure(on_input(std::move(*graph), input, constant.is_negative()), matrix_, inputs_));
            found = true;
        }
        return found && options_.objective == Objective::adders;
    }

    /// A graph of one input as one of all inputs, with the outputs of the problem.
    [[nodiscard]] AdderGraph on_input(AdderGraph graph, uint32_t input, bool negative) const {
        const auto others = static_cast<uint32_t>(inputs_.size() - 1);
        const auto moved = [&](uint32_t node) { return node == 0 ? input : node + others; };
        for (Adder& adder : graph.adders) {
            adder.a = moved(adder.a);
            adder.b = moved(adder.b);
        }
        const OutputTap product = graph.outputs[0];
        graph.inputs = inputs_.size();
        graph.outputs.clear();
        for (const ColumnTap& column : problem_.columns) {
            OutputTap& tap = graph.outputs.emplace_back();
            if (!column.sum) continue;
            tap = {moved(*product.node), product.shift + column.shift, negative != column.negative};
        }
        reduce_negations(graph);
        return graph;
    }

    /// Keeps the best solution of all greedy passes. `problem` is the whole one, or that with split sums.
    void try_scores(const Problem& problem) {
        constexpr std::array all_scores{Score::saved_overlap, Score::count,        Score::count_then_overlap,
                                        Score::width,         Score::long_overlap, Score::level_gap};
        const bool one = options_.effort == 0 && digits_of(problem) > small_problem;
        const auto scores = std::span(all_scores).first(one ? 1 : all_scores.size());
        for (const Plan& plan : eliminate_pairs(problem, scores, watch_)) {
            const bool hopeless =
                best_ && options_.objective == Objective::adders && adders_of(problem, plan) > best_->adders;
            if (hopeless) continue;
            AdderGraph graph = assemble(problem, plan);
            reduce_negations(graph);
            keep_better(measure(std::move(graph), matrix_, inputs_));
        }
    }

    const Matrix& matrix_;
    const std::vector<InputInfo>& inputs_;
    const Options& options_;
    const Problem problem_;
    Watch watch_;
    std::optional<Solution> best_;
    std::optional<Solution> unshared_;
};

/// With adders of two operands. A start has its own way to add equal inputs.
Solution solve_with_two(const Matrix& matrix, const std::vector<InputInfo>& inputs, const Options& options) {
    const size_t least = options.objective == Objective::adders ? 2 : many_alike;
    const auto sums = options.start == nullptr ? add_equal_inputs(matrix, inputs, least) : std::nullopt;
    if (!sums) return Solver(matrix, inputs, options).run();
    Options of_rest = options;
    if (options.progress) {
        const Solution first = measure(AdderGraph{matrix.inputs, sums->adders, {}}, matrix, inputs);
        of_rest.progress = [&options, adders = first.adders, bits = first.bits](Progress progress) {
            progress.adders += adders;
            progress.bits += bits;
            return options.progress(progress);
        };
    }
    const Solution rest = Solver(sums->matrix, sums->sums, of_rest).run();
    Solution solution = measure(with_input_sums(*sums, rest.graph, matrix.inputs), matrix, inputs);
    solution.moves = rest.moves;
    return solution;
}

}  // namespace

Solution solve(const Matrix& matrix, const std::vector<InputInfo>& inputs, const Options& options) {
    check_arguments(matrix, inputs, options);
    Solution best = solve_with_two(matrix, inputs, options);
    if (options.area) {
        const Problem problem = make_problem(matrix, inputs, options);
        best = with_three_operands(best, problem, matrix, inputs, options);
        if (options.start != nullptr && !certify(*options.start, matrix, inputs)) {
            Solution start = measure(*options.start, matrix, inputs, true);
            if (better(start, best, problem, options.objective)) best = std::move(start);
        }
    }
    const auto fault = certify(best.graph, matrix, inputs);
    DAL_CHECK(!fault, *fault);
    return best;
}

}  // namespace dal::cmvm
