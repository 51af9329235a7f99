// The state of the search: whatever is done to it, the sums stay what they were; and everything can be undone.
#include "dal/cmvm/rows/row_graph.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "dal/cmvm/assemble/assemble.hpp"
#include "dal/cmvm/rows/row_signs.hpp"
#include "unit/cmvm/random_problem.hpp"

using namespace dal;
using namespace dal::cmvm;
using namespace dal::cmvm::testing;

namespace {

using Form = std::map<uint32_t, Int>;  // coefficients of inputs

std::vector<Form> forms_of(const Rows& rows, size_t inputs) {
    std::vector<Form> values(inputs + rows.nodes.size());
    const auto sum_of = [&](const std::vector<RowTerm>& terms) {
        Form sum;
        for (const RowTerm term : terms) {
            for (const auto& [input, coefficient] : values[term.value()]) {
                sum[input] += (term.negative() ? -coefficient : coefficient) << term.shift();
            }
        }
        std::erase_if(sum, [](const auto& entry) { return entry.second == 0; });
        return sum;
    };
    for (uint32_t i = 0; i < inputs; ++i) values[i] = {{i, Int(1)}};
    for (const uint32_t n : operands_first(rows, inputs)) values[inputs + n] = sum_of(rows.nodes[n].terms);
    std::vector<Form> outputs;
    for (const auto& terms : rows.outputs) outputs.push_back(sum_of(terms));
    return outputs;
}

/// Terms of all rows with nodes as what they are, so that neither order nor names matter.
std::vector<std::vector<uint32_t>> shape_of(const Rows& rows) {
    std::vector<std::vector<uint32_t>> shape;
    for (const auto& terms : rows.outputs) {
        std::vector<uint32_t> codes;
        for (const RowTerm term : terms) codes.push_back(term.code & 0xFFF);
        std::ranges::sort(codes);
        shape.push_back(codes);
    }
    return shape;
}

int64_t adders_of(const Rows& rows) {
    int64_t adders = -static_cast<int64_t>(rows.outputs.size() + rows.nodes.size());
    for (const auto& terms : rows.outputs) adders += static_cast<int64_t>(terms.size());
    for (const auto& node : rows.nodes) adders += static_cast<int64_t>(node.terms.size());
    return adders;
}

}  // namespace

TEST_CASE("rewriting keeps the sums, their depth and the number of adders, and can be undone") {
    Random random(71);
    size_t borrowed = 0;
    size_t substituted = 0;
    size_t recoded = 0;
    for (int round = 0; round < 40; ++round) {
        const auto size = static_cast<size_t>(random.between(2, 7));
        Matrix matrix{size, size, {}};
        for (size_t w = 0; w < size * size; ++w) matrix.weights.push_back(random.integer(5));
        const std::vector<InputInfo> inputs(size, InputInfo{Interval::of(Kif(true, 7, 0)), 0});
        Options options;
        options.effort = 0;
        options.depth = round % 4 == 3 ? Depth::free : Depth::minimum;
        const Problem problem = make_problem(matrix, inputs, options);
        const auto rows = rows_of(solve(matrix, inputs, options).graph, problem);
        if (!rows || rows->outputs.empty()) continue;
        RowGraph graph(problem, *rows, round % 2 == 0);
        const auto wanted = forms_of(graph.rows(), size);
        for (int move = 0; move < 300 && !graph.nodes().empty(); ++move) {
            if (move % 20 == 0) graph.index_values();
            const auto row = static_cast<uint32_t>(random.between(0, static_cast<int64_t>(graph.row_count()) - 1));
            const auto terms = static_cast<int64_t>(graph.terms_of_row(row).size());
            const auto before = shape_of(graph.rows());
            const int64_t adders = graph.adders();
            const auto node =
                graph.nodes()[static_cast<size_t>(random.between(0, static_cast<int64_t>(graph.nodes().size()) - 1))];
            switch (random.between(0, 3)) {
                case 0:
                    if (graph.borrow(node, static_cast<size_t>(random.between(0, 1000)))) ++borrowed;
                    CHECK(graph.adders() <= adders);
                    break;
                case 1:
                    if (terms < 2) break;
                    if (graph.substitute(row, 0, static_cast<size_t>(random.between(1, terms - 1)), 3)) ++substituted;
                    CHECK(graph.adders() <= adders);
                    break;
                case 2:
                    if (terms < 2) break;
                    if (graph.recode(row, 0, static_cast<size_t>(random.between(1, terms - 1)))) ++recoded;
                    CHECK(graph.adders() <= adders);
                    break;
                default: graph.inline_use(node, 0);
            }
            const Rows changed = graph.rows();
            REQUIRE(forms_of(changed, size) == wanted);
            CHECK(graph.adders() == adders_of(changed));
            if (random.chance(30)) {
                graph.rollback();
                CHECK(shape_of(graph.rows()) == before);
                CHECK(graph.adders() == adders);
            } else {
                graph.commit();
            }
            const auto pairs = graph.fresh_pairs();
            for (const uint64_t pair : pairs) graph.extract(pair);
            graph.fresh_pairs().clear();
            graph.commit();
            REQUIRE(forms_of(graph.rows(), size) == wanted);
        }
    }
    CHECK(borrowed > 20);
    CHECK(substituted > 20);
    CHECK(recoded > 20);
}

TEST_CASE("numbers that stand for linear forms add, shift and change sign like them") {
    const ValueHash x = ValueHash::of_input(0);
    const ValueHash y = ValueHash::of_input(1);
    CHECK(x + x == x.shifted(1));
    CHECK(x.shifted(60).shifted(3) == x.shifted(63));
    CHECK((x + y).shifted(17) == x.shifted(17) + y.shifted(17));
    CHECK(x + y.negated(true) + y == x);
    CHECK((x + y.negated(true)).magnitude() == (y + x.negated(true)).magnitude());
    CHECK((x + y).magnitude() != (x + y.negated(true)).magnitude());
    CHECK((x + x.negated(true)).magnitude() == 0);
}
