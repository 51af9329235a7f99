// Single bits as addresses of tables: the circuits of einsums over them, against the interpreter.
#include "dal/circuit/cost/cost.hpp"
#include "unit/lower/run.hpp"

using namespace dal;

namespace {

std::vector<Dyadic> signs(std::mt19937_64& random, int64_t count) {
    std::vector<Dyadic> list;
    for (int64_t n = 0; n < count; ++n) list.emplace_back(random() % 2 == 0 ? 1 : -1);
    return list;
}

EinsumSpec spec(std::string_view equation) { return *parse_einsum(equation, {}); }

circuit::Report report_of(Graph& graph, NodeId x, std::mt19937_64& random) {
    const Samples codes = random_codes(random, graph[x], 300);
    return circuit::report(check_against_interpreter(graph, std::span(&codes, 1)));
}

}  // namespace

TEST_CASE("six bits are counted in three LUTs") {
    Graph graph;
    std::mt19937_64 random(1);
    const NodeId x = graph.input("x", {6}, port(Kif(false, 1, 0)), {});
    const NodeId ones = graph.constant({6}, std::vector<Dyadic>(6, 1), {});
    graph.output("y", *graph.einsum(spec("i,i->"), x, ones, {}), {});
    const circuit::Report report = report_of(graph, x, random);
    CHECK(report.adders == 0);
    CHECK(report.luts == 3);
}

TEST_CASE("bits of any binary point and sign, with tables and without") {
    std::mt19937_64 random(2);
    for (const Kif& kif : {Kif(false, 1, 0), Kif(true, 0, 0), Kif(false, -2, 3), Kif(true, 3, -3)}) {
        Graph graph;
        const NodeId x = graph.input("x", {12}, port(kif), {});
        const NodeId w = graph.constant({12, 7}, signs(random, 84), {});
        graph.output("y", *graph.einsum(spec("i,io->o"), x, w, {}), {});
        const circuit::Report report = report_of(graph, x, random);
        CHECK(report.tables > 0);
        CHECK(report.adders < 84 - 7);
    }
}

TEST_CASE("a number of -1 or 1 is a bit, and its constant is in the tables") {
    std::mt19937_64 random(3);
    Graph graph;
    const NodeId x = graph.input("x", {12}, port(Kif(true, 3, 0)), {});
    const NodeId zero = graph.constant({}, {Dyadic(0)}, {});
    const NodeId one = graph.constant({}, {Dyadic(1)}, {});
    const NodeId minus_one = graph.constant({}, {Dyadic(-1)}, {});
    const NodeId negative = *graph.compare(Relation::lt, x, zero, {});
    const NodeId sign = *graph.select(negative, minus_one, one, {});
    const NodeId w = graph.constant({12, 4}, signs(random, 48), {});
    graph.output("y", *graph.einsum(spec("i,io->o"), sign, w, {}), {});
    const circuit::Report report = report_of(graph, x, random);
    CHECK(report.tables >= 8);
    CHECK(report.adders <= 8);  // of tables; no constant is added
}

TEST_CASE("twice a bit less one is a bit as well") {
    std::mt19937_64 random(4);
    Graph graph;
    const NodeId x = graph.input("x", {12}, port(Kif(false, 1, 0)), {});
    const NodeId one = graph.constant({}, {Dyadic(1)}, {});
    const NodeId bipolar = *graph.sub(graph.shift(x, 1, {}), one, {});
    const NodeId w = graph.constant({12, 4}, signs(random, 48), {});
    graph.output("y", *graph.einsum(spec("i,io->o"), bipolar, w, {}), {});
    const circuit::Report report = report_of(graph, x, random);
    CHECK(report.tables >= 8);
    CHECK(report.adders <= 8);
}
