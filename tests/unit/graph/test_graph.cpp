#include <doctest/doctest.h>

#include "dal/graph/graph.hpp"
#include "dal/support/check.hpp"
#include "dal/support/codes/call_codes.hpp"
#include "dal/support/codes/shape_codes.hpp"

using namespace dal;

namespace {

/// quantize, dense and relu; the ids are 0 … 5.
Graph small_graph() {
    Graph graph;
    const NodeId x = graph.input("x", {2}, {.real = true, .formats = {}}, {});
    const NodeId q = graph.quantize(x, Format{Kif(true, 3, 4), Round::rnd, Overflow::sat}, {}).value();
    const NodeId w = graph.constant({2, 3}, {1, -1, Dyadic(1, -2), 0, 3, 5}, {});
    const NodeId y = graph.einsum(parse_einsum("i,io->o", {}).value(), q, w, {}).value();
    graph.output("y", graph.relu(graph.shift(y, -1, {}), {}), {});
    return graph;
}

std::string problem_of(const Graph& graph) {
    try {
        verify(graph);
    } catch (const InternalError& e) {
        return e.what();
    }
    return {};
}

}  // namespace

TEST_CASE("print shows one line per node") {
    Graph graph = small_graph();
    graph[NodeId{3}].name = "h";
    graph[NodeId{3}].range.assign(3, Interval(-4, 8, 2));
    CHECK(print(graph) ==
          "%0 x = input real : [2]\n"
          "%1 = quantize %0 fixed(1, 3, 4, round: rnd, overflow: sat) : [2]\n"
          "%2 = constant {1, -1, 0.25, 0, 3, 5} : [2, 3]\n"
          "%3 h = einsum %1 %2 \"i,io->o\" : [3] in [-1, 2] step 2^-2\n"
          "%4 = shift %3 -1 : [3]\n"
          "%5 = relu %4 : [3]\n"
          "output y = %5\n");
}

TEST_CASE("brief texts cut long lists, full ones do not") {
    Graph graph;
    graph.constant({18}, std::vector<Dyadic>(18, Dyadic(1)), {});
    CHECK(print(graph, Detail::brief) ==
          "%0 = constant {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, … 18 in all} : [18]\n");
    CHECK(print(graph) == "%0 = constant {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1} : [18]\n");
}

TEST_CASE("verify accepts what the builder makes") { CHECK(problem_of(small_graph()).empty()); }

TEST_CASE("verify names the broken node") {
    const auto broken = [](auto&& change) {
        Graph graph = small_graph();
        change(graph);
        return problem_of(graph);
    };
    const auto contains = [](const std::string& text, const char* part) {
        return text.find(part) != std::string::npos;
    };
    CHECK(contains(broken([](Graph& g) { g[NodeId{3}].operands[0] = NodeId{4}; }), "node %3 (einsum [3]): operand %4"));
    CHECK(contains(broken([](Graph& g) { g[NodeId{4}].operands.push_back(NodeId{0}); }), "node %4 (shift [3]): 2"));
    CHECK(contains(broken([](Graph& g) { g[NodeId{3}].shape = {2}; }), "node %3 (einsum [2]): the shape"));
    CHECK(contains(broken([](Graph& g) { g[NodeId{5}].shape = {2}; }), "node %5 (relu [2]): the shape"));
    CHECK(contains(broken([](Graph& g) { g[NodeId{2}].shape = {7}; }), "node %2 (constant [7]): 6 values"));
    CHECK(contains(broken([](Graph& g) { g[NodeId{4}].range.resize(2); }), "node %4 (shift [3]): 2 ranges"));
    CHECK(contains(broken([](Graph& g) { g[NodeId{0}].range.resize(2); }), "node %0 (input [2]): ranges of a real"));
    CHECK(contains(broken([](Graph& g) { g[NodeId{4}].real = true; }), "node %4 (shift [3]): real"));
    CHECK(contains(broken([](Graph& g) { g[NodeId{1}].operation = op::Quantize{FormatMap(std::vector<Format>(3))}; }),
                   "node %1 (quantize [2]): 3 formats"));
    CHECK(contains(broken([](Graph& g) { g[NodeId{4}].operation = op::Mul{}; }), "node %4 (mul [3]): 1 operands"));
    CHECK(contains(broken([](Graph& g) {
                       g[NodeId{1}].operation = op::Input{};
                       g[NodeId{1}].operands.clear();
                   }),
                   "the list of inputs"));
}

TEST_CASE("the builder reports what does not fit") {
    Graph graph;
    const NodeId x = graph.input("x", {2}, {.real = false, .formats = Format{Kif(1, 3, 0)}}, {});
    const NodeId y = graph.input("y", {3}, {.real = false, .formats = Format{Kif(1, 3, 0)}}, {});
    const auto code_of = [](const Result<NodeId>& result) { return result.error().front().code; };
    CHECK(code_of(graph.add(x, y, {})) == code::bad_shape);
    CHECK(code_of(graph.mul(x, y, {})) == code::bad_shape);
    CHECK(code_of(graph.select(x, x, y, {})) == code::bad_shape);
    CHECK(code_of(graph.quantize(x, FormatMap(std::vector<Format>(3)), {})) == code::bad_shape);
    CHECK(code_of(graph.einsum(parse_einsum("i,i->", {}).value(), x, y, {})) == code::bad_einsum);
}
