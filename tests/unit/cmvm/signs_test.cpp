// Outputs with negative weights: where signs are moved inside the graph, the certificate must still hold.
#include <doctest/doctest.h>

#include "dal/cmvm/cmvm.hpp"

namespace dal::cmvm {
namespace {

/// One input and two outputs; solve certifies its result and throws if it is wrong.
void solve_pair(int a, int b) {
    const Matrix matrix{.inputs = 1, .outputs = 2, .weights = {Int(a), Int(b)}};
    Options options;
    for (options.effort = 0; options.effort <= 1; ++options.effort) {
        options.max_moves = 10;
        CHECK_NOTHROW(solve(matrix, {InputInfo{.range = Interval(0, 7, 0)}}, options));
    }
}

TEST_CASE("an adder and its operand are not both negated under a common user") {
    solve_pair(11, -203);  // -3x, -11x = x + 4·(-3x), -203x = 64·(-3x) - 11x
}

TEST_CASE("all small pairs of weights with different signs") {
    for (int a = 1; a < 64; a += 2)
        for (int b = 1; b < 512; b += 2) {
            CAPTURE(a);
            CAPTURE(b);
            solve_pair(a, -b);
            solve_pair(-a, b);
        }
}

}  // namespace
}  // namespace dal::cmvm
