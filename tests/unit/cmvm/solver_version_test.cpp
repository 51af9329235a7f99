// What the solver finds for a few fixed problems, as one number. Kept solutions and recorded designs rely on it.
#include <doctest/doctest.h>

#include "dal/cmvm/cache/bytes.hpp"
#include "dal/support/sha256.hpp"
#include "unit/cmvm/packed_problem.hpp"

using namespace dal;
using namespace dal::cmvm;
using namespace dal::cmvm::testing;

namespace {

/// Graph, tables and costs of whatever `solve` and `solve_packed` do.
std::string digest_of_results() {
    Random random(2024);
    ByteWriter bytes;
    for (int n = 0; n < 60; ++n) {
        const bool large = n % 20 == 0;
        const PackedProblem problem = random_packed_problem(random, large ? 24 : 8, 8);
        Options options;
        options.depth = static_cast<Depth>(n % 3);
        options.objective = n % 2 == 0 ? Objective::adders : Objective::bits;
        options.area = n % 5 == 4;
        options.effort = n / 2 % 2;
        if (n % 15 == 7) options = {.effort = 3, .max_moves = 300};
        Cache cache;
        const PackedSolution packed = solve_packed(problem.matrix, problem.inputs, problem.offsets, options, cache);
        bytes.put_text(cache.blocks().at(0).digest);
        bytes.put_signed(packed.solution.moves);
        bytes.put_signed(packed.solution.bits);
    }
    // The whole of effort 2, on problems that it is soon done with.
    for (const Objective objective : {Objective::adders, Objective::bits}) {
        Matrix matrix{3, 3, {}};
        for (int n = 0; n < 9; ++n) matrix.weights.push_back(random.integer(5));
        const std::vector<InputInfo> inputs(3, {Interval::of(Kif(true, 7, 0)), 0});
        const Solution solution = solve(matrix, inputs, {.objective = objective, .effort = 2, .threads = 2});
        bytes.put_signed(solution.moves);
        bytes.put_signed(solution.adders);
        bytes.put_signed(solution.bits);
    }
    return sha256(std::move(bytes).bytes()).substr(0, 16);
}

}  // namespace

TEST_CASE("the solver finds what its version says") {
    // Something else is found now? Raise `solver_version` in cmvm.hpp, or kept solutions will not be what solving
    // finds; then write the new number and digest here.
    CHECK(solver_version == 2);
    CHECK(digest_of_results() == "eb5b28a0329593af");
}
