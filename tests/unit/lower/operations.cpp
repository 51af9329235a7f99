// Every operation of the graph, lowered and compared with the interpreter: exhaustively over small formats, on random
// values around the widths of machine words, and in cost where an operation should be cheap.
#include "dal/circuit/cost/cost.hpp"
#include "dal/graph/movement.hpp"
#include "unit/lower/run.hpp"

using namespace dal;

namespace {

EinsumSpec spec(std::string_view equation) { return *parse_einsum(equation, {}); }

std::vector<Dyadic> values_of(const std::vector<int>& list) { return {list.begin(), list.end()}; }

/// All pairs of values of the inputs' formats: one sample each.
std::vector<Samples> all_pairs(const Kif& a, const Kif& b) {
    const auto count = int64_t{1} << (a.width() + b.width());
    Codes x({}, count, {a.f}, 1);
    Codes y({}, count, {b.f}, 1);
    for (int64_t s = 0; s < count; ++s) {
        x.set_code(s, 0, a.min_code() + (s >> b.width()));
        y.set_code(s, 0, b.min_code() + (s & ((int64_t{1} << b.width()) - 1)));
    }
    return {std::move(x), std::move(y)};
}

struct Pair {
    NodeId a;
    NodeId b;
};
Pair two_scalars(Graph& graph, const Kif& a, const Kif& b) {
    return {graph.input("a", {}, port(a), {}), graph.input("b", {}, port(b), {})};
}

/// Every operation of two operands.
void add_outputs(Graph& graph, NodeId a, NodeId b, const std::string& suffix) {
    const auto put = [&](const std::string& name, NodeId node) { graph.output(name + suffix, node, {}); };
    for (const Relation relation : {Relation::eq, Relation::ne, Relation::lt, Relation::le})
        put(std::string(to_string(relation)), *graph.compare(relation, a, b, {}));
    put("min", *graph.min(a, b, {}));
    put("max", *graph.max(a, b, {}));
    put("select", *graph.select(*graph.compare(Relation::lt, a, b, {}), a, b, {}));
    put("chosen", *graph.select(a, b, a, {}));
    put("abs", graph.abs(a, {}));
    put("product", *graph.mul(a, b, {}));
    put("square", *graph.mul(a, a, {}));
    for (const BitFunction function : {BitFunction::bit_and, BitFunction::bit_or, BitFunction::bit_xor})
        put(std::string(to_string(function)), *graph.bitwise(function, a, b, {}));
}

op::Table table(const Int& first, int f, std::vector<Dyadic> entries, int64_t size = 0) {
    op::Table result;
    result.first = first;
    result.f = f;
    result.size = size == 0 ? static_cast<int64_t>(entries.size()) : size;
    result.entries = std::make_shared<const std::vector<Dyadic>>(std::move(entries));
    return result;
}

/// Lowers a program of one output and reports.
circuit::Report cost_of(Graph& graph) { return circuit::report(lowered(graph)); }

}  // namespace

TEST_CASE("two operands of small formats, exhaustively") {
    const std::vector<Kif> formats{Kif(1, 3, 0),  Kif(0, 3, 1),  Kif(1, 1, 2),  Kif(0, 1, 0), Kif(1, 0, 0),
                                   Kif(1, 4, -2), Kif(0, -1, 4), Kif(1, -1, 3), Kif(0, 6, -3)};
    for (const Kif& a : formats)
        for (const Kif& b : formats) {
            Graph graph;
            const auto [x, y] = two_scalars(graph, a, b);
            add_outputs(graph, x, y, "");
            check_against_interpreter(graph, all_pairs(a, b));
        }
}

TEST_CASE("operands and constants, exhaustively") {
    const Kif format(1, 3, 1);
    for (int code = -20; code <= 20; ++code) {
        Graph graph;
        const auto [x, y] = two_scalars(graph, format, Kif(0, 2, 0));
        for (const int scale : {-2, 0, 1}) {
            const NodeId c = graph.constant({}, {Dyadic(code, scale)}, {});
            add_outputs(graph, x, c, "_right" + std::to_string(scale));
            add_outputs(graph, c, y, "_left" + std::to_string(scale));
        }
        check_against_interpreter(graph, all_pairs(format, Kif(0, 2, 0)));
    }
}

TEST_CASE("operands of any width, broadcast") {
    std::mt19937_64 random(1);
    for (const int width : {8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 128, 150}) {
        Graph graph;
        const NodeId a = graph.input("a", {2, 3}, port(Kif(true, width - 3, 2)), {});
        const NodeId b = graph.input("b", {3}, port(Kif(false, width - 5, 5)), {});
        const NodeId c = graph.input("c", {2, 1}, port(Kif(true, width, 0)), {});
        add_outputs(graph, a, b, "_ab");
        add_outputs(graph, c, a, "_ca");
        graph.output("three", *graph.select(c, a, b, {}), {});
        const std::vector<Samples> inputs{random_codes(random, graph[a], 60), random_codes(random, graph[b], 60),
                                          random_codes(random, graph[c], 60)};
        check_against_interpreter(graph, inputs);
    }
}

TEST_CASE("comparisons that a few gates decide have no adder") {
    const auto adders = [](const Kif& format, Relation relation, Dyadic c, bool left) {
        Graph graph;
        const NodeId x = graph.input("x", {}, port(format), {});
        const NodeId k = graph.constant({}, {std::move(c)}, {});
        graph.output("y", *graph.compare(relation, left ? k : x, left ? x : k, {}), {});
        return cost_of(graph).adders;
    };
    const Kif format(1, 7, 4);
    for (const bool left : {false, true})
        for (const Relation relation : {Relation::eq, Relation::ne, Relation::lt, Relation::le}) {
            CHECK(adders(format, relation, 0, left) == 0);
            CHECK(adders(format, relation, 500, left) == 0);  // out of range
        }
    CHECK(adders(Kif(0, 8, 0), Relation::lt, 64, false) == 0);
    CHECK(adders(Kif(0, 8, 0), Relation::le, 64, true) == 0);
    CHECK(adders(format, Relation::eq, Dyadic(5, -4), false) == 0);
    CHECK(adders(format, Relation::lt, Dyadic(5, -4), false) == 0);
    // The digits below the constant's do not matter: three bits and the sign are left.
    Graph graph;
    const NodeId x = graph.input("x", {}, port(format), {});
    graph.output("y", *graph.compare(Relation::lt, x, graph.constant({}, {Dyadic(48)}, {}), {}), {});
    CHECK(cost_of(graph).adder_bits == 0);
    CHECK(cost_of(graph).luts == 1);
}

TEST_CASE("tables: one for all, one per element, of parts of their domains") {
    std::mt19937_64 random(2);
    for (const int width : {1, 2, 5, 8}) {
        const Kif format(1, width - 2, 1);
        Graph graph;
        const NodeId x = graph.input("x", {3}, port(format), {});
        const int64_t size = (int64_t{1} << width) + 6;
        std::vector<Dyadic> entries;
        for (int64_t j = 0; j < 2 * size; ++j)
            entries.emplace_back(static_cast<int>(random() % 512) - 256, static_cast<int64_t>(random() % 5) - 6);
        op::Table one = table(format.min_code() - 2, 1, entries, size);
        op::Table each = one;
        each.which = {1, 0, 1};
        op::Table huge = table(format.min_code(), 1, {});
        huge.size = int64_t{1} << width;
        std::vector<Dyadic> wide;
        for (int64_t j = 0; j < huge.size; ++j)
            wide.emplace_back((Int(static_cast<int>(random() % 999) - 500) << 150) + j, -40);
        huge.entries = std::make_shared<const std::vector<Dyadic>>(wide);
        graph.output("one", graph.table(one, x, {}), {});
        graph.output("each", graph.table(each, x, {}), {});
        graph.output("huge", graph.table(huge, x, {}), {});
        graph.output("coarse",
                     graph.table(one, graph.shift(*graph.quantize(x, Format{Kif(1, width - 3, 0)}, {}), 0, {}), {}),
                     {});
        const Samples codes = random_codes(random, graph[x], 300);
        const circuit::Circuit circuit = check_against_interpreter(graph, std::span(&codes, 1));
        if (width == 8) CHECK(circuit.tables().size() == 3);
    }
}

TEST_CASE("a table of two packed parameters costs only the table") {
    Graph graph;
    const NodeId a = graph.input("a", {}, port(Kif(0, 2, 0)), {});
    const NodeId b = graph.input("b", {}, port(Kif(1, 2, 0)), {});
    // b counts from its lowest value.
    const NodeId low = *graph.add(b, graph.constant({}, {Dyadic(4)}, {}), {});
    const NodeId index = *graph.add(graph.shift(a, 3, {}), low, {});
    std::vector<Dyadic> products;
    for (int u = 0; u < 4; ++u)
        for (int v = -4; v < 4; ++v) products.emplace_back(u * v);
    graph.output("y", graph.table(table(0, 0, products), index, {}), {});
    const circuit::Circuit circuit = check_against_interpreter(graph, all_pairs(Kif(0, 2, 0), Kif(1, 2, 0)));
    const circuit::Report report = circuit::report(circuit);
    CHECK(report.adders == 0);
    CHECK(report.tables == 1);
    CHECK(report.luts == 3);  // five inputs, five bits: two bits share a LUT
}

TEST_CASE("einsums of any number of constants and variables") {
    std::mt19937_64 random(3);
    struct Case {
        std::string equation;
        std::vector<Shape> shapes;
        std::vector<bool> constant;
    };
    for (const Case& c :
         std::initializer_list<Case>{{"ij->j", {{3, 2}}, {false}},
                                     {"ii->", {{3, 3}}, {false}},
                                     {"ij,jk->ik", {{2, 3}, {3, 2}}, {false, false}},
                                     {"i,i->", {{4}, {4}}, {false, false}},
                                     {"i,j,k->ijk", {{2}, {2}, {2}}, {false, false, false}},
                                     {"i,ij,j->", {{3}, {3, 2}, {2}}, {false, true, false}},
                                     {"a,a,a,ab->b", {{2}, {2}, {2}, {2, 3}}, {false, true, false, true}},
                                     {"i,i->i", {{3}, {3}}, {true, true}}}) {
        for (const int width : {3, 20}) {
            Graph graph;
            std::vector<NodeId> operands;
            std::vector<Samples> inputs;
            for (size_t j = 0; j < c.shapes.size(); ++j) {
                if (!c.constant[j]) {
                    const std::string name = "x" + std::to_string(j);
                    operands.push_back(graph.input(name, c.shapes[j], port(Kif(j % 2 == 0, width, 1)), {}));
                    inputs.emplace_back(random_codes(random, graph[operands.back()], 100));
                    continue;
                }
                std::vector<Dyadic> weights;
                for (int64_t e = 0; e < element_count(c.shapes[j]); ++e)
                    weights.emplace_back(static_cast<int>(random() % 9) - 4, -1);
                operands.push_back(graph.constant(c.shapes[j], weights, {}));
            }
            graph.output("y", *graph.einsum(spec(c.equation), operands, {}), {});
            check_against_interpreter(graph, inputs);
        }
    }
}

TEST_CASE("equal products are one multiplier") {
    Graph graph;
    const NodeId x = graph.input("x", {2}, port(Kif(1, 3, 0)), {});
    const NodeId outer = *graph.einsum(spec("i,j->ij"), x, x, {});
    graph.output("y", outer, {});
    graph.output("norm", *graph.einsum(spec("i,i->"), x, x, {}), {});
    graph.output("product", *graph.mul(x, x, {}), {});
    CHECK(cost_of(graph).multipliers == 3);
}

TEST_CASE("bits put together cost nothing, also as a signed number") {
    Graph graph;
    const NodeId bits = graph.input("bits", {2, 12}, port(Kif(0, 1, 0)), {});
    std::vector<Dyadic> weights;
    for (int j = 0; j < 12; ++j) weights.emplace_back(j == 11 ? -1 : 1, j);
    graph.output("signed", *graph.einsum(spec("ij,j->i"), bits, graph.constant({12}, weights, {}), {}), {});
    weights.back() = Dyadic(1, 11);
    graph.output("unsigned", *graph.einsum(spec("ij,j->i"), bits, graph.constant({12}, weights, {}), {}), {});
    std::mt19937_64 random(4);
    const Samples codes = random_codes(random, graph[bits], 200);
    const circuit::Circuit circuit = check_against_interpreter(graph, std::span(&codes, 1));
    CHECK(circuit::report(circuit).luts == 0);
    CHECK(circuit::report(circuit).delay == 0);
}

TEST_CASE("offsets after each other are one adder") {
    Graph graph;
    NodeId x = graph.input("x", {3}, port(Kif(1, 4, 2)), {});
    const NodeId start = x;
    for (const int code : {3, -7, 9})
        x = *graph.add(x, graph.constant({3}, {Dyadic(code, -2), Dyadic(code), Dyadic(code, 1)}, {}), {});
    graph.output("y", x, {});
    std::mt19937_64 random(5);
    const Samples codes = random_codes(random, graph[start], 100);
    CHECK(circuit::report(check_against_interpreter(graph, std::span(&codes, 1))).adders == 3);
}

TEST_CASE("movement is no logic, and real elements may be moved before they are quantized") {
    Graph graph;
    const NodeId x = graph.input("x", {2, 3}, {.real = true, .formats = {}}, {});
    const NodeId w = graph.input("w", {3}, port(Kif(1, 2, 1)), {});
    const auto moved = [&](const std::string& name, MovementResult movement, std::vector<NodeId> operands) {
        REQUIRE(movement.ok());
        return graph.move(name, movement->shape, movement->sources, std::move(operands), {});
    };
    const NodeId turned = moved("transpose", transpose({2, 3}, {}), {x});
    const std::vector<int64_t> one{1};
    const std::vector<int64_t> none{0};
    const NodeId filler = graph.constant({}, {Dyadic(13, -2)}, {});
    const NodeId flat = moved("flatten", reshape({3, 2}, {6}), {turned});
    const NodeId padded = moved("pad", pad({6}, one, none), {flat, filler});
    const std::vector<Shape> both{{7}, {3}};
    const NodeId joined = moved("concat", concat(both, 0), {padded, w});
    std::vector<Format> formats;
    for (int j = 0; j < 10; ++j)
        formats.push_back({Kif(j % 2 == 0, 2, j % 3), static_cast<Round>(j % 7), static_cast<Overflow>(j % 4)});
    const NodeId q = *graph.quantize(joined, FormatMap(formats), {});
    graph.output("q", q, {});
    graph.output("flipped", moved("flip", flip({10}, 0), {q}), {});
    graph.output("sum", *graph.add(moved("flip", flip({3}, 0), {w}), w, {}), {});
    std::vector<double> numbers;
    std::mt19937_64 random(6);
    for (int j = 0; j < 600; ++j) numbers.push_back(static_cast<double>(static_cast<int>(random() % 256) - 128) / 16);
    const std::vector<Samples> inputs{Array::from_doubles({100, 2, 3}, numbers), random_codes(random, graph[w], 100)};
    const circuit::Circuit circuit = check_against_interpreter(graph, inputs);
    CHECK(circuit.inputs().size() == 6 + 3);
}

TEST_CASE("what a constant condition excludes is not built") {
    Graph graph;
    const NodeId x = graph.input("x", {2}, {.real = true, .formats = {}}, {});
    const NodeId a = *graph.quantize(x, Format{Kif(1, 3, 0)}, {});
    const NodeId b = *graph.quantize(x, Format{Kif(1, 5, 2)}, {});
    graph.output("y", *graph.select(graph.constant({2}, values_of({0, 1}), {}), a, b, {}), {});
    CHECK(lowered(graph).inputs().size() == 2);
}
