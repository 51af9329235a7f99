#include "dal/cmvm/tables/tables.hpp"

#include <doctest/doctest.h>

#include "dal/cmvm/tables/pack.hpp"
#include "unit/cmvm/packed_problem.hpp"

using namespace dal;
using namespace dal::cmvm;
using namespace dal::cmvm::testing;

namespace {

Matrix matrix_of(size_t inputs, size_t outputs, const std::function<int(size_t, size_t)>& weight) {
    Matrix matrix{inputs, outputs, {}};
    for (size_t i = 0; i < inputs; ++i)
        for (size_t o = 0; o < outputs; ++o) matrix.weights.emplace_back(weight(i, o));
    return matrix;
}

std::vector<InputInfo> bits(size_t count) { return std::vector<InputInfo>(count, {Interval(0, 1, 0), 0}); }

PackedSolution solved(const Matrix& matrix, const std::vector<InputInfo>& inputs, const Options& options = {}) {
    Cache cache;
    return solve_packed(matrix, inputs, {}, options, cache);
}

}  // namespace

TEST_CASE("six bits are counted by one table") {
    const Matrix ones = matrix_of(6, 1, [](size_t, size_t) { return 1; });
    const PackedSolution packed = solved(ones, bits(6), {.objective = Objective::bits});
    REQUIRE(packed.tables.size() == 1);
    CHECK(packed.tables[0].inputs.size() == 6);
    CHECK(packed.tables[0].range == Interval(0, 6, 0));
    CHECK(packed.solution.adders == 0);
    CHECK(packed.table_luts == 3);
    CHECK(packed.solution.depth == 1);
}

TEST_CASE("inputs of more than two values are not packed") {
    const Matrix matrix = matrix_of(8, 3, [](size_t i, size_t o) { return static_cast<int>(i * o) - 7; });
    const std::vector<InputInfo> inputs(8, {Interval(0, 2, 0), 0});
    const PackedSolution packed = solved(matrix, inputs);
    CHECK(packed.tables.empty());
    CHECK(packed.solution.adders == solve(matrix, inputs).adders);
}

TEST_CASE("layers of single bits take fewer LUTs with tables, and no more levels") {
    Random random(3);
    for (const int magnitude : {1, 8, 128}) {
        const Matrix matrix =
            matrix_of(24, 12, [&](size_t, size_t) { return static_cast<int>(random.between(-magnitude, magnitude)); });
        const Options options{.objective = Objective::bits};
        const Solution plain = solve(matrix, bits(24), options);
        const PackedSolution packed = solved(matrix, bits(24), options);
        CHECK(packed.solution.bits + packed.table_luts < plain.bits);
        CHECK(packed.solution.depth <= plain.depth);
        CHECK_FALSE(certify(packed, matrix, bits(24), {}));
    }
}

TEST_CASE("every layout computes the matrix") {
    using Groups = PackLayout::Groups;
    Random random(4);
    for (int n = 0; n < 200; ++n) {
        const PackedProblem problem = random_packed_problem(random, 12, 10);
        for (const Groups groups : {Groups::in_order, Groups::per_output, Groups::by_overlap, Groups::equal_rows}) {
            PackLayout layout{groups, static_cast<size_t>(random.between(1, 6)), static_cast<int>(random.between(2, 4)),
                              random.chance(50)};
            PackedSolution packed = pack(problem.matrix, problem.inputs, problem.offsets, layout);
            packed.solution = solve(packed.matrix, packed.inputs, {.effort = 0});
            INFO(static_cast<int>(groups), " ", layout.size, " ", layout.least_digits);
            const auto fault = certify(packed, problem.matrix, problem.inputs, problem.offsets);
            CHECK_MESSAGE(!fault, fault.value_or(""));
            CHECK(check_values(random, problem, packed).empty());
        }
    }
}

TEST_CASE("tables of weights of any size") {
    Random random(6);
    for (const int size : {63, 64, 65, 128, 300}) {
        for (int n = 0; n < 6; ++n) {
            const PackedProblem problem = random_packed_problem(random, 6, size);
            Cache cache;
            const PackedSolution packed =
                solve_packed(problem.matrix, problem.inputs, problem.offsets, {.effort = 0}, cache);
            const auto fault = certify(packed, problem.matrix, problem.inputs, problem.offsets);
            CHECK_MESSAGE(!fault, fault.value_or(""));
            CHECK(check_values(random, problem, packed).empty());
        }
    }
}

TEST_CASE("offsets are put into tables") {
    const Matrix matrix = matrix_of(6, 2, [](size_t i, size_t o) { return i < 3 || o == 0 ? 1 : -1; });
    const std::vector<Dyadic> offsets{Dyadic(-3), Dyadic(5, -1)};
    Cache cache;
    const PackedSolution packed = solve_packed(matrix, bits(6), offsets, {.objective = Objective::bits}, cache);
    CHECK(packed.solution.adders == 0);
    for (const Dyadic& rest : packed.rest) CHECK(rest.is_zero());
    CHECK_FALSE(certify(packed, matrix, bits(6), offsets));
    CHECK(certify(packed, matrix, bits(6), {}));
}

TEST_CASE("a repeated problem is not solved again") {
    const Matrix matrix = matrix_of(16, 8, [](size_t i, size_t o) { return (i * 7 + o * 3) % 5 < 2 ? 1 : -1; });
    Cache cache;
    const PackedSolution first = solve_packed(matrix, bits(16), {}, {}, cache);
    const int64_t solved_before = cache.statistics().solved;
    const PackedSolution second = solve_packed(matrix, bits(16), {}, {}, cache);
    CHECK(cache.statistics().solved == solved_before);
    CHECK(first.tables == second.tables);
}

TEST_CASE("broken tables are refused") {
    Random random(5);
    int refused = 0;
    for (int n = 0; n < 300; ++n) {
        const PackedProblem problem = random_packed_problem(random, 10, 8);
        Cache cache;
        const PackedSolution packed =
            solve_packed(problem.matrix, problem.inputs, problem.offsets, {.effort = 0}, cache);
        if (packed.tables.empty()) continue;
        for (int m = 0; m < 5; ++m) {
            PackedSolution mutant = packed;
            mutate_tables(mutant, random);
            CHECK(certify(mutant, problem.matrix, problem.inputs, problem.offsets));
            ++refused;
        }
    }
    CHECK(refused > 100);
}
