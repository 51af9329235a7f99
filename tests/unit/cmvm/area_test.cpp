#include <doctest/doctest.h>

#include <algorithm>

#include "dal/cmvm/cache/cache_files.hpp"
#include "dal/cmvm/cmvm.hpp"
#include "dal/numeric/adder_bits.hpp"
#include "unit/cmvm/random_problem.hpp"

using namespace dal;
using namespace dal::cmvm;
using namespace dal::cmvm::testing;

namespace {

Matrix column(size_t inputs) { return {inputs, 1, std::vector<Int>(inputs, Int(1))}; }

std::vector<InputInfo> bytes(size_t count) { return std::vector<InputInfo>(count, {Interval(-128, 127, 0), 0}); }

int64_t merged(const AdderGraph& graph) {
    return std::ranges::count_if(graph.adders, [](const Adder& adder) { return adder.merged; });
}

}  // namespace

TEST_CASE("a sum of n terms takes half as many adders of three operands") {
    for (size_t n = 2; n <= 40; ++n) {
        for (const Depth depth : {Depth::minimum, Depth::free}) {
            const Options options{.depth = depth, .area = true, .effort = 0};
            const Solution solution = solve(column(n), bytes(n), options);
            CHECK(solution.adders == static_cast<int64_t>(n / 2));
            CHECK(solution.adders + merged(solution.graph) == static_cast<int64_t>(n - 1));
        }
    }
}

TEST_CASE("an adder of three operands is one level") {
    const Solution solution = solve(column(9), bytes(9), {.area = true, .effort = 0});
    CHECK(solution.depth <= 4);
    const Solution three = solve(column(3), bytes(3), {.area = true, .effort = 0});
    CHECK(three.depth == 1);
    CHECK(three.adders == 1);
    // 8 bits of each operand, and one that the carries of the compression reach.
    CHECK(three.bits == 9);
}

TEST_CASE("bits of an adder of three operands") {
    const Interval byte(0, 255, 0);
    CHECK(adder_bits(byte, byte, byte, byte + byte + byte) == 9);
    CHECK(adder_bits(byte, byte, byte.shifted(4), byte + byte + byte.shifted(4)) == 13);
    CHECK(adder_bits(byte, byte.shifted(4), byte.shifted(4), byte + byte.shifted(4) + byte.shifted(4)) == 9);
    CHECK(adder_bits(byte, byte, -byte, byte + byte - byte) == 10);
    CHECK(adder_bits(Interval(), Interval(), byte, byte) == 0);
    // What is known of the result bounds it.
    CHECK(adder_bits(byte, byte, -byte, Interval(0, 15, 0)) == 4);
}

TEST_CASE("what is merged is for one adder only") {
    const Matrix matrix = column(3);
    Solution solution = solve(matrix, bytes(3), {.area = true, .effort = 0});
    CHECK_FALSE(certify(solution.graph, matrix, bytes(3)));
    AdderGraph both = solution.graph;
    for (Adder& adder : both.adders) adder.merged = true;
    CHECK(certify(both, matrix, bytes(3)));
    AdderGraph deep = solution.graph;
    deep.adders.back().depth = 2;
    CHECK(certify(deep, matrix, bytes(3)));
    // y0 = a + b, y1 = a + b + c: the first sum is an output.
    const Matrix shared{3, 2, {Int(1), Int(1), Int(1), Int(1), Int(0), Int(1)}};
    Solution outputs = solve(shared, bytes(3), {.effort = 0});
    REQUIRE(outputs.graph.adders.size() == 2);
    outputs.graph.adders[0].merged = true;
    outputs.graph.adders[1].depth = 1;
    CHECK(certify(outputs.graph, shared, bytes(3)));
}

TEST_CASE("adders of three operands save operators and bits, and are no deeper") {
    Random random(7);
    for (int n = 0; n < 20; ++n) {
        const RandomProblem problem = random_problem(random, 12, 10);
        for (const Objective objective : {Objective::adders, Objective::bits}) {
            Options options{.objective = objective, .effort = n % 2};
            const Solution two = solve(problem.matrix, problem.inputs, options);
            options.area = true;
            const Solution three = solve(problem.matrix, problem.inputs, options);
            CHECK(three.adders <= two.adders);
            CHECK(three.depth <= two.depth);
            if (objective == Objective::bits) CHECK(three.bits <= two.bits);
        }
    }
}

TEST_CASE("merged adders are kept in files") {
    const Solution solution = solve(column(7), bytes(7), {.area = true, .effort = 0});
    const CacheRecord record{{}, 0, solution.graph};
    const auto back = decode_record(encode_record("key", record), "key");
    REQUIRE(back);
    for (size_t n = 0; n < solution.graph.adders.size(); ++n)
        CHECK(back->graph.adders[n].merged == solution.graph.adders[n].merged);
}
