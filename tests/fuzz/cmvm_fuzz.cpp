// Random matrices through the solver in all its modes. Each solution must be certified, must compute y = x·W on random
// inputs, and must stay within its depth; each graph that is broken on purpose must be refused.
//   cmvm_fuzz [--count N] [--seed N]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "dal/cmvm/cache/cache.hpp"
#include "unit/cmvm/equivalent_problem.hpp"
#include "unit/cmvm/packed_problem.hpp"

using namespace dal;
using namespace dal::cmvm;
using namespace dal::cmvm::testing;

namespace {

struct Counts {
    int64_t adders = 0;
    int64_t vectors = 0;
    int64_t mutants = 0;
    int64_t harmless = 0;
    int64_t cached = 0;
    int64_t tables = 0;
    int64_t late = 0;  ///< outputs that are a level deeper with their constants than they could be
};

[[noreturn]] void fail(const RandomProblem& problem, int64_t number, const std::string& what) {
    std::printf("matrix %lld: %s\n%s", static_cast<long long>(number), what.c_str(), print(problem).c_str());
    std::exit(1);
}

Options random_options(Random& random) {
    Options options;
    options.depth = static_cast<Depth>(random.between(0, 2));
    options.extra_depth = random.chance(30) ? static_cast<int>(random.between(1, 3)) : 0;
    options.objective = random.chance(50) ? Objective::adders : Objective::bits;
    options.effort = random.chance(4) ? static_cast<int>(random.between(2, 3)) : random.chance(25) ? 1 : 0;
    options.max_moves = 300;
    options.seed = static_cast<uint64_t>(random.between(0, 1000));
    options.area = random.chance(30);
    return options;
}

std::vector<Dyadic> random_values(Random& random, const std::vector<InputInfo>& inputs) {
    std::vector<Dyadic> values;
    for (const InputInfo& input : inputs) {
        const Interval& range = input.range;
        const Int code = random.chance(20)   ? range.lo()
                         : random.chance(20) ? range.hi()
                                             : random.inside(range.lo(), range.hi());
        values.emplace_back(code, -static_cast<int64_t>(range.f()));
    }
    return values;
}

/// Outputs, and every node within its range.
std::string check_values(Random& random, const RandomProblem& problem, const AdderGraph& graph) {
    const std::vector<Dyadic> x = random_values(random, problem.inputs);
    const Evaluation got = evaluate(graph, x);
    for (size_t o = 0; o < problem.matrix.outputs; ++o) {
        Dyadic expected;
        for (size_t i = 0; i < x.size(); ++i) expected = expected + x[i] * Dyadic(problem.matrix.at(i, o));
        if (got.outputs[o] != expected)
            return "output " + std::to_string(o) + " is " + got.outputs[o].to_string() + ", not " +
                   expected.to_string();
    }
    for (size_t n = 0; n < graph.adders.size(); ++n) {
        if (!graph.adders[n].range.contains(got.nodes[graph.inputs + n]))
            return "adder " + std::to_string(n) + " leaves its range";
    }
    return "";
}

/// Changes one thing. Graph with at least one adder.
void mutate(AdderGraph& graph, Random& random) {
    const auto nodes = static_cast<int64_t>(graph.inputs + graph.adders.size());
    Adder& adder = graph.adders[static_cast<size_t>(random.between(0, static_cast<int64_t>(graph.adders.size()) - 1))];
    OutputTap& tap =
        graph.outputs[static_cast<size_t>(random.between(0, static_cast<int64_t>(graph.outputs.size()) - 1))];
    const Interval range = adder.range;
    switch (random.between(0, 12)) {
        case 0: adder.shift_a += random.chance(50) ? 1 : -1; break;
        case 1: adder.shift_b += random.chance(50) ? 1 : -1; break;
        case 2: adder.subtract = !adder.subtract; break;
        case 3: adder.a = static_cast<uint32_t>(random.between(0, nodes)); break;
        case 4: adder.b = static_cast<uint32_t>(random.between(0, nodes)); break;
        case 5: adder.depth += random.chance(50) ? 1 : -1; break;
        case 6: adder.range = Interval(range.lo() - 1, range.hi(), range.f()); break;
        case 7: adder.range = Interval(range.lo(), range.hi() + 1, range.f()); break;
        case 8: tap.shift += random.chance(50) ? 1 : -1; break;
        case 9: tap.negate = !tap.negate; break;
        case 10: tap.node = static_cast<uint32_t>(random.between(0, nodes)); break;
        case 11: tap.node.reset(); break;
        case 12: adder.merged = !adder.merged; break;
    }
}

void check_mutants(Random& random, const RandomProblem& problem, const AdderGraph& graph, int64_t number,
                   Counts& counts) {
    if (graph.adders.empty()) return;
    for (int n = 0; n < 4; ++n) {
        AdderGraph mutant = graph;
        mutate(mutant, random);
        ++counts.mutants;
        if (certify(mutant, problem.matrix, problem.inputs)) continue;
        // Only what is still right by the slow checker may pass: a shift of an operand that is 0, say.
        if (!is_valid(mutant, problem)) fail(problem, number, "a broken graph was certified");
        ++counts.harmless;
    }
}

void check_solution(Random& random, const RandomProblem& problem, const Solution& solution, int64_t number,
                    Counts& counts) {
    if (const auto fault = certify(solution.graph, problem.matrix, problem.inputs)) fail(problem, number, *fault);
    for (int n = 0; n < 3; ++n, ++counts.vectors) {
        if (const auto fault = check_values(random, problem, solution.graph); !fault.empty())
            fail(problem, number, fault);
    }
    counts.adders += solution.adders;
}

/// No output deeper than its bound, its negation apart. Arrivals far apart are another matter (docs/cmvm.md).
/// Outputs with a constant may be one level deeper in rare cases, which are counted.
void check_depth(const RandomProblem& problem, const Options& options, const Solution& solution, int64_t number,
                 Counts& counts) {
    if (options.depth == Depth::free) return;
    for (const InputInfo& input : problem.inputs)
        if (input.depth > 50) return;
    const bool with_constants = !options.constant_follows.empty() && !options.area;
    const int least = minimum_depth(problem.matrix, problem.inputs);
    const int most = with_constants ? minimum_depth(problem.matrix, problem.inputs, options.constant_follows) : least;
    const std::vector<int> depths = depths_with_constants(solution.graph, problem.inputs);
    for (size_t o = 0; o < depths.size(); ++o) {
        const OutputTap& tap = solution.graph.outputs[o];
        if (!tap.node || *tap.node < problem.matrix.inputs) continue;
        const bool follows = with_constants && options.constant_follows[o];
        const int depth = follows ? depths[o] : solution.graph.adders[*tap.node - problem.matrix.inputs].depth;
        const int bound = (follows ? most : least) + options.extra_depth;
        if (follows && depth == bound + 1)
            ++counts.late;
        else if (depth > bound)
            fail(problem, number,
                 "output " + std::to_string(o) + " is deeper than " + std::to_string(bound) +
                     (follows ? " with its constant" : ""));
    }
    // An adder of three operands is worth two.
    if (lower_bound(problem.matrix, problem.inputs) > solution.adders * (options.area ? 2 : 1))
        fail(problem, number, "below the lower bound");
}

/// Single bits among the inputs, constants at the outputs.
void check_packed(Random& random, const Options& options, int64_t number, Counts& counts) {
    const PackedProblem problem = random_packed_problem(random, 12, 20);
    const RandomProblem shown{problem.matrix, problem.inputs};
    Cache cache;
    const PackedSolution packed = solve_packed(problem.matrix, problem.inputs, problem.offsets, options, cache);
    if (const auto fault = certify(packed, problem.matrix, problem.inputs, problem.offsets))
        fail(shown, number, *fault);
    for (int n = 0; n < 3; ++n, ++counts.vectors)
        if (const auto fault = check_values(random, problem, packed); !fault.empty()) fail(shown, number, fault);
    counts.adders += packed.solution.adders;
    counts.tables += static_cast<int64_t>(packed.tables.size());
    if (options.depth == Depth::minimum) {
        std::vector<bool> follows;
        for (const Dyadic& offset : problem.offsets) follows.push_back(!offset.is_zero());
        const int bound = minimum_depth(problem.matrix, problem.inputs, follows) + options.extra_depth;
        for (const OutputTap& tap : packed.solution.graph.outputs) {
            if (!tap.node) continue;
            const size_t first = packed.solution.graph.inputs;
            const int depth = *tap.node < first ? packed.inputs[*tap.node].depth
                                                : packed.solution.graph.adders[*tap.node - first].depth;
            if (depth > bound) fail(shown, number, "an output with tables is deeper than " + std::to_string(bound));
        }
    }
    for (int n = 0; n < 2 && !packed.tables.empty(); ++n, ++counts.mutants) {
        PackedSolution mutant = packed;
        mutate_tables(mutant, random);
        if (!certify(mutant, problem.matrix, problem.inputs, problem.offsets))
            fail(shown, number, "a broken table was certified");
    }
}

int64_t number_after(int argc, char** argv, const char* option, int64_t otherwise) {
    for (int n = 1; n + 1 < argc; ++n)
        if (std::strcmp(argv[n], option) == 0) return std::atoll(argv[n + 1]);
    return otherwise;
}

}  // namespace

int main(int argc, char** argv) {
    const int64_t count = number_after(argc, argv, "--count", 1000);
    const int64_t first = number_after(argc, argv, "--first", 0);  // to see one matrix again
    const auto seed = static_cast<uint64_t>(number_after(argc, argv, "--seed", 1));
    const auto start = std::chrono::steady_clock::now();
    Counts counts;
    for (int64_t number = first; number < first + count; ++number) {
        Random random(seed * 1'000'003 + static_cast<uint64_t>(number));
        const RandomProblem problem = random_problem(random, 12, 40);
        Options options = random_options(random);
        if (number % 2 == 0) check_packed(random, options, number, counts);
        const bool with_constants = number % 4 == 1;
        for (size_t o = 0; with_constants && o < problem.matrix.outputs; ++o)
            options.constant_follows.push_back(random.chance(60));
        Cache cache;
        const Solution solution = solve_cached(problem.matrix, problem.inputs, options, cache);
        check_solution(random, problem, solution, number, counts);
        check_depth(problem, options, solution, number, counts);
        check_mutants(random, problem, solution.graph, number, counts);
        if (number % 4 == 0) {
            const RandomProblem other = equivalent_problem(random, problem, options.objective);
            check_solution(random, other, solve_cached(other.matrix, other.inputs, options, cache), number, counts);
            counts.cached += cache.statistics().from_memory;
        }
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    std::printf(
        "%lld matrices, %lld adders, %lld tables: all certified, %lld vectors right; %lld mutants, %lld of them "
        "harmless, all others refused; %lld from the cache; %lld outputs without room for their constants; %.1f s\n",
        static_cast<long long>(count), static_cast<long long>(counts.adders), static_cast<long long>(counts.tables),
        static_cast<long long>(counts.vectors), static_cast<long long>(counts.mutants),
        static_cast<long long>(counts.harmless), static_cast<long long>(counts.cached),
        static_cast<long long>(counts.late), seconds);
    return counts.late * 1000 > count ? 1 : 0;
}
