// The cache finds what is equivalent, changes nothing unless it is asked for the best, and never believes a file.
#include "dal/cmvm/cache/cache.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "dal/cmvm/cache/normal_form.hpp"
#include "dal/support/file.hpp"
#include "unit/cmvm/cached_problems.hpp"

using namespace dal;
using namespace dal::cmvm;
using namespace dal::cmvm::testing;

TEST_CASE("the cache answers equivalent problems from memory") {
    Random random(31);
    Cache cache;
    int64_t problems = 0;
    int64_t asked = 0;
    for (int n = 0; n < 60; ++n) {
        const RandomProblem problem = random_problem(random, 7, 8);
        if (!normal_form(problem.matrix, problem.inputs, {})) continue;
        const Solution first = solve_with(cache, problem);
        const Solution again = solve_with(cache, problem);
        CHECK(again.adders == first.adders);
        CHECK(again.bits == first.bits);
        ++problems;
        for (int k = 0; k < 3; ++k, ++asked) {
            const RandomProblem other = equivalent_problem(random, problem, Objective::adders);
            const Solution moved = solve_with(cache, other);
            CHECK(moved.graph.adders.size() <= first.graph.adders.size() + first.graph.outputs.size());
        }
    }
    // Only problems whose signs make a negation necessary are solved again.
    CHECK(cache.statistics().from_memory > asked / 2);
    CHECK(cache.statistics().repeated >= problems);
    CHECK(cache.statistics().from_disk == 0);
    CHECK(problems > 20);
}

TEST_CASE("a cached solution is never worse than a fresh one of the same effort") {
    Random random(32);
    Cache cache;
    for (int n = 0; n < 60; ++n) {
        const RandomProblem problem = random_problem(random, 6, 6);
        for (const Depth depth : {Depth::minimum, Depth::each_output, Depth::free}) {
            Options options;
            options.depth = depth;
            solve_with(cache, problem, options);
            const RandomProblem other = equivalent_problem(random, problem, Objective::adders);
            const Solution fresh = solve(problem.matrix, problem.inputs, options);
            CHECK(solve_with(cache, problem, options).adders <= fresh.adders);
            const Solution moved = solve_with(cache, other, options);
            if (depth == Depth::minimum) CHECK(moved.graph.adders.size() <= fresh.graph.adders.size() + 7);
        }
    }
}

TEST_CASE("what comes from the disk is what solving finds") {
    Random random(33);
    const auto folder = TemporaryDirectory::make();
    REQUIRE(folder);
    const fs::path directory = folder->path() / "not" / "there" / "yet";
    int64_t from_disk = 0;
    for (int n = 0; n < 120; ++n) {
        const RandomProblem problem = random_problem(random, 8, 9);
        Options options;
        options.depth = static_cast<Depth>(n % 3);
        options.objective = n % 2 == 0 ? Objective::adders : Objective::bits;
        options.area = random.chance(30);
        options.effort = static_cast<int>(random.between(0, 1));
        options.seed = static_cast<uint64_t>(n);
        if (random.chance(30)) options.constant_follows.assign(problem.matrix.outputs, true);
        const Solution fresh = solve(problem.matrix, problem.inputs, options);
        for (int build = 0; build < 3; ++build) {
            Cache cache(directory);
            CHECK(same(solve_with(cache, problem, options), fresh));
            from_disk += cache.statistics().from_disk;
        }
    }
    CHECK(from_disk > 30);
}

TEST_CASE("a build does not depend on what others have left on the disk") {
    Random random(44);
    const auto folder = TemporaryDirectory::make();
    REQUIRE(folder);
    const RandomProblem problem = dense_problem(random);
    // Three blocks, the second one equivalent to the first, as one build has them.
    const RandomProblem other = equivalent_problem(random, problem, Objective::bits);
    const RandomProblem third = dense_problem(random, 9);
    const auto build = [&](std::optional<fs::path> directory) {
        Cache cache(std::move(directory));
        std::vector<Solution> solutions;
        for (const RandomProblem& block : {problem, other, third}) solutions.push_back(solve_with(cache, block));
        return solutions;
    };
    const auto alone = build(std::nullopt);
    {
        Cache cache(folder->path());
        Options search = short_search(3);
        search.max_moves = 20'000;
        CHECK(solve_with(cache, problem, search).adders < alone[0].adders);
        solve_with(cache, equivalent_problem(random, third, Objective::bits));
        Options flash;
        flash.effort = 0;
        solve_with(cache, other, flash);
        Options seeded;
        seeded.seed = 5;
        solve_with(cache, problem, seeded);
    }
    for (int round = 0; round < 2; ++round) {
        const auto with_disk = build(folder->path());
        for (size_t n = 0; n < alone.size(); ++n) CHECK(same(alone[n], with_disk[n]));
    }
}

TEST_CASE("the best of all searches is there for those who ask") {
    Random random(45);
    const auto folder = TemporaryDirectory::make();
    REQUIRE(folder);
    const RandomProblem problem = dense_problem(random);
    Options search;
    search.effort = 3;
    search.seconds = 0.4;
    Solution found;
    {
        Cache cache(folder->path());
        found = solve_with(cache, problem, search);
        CHECK(cache.statistics().solved == 1);
        CHECK_FALSE(found.from_best);
    }
    RandomProblem turned = problem;
    std::ranges::reverse(turned.matrix.weights);
    for (const RandomProblem& asked : {problem, turned}) {
        Cache cache(folder->path(), Cache::Use::best);
        search.seconds = 0.3;  // no more than there was
        const Solution best = solve_with(cache, asked, search);
        CHECK(best.adders == found.adders);
        CHECK(best.from_best);
        CHECK(cache.statistics().from_disk == 1);
        CHECK(cache.statistics().solved == 0);
    }
    // More than there was: the search goes on from there.
    Cache cache(folder->path(), Cache::Use::best);
    search.seconds = 0.5;
    CHECK(solve_with(cache, problem, search).adders <= found.adders);
    CHECK(cache.statistics().solved == 1);
    // And 0.3 s are no search of effort 2, nor of effort 1.
    for (const int effort : {0, 1}) {
        Cache again(folder->path(), Cache::Use::best);
        Options usual;
        usual.effort = effort;
        CHECK(solve_with(again, problem, usual).adders <= found.adders);
        CHECK(again.statistics().solved == effort);
    }
}

TEST_CASE("a short search never stands in for a long one") {
    const auto searched = [](int effort, int64_t milliseconds) {
        Searched result;
        result.milliseconds[static_cast<size_t>(effort)] = milliseconds;
        return result;
    };
    const Searched usual = searched(2, 5000);
    CHECK(usual.covers(usual));
    CHECK(searched(3, 5000).covers(usual));
    CHECK_FALSE(searched(3, 10).covers(usual));
    CHECK_FALSE(searched(1, 600'000).covers(usual));
    CHECK_FALSE(usual.covers(searched(3, 10)));
    CHECK_FALSE(Searched{}.covers(searched(0, 0)));
    // Of two searches neither is the longer one, and both together are no third.
    Searched both = searched(3, 10);
    both.join(usual);
    CHECK(both.covers(usual));
    CHECK(both.covers(searched(3, 10)));
    CHECK_FALSE(both.covers(searched(3, 11)));
    CHECK_FALSE(both.covers(searched(3, 5000)));

    Random random(46);
    const auto folder = TemporaryDirectory::make();
    REQUIRE(folder);
    const RandomProblem problem = dense_problem(random, 8);
    Options brief;
    brief.effort = 3;
    brief.seconds = 0.001;
    Options longer;
    longer.effort = 2;
    longer.seconds = 0.2;
    for (const Cache::Use use : {Cache::Use::same, Cache::Use::best}) {
        Cache cache(folder->path() / std::to_string(static_cast<int>(use)), use);
        solve_with(cache, problem, brief);
        solve_with(cache, problem, longer);
        CHECK(cache.statistics().solved == 2);
    }
}

TEST_CASE("solutions with few bits come back as they were") {
    Random random(41);
    const auto folder = TemporaryDirectory::make();
    REQUIRE(folder);
    Options options;
    options.objective = Objective::bits;
    for (int n = 0; n < 5; ++n) {
        const RandomProblem problem = dense_problem(random, 10);
        Cache first(folder->path());
        const Solution solution = solve_with(first, problem, options);
        Cache second(folder->path());
        CHECK(same(solve_with(second, problem, options), solution));
        CHECK(second.statistics().from_disk == 1);
    }
}

TEST_CASE("bounds of outputs belong to the problem") {
    const Matrix matrix{8, 1, std::vector<Int>(8, Int(1))};
    const std::vector<InputInfo> inputs(8, {Interval::of(Kif(true, 7, 0)), 0});
    Cache cache;
    Options options;
    options.depth = Depth::free;
    solve_cached(matrix, inputs, options, cache);
    options.output_depths = {3};
    const Solution solution = solve_cached(matrix, inputs, options, cache);
    CHECK(solution.depth == 3);
    CHECK(cache.statistics().solved == 2);
    solve_cached(matrix, inputs, options, cache);
    CHECK(cache.statistics().repeated == 1);
}

TEST_CASE("a stopped search does not count as one") {
    Random random(34);
    const RandomProblem problem = dense_problem(random, 16);
    Cache cache;
    Options options;
    options.effort = 2;
    options.seconds = 0.5;
    options.progress = [](const Progress&) { return false; };
    solve_with(cache, problem, options);
    options.progress = {};
    solve_with(cache, problem, options);
    solve_with(cache, problem, options);
    CHECK(cache.statistics().solved == 2);
    CHECK(cache.statistics().repeated == 1);
}

TEST_CASE("small problems stay away from the disk unless somebody searches") {
    const auto folder = TemporaryDirectory::make();
    REQUIRE(folder);
    const fs::path directory = folder->path() / "cache";
    Random random(35);
    const RandomProblem problem = dense_problem(random, 3);
    Cache cache(directory);
    solve_with(cache, problem, short_search(0));
    CHECK_FALSE(fs::exists(directory));
    solve_with(cache, problem, short_search(3));
    CHECK(files_in(directory).size() == 2);  // what that search finds, and what is best
}
